"""Buckets: create, head, list, destroy, and the exceptions in between."""

import json
import unittest

from aistore.sdk.errors import AISError, ErrBckAlreadyExists, ErrBckNotFound
from requests.exceptions import InvalidURL

from sdkcase import SDKCase


class TestBuckets(SDKCase):
    def test_create_twice(self):
        with self.assertRaises(ErrBckAlreadyExists):
            self.bucket.create()
        self.bucket.create(exist_ok=True)

    def test_head_tells_properties(self):
        props = json.loads(self.bucket.head()["Ais-Bucket-Props"])
        self.assertEqual(props["provider"], "ais")
        self.assertEqual(props["checksum"]["type"], "xxhash2")
        self.assertTrue(props["versioning"]["enabled"])
        self.assertEqual(props["access"], "18446744073709551615")
        self.assertFalse(props["mirror"]["enabled"])

    def test_head_of_missing_bucket(self):
        with self.assertRaises(AISError) as caught:
            self.client.bucket(self.new_name()).head()
        self.assertEqual(caught.exception.status_code, 404)

    def test_destroy(self):
        self.put("a/b/c")
        self.bucket.delete()
        with self.assertRaises(ErrBckNotFound):
            self.bucket.delete()
        self.bucket.delete(missing_ok=True)
        with self.assertRaises(ErrBckNotFound):
            self.bucket.list_objects()

    def test_created_again_it_is_empty(self):
        self.put("left-over")
        self.bucket.delete()
        self.bucket.create()
        self.assertEqual(self.bucket.list_all_objects(), [])

    def test_list_buckets(self):
        names = [b.name for b in self.client.cluster().list_buckets()]
        self.assertIn(self.bucket.name, names)
        self.assertEqual(names, sorted(names))

    def test_names_that_are_refused(self):
        for name in ["*", ".", "", " ", "bucket/badname", "bucket and name", "#badname", "$badname", "~badname"]:
            with self.subTest(name=name):
                bucket = self.client.bucket(name)
                with self.assertRaises((AISError, InvalidURL)):
                    bucket.create()
                with self.assertRaises((AISError, InvalidURL)):
                    bucket.delete()


if __name__ == "__main__":
    unittest.main()
