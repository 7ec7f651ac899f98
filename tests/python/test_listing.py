"""Listing: pages, prefixes, properties, virtual directories."""

import unittest

from aistore.sdk.list_object_flag import ListObjectFlag

from sdkcase import SDKCase


class TestListing(SDKCase):
    def setUp(self):
        super().setUp()
        self.names = sorted(f"{folder}/{i}" for folder in ("x", "y") for i in range(5))
        for name in self.names:
            self.put(name, name.encode())

    def pages(self, **arguments):
        """Lists page by page and returns the names of each page."""
        pages, token, job = [], "", ""
        while True:
            page = self.bucket.list_objects(uuid=job, continuation_token=token, **arguments)
            pages.append([entry.name for entry in page.entries])
            token, job = page.continuation_token, page.uuid
            self.assertGreaterEqual(len(job), 9)
            if not token:
                return pages

    def test_pages_are_exact(self):
        for size in [1, 3, 7, 10, 20, 0]:
            with self.subTest(page_size=size):
                pages = self.pages(page_size=size)
                self.assertEqual(sum(pages, []), self.names)
                if size:
                    full = [size] * (len(self.names) // size)
                    self.assertEqual([len(page) for page in pages][: len(full)], full)
                    self.assertLessEqual(max(len(page) for page in pages), size)

    def test_iterator(self):
        listed = [entry.name for entry in self.bucket.list_objects_iter(page_size=3)]
        self.assertEqual(listed, self.names)
        listed = [entry.name for entry in self.bucket.list_all_objects(page_size=7)]
        self.assertEqual(listed, self.names)

    def test_prefix(self):
        self.assertEqual(self.pages(prefix="x/", page_size=2), [["x/0", "x/1"], ["x/2", "x/3"], ["x/4"]])
        self.assertEqual(self.pages(prefix="y/3"), [["y/3"]])
        self.assertEqual(self.pages(prefix="z"), [[]])

    def test_start_after(self):
        listed = [entry.name for entry in self.bucket.list_all_objects(start_after="x/3")]
        self.assertEqual(listed, self.names[4:])

    def test_properties(self):
        for entry in self.bucket.list_all_objects(props="name,size,version,checksum,atime,copies,location"):
            self.assertEqual(entry.size, len(entry.name))
            self.assertEqual(entry.version, "1")
            self.assertEqual(len(entry.checksum), 16)
            self.assertNotEqual(entry.atime, "")
            self.assertEqual(entry.copies, 1)
            self.assertNotEqual(entry.location, "")

    def test_names_only(self):
        for entry in self.bucket.list_all_objects(flags=[ListObjectFlag.NAME_ONLY]):
            self.assertEqual(entry.size, 0)

    def test_virtual_directories(self):
        self.put("top")
        listed = [entry.name for entry in self.bucket.list_all_objects(flags=[ListObjectFlag.NO_RECURSION])]
        self.assertEqual(listed, ["top", "x/", "y/"])

    def test_listed_objects_can_be_read(self):
        for entry in self.bucket.list_all_objects():
            self.assertEqual(entry.object.get_reader().read_all(), entry.name.encode())

    def test_deleted_objects_are_not_listed(self):
        self.bucket.object("x/2").delete()
        self.names.remove("x/2")
        self.assertEqual(sum(self.pages(page_size=4), []), self.names)


if __name__ == "__main__":
    unittest.main()
