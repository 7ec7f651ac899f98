"""Objects: put, get, head, delete, and the exceptions in between."""

import os
import tempfile
import unittest

import requests
import xxhash
from aistore.sdk.errors import AISError, ErrBckNotFound, ErrObjNotFound
from aistore.sdk.obj.object_attributes import ObjectAttributes

from sdkcase import TRUSTED, SDKCase

NAMES = [
    "plain",
    "with/slashes/in it",
    "a b",
    "a+b&c=d",
    "percent%41%",
    "question?mark",
    "hash#tag",
    "döner/日本語",
    "-",
    "x" * 300,
]


class TestObjects(SDKCase):
    def test_put_and_get(self):
        for size in [0, 1, 4095, 4096, 65536, 65537, 1 << 20, (5 << 20) + 3]:
            with self.subTest(size=size):
                content = os.urandom(size)
                obj = self.put(f"size-{size}", content)
                self.assertEqual(obj.get_reader().read_all(), content)

    def test_put_file(self):
        content = os.urandom(100000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            obj = self.bucket.object("from-file")
            obj.get_writer().put_file(file.name)
        self.assertEqual(obj.get_reader().read_all(), content)

    def test_names(self):
        for name in NAMES:
            with self.subTest(name=name):
                content = name.encode()
                obj = self.put(name, content)
                self.assertEqual(obj.get_reader().read_all(), content)
                self.assertEqual(obj.get_reader(direct=True).read_all(), content)
        listed = [entry.name for entry in self.bucket.list_all_objects()]
        self.assertEqual(listed, sorted(NAMES, key=str.encode))

    def test_object_beside_directory(self):
        first, second = self.put("a", b"file"), self.put("a/b", b"below")
        self.assertEqual(first.get_reader().read_all(), b"file")
        self.assertEqual(second.get_reader().read_all(), b"below")

    def test_overwrite(self):
        obj = self.put("o", b"first")
        self.assertEqual(self.head(obj, "version").obj_version, "1")
        self.put("o", b"second, longer")
        self.assertEqual(obj.get_reader().read_all(), b"second, longer")
        self.assertEqual(self.head(obj, "version").obj_version, "2")

    def test_range(self):
        content = bytes(range(256)) * 1000
        obj = self.put("ranges", content)
        for text, want in [
            ("bytes=0-4", content[:5]),
            ("bytes=7-", content[7:]),
            ("bytes=-5", content[-5:]),
            ("bytes=255999-", content[-1:]),
            ("bytes=100-99999999", content[100:]),
        ]:
            with self.subTest(range=text):
                self.assertEqual(obj.get_reader(byte_range=text).read_all(), want)
                self.assertEqual(obj.get_reader(byte_range=text, direct=True).read_all(), want)
        with self.assertRaises(AISError) as caught:
            obj.get_reader(byte_range="bytes=256000-").read_all()
        self.assertEqual(caught.exception.status_code, 416)

    def test_direct(self):
        for i in range(20):
            content = b"direct %d" % i
            obj = self.put(f"direct/{i}", content)
            self.assertEqual(obj.get_reader(direct=True).read_all(), content)

    def test_parallel(self):
        content = os.urandom(3 << 20)
        obj = self.put("parallel", content)
        with obj.get_reader(num_workers=3, chunk_size=1 << 20).read_all() as got:
            self.assertEqual(got.tobytes(), content)

    def test_as_file_and_iteration(self):
        content = os.urandom(1 << 20)
        obj = self.put("stream", content)
        with obj.get_reader().as_file() as file:
            self.assertEqual(file.read(), content)
        self.assertEqual(b"".join(obj.get_reader()), content)

    def test_head_v1(self):
        # without a list of properties, as SDKs before 2.0 ask
        content = b"some bytes"
        answer = requests.head(self.put("head", content).get_url(), allow_redirects=True, timeout=10, verify=TRUSTED)
        self.assertEqual(answer.status_code, 200)
        attributes = ObjectAttributes(answer.headers)
        self.assertEqual(attributes.size, len(content))
        self.assertEqual(attributes.checksum_type, "xxhash2")
        self.assertEqual(attributes.checksum_value, xxhash.xxh64_hexdigest(content))
        self.assertEqual(attributes.obj_version, "1")
        self.assertTrue(attributes.present)
        self.assertIn("mp[", answer.headers["Ais-Location"])
        self.assertEqual(answer.headers["Ais-Mirror-Copies"], "1")
        self.assertEqual(answer.headers["Ais-Name"], "head")
        self.assertEqual(answer.headers["Ais-Bucket-Name"], self.bucket.name)
        self.assertEqual(answer.headers["Ais-Bucket-Provider"], "ais")
        self.assertGreater(int(attributes.access_time), 1_500_000_000 * 10**9)

    def test_reader_head(self):
        content = b"some bytes"
        attributes = self.put("head", content).get_reader().head()
        self.assertEqual(attributes.size, len(content))
        self.assertEqual(attributes.checksum_value, xxhash.xxh64_hexdigest(content))
        self.assertEqual(attributes.obj_version, "1")
        self.assertGreater(int(attributes.access_time), 1_500_000_000 * 10**9)

    def test_head_v2(self):
        content = b"some bytes"
        obj = self.put("head", content)
        few = self.head(obj)
        self.assertEqual(few.size, len(content))
        self.assertTrue(few.present)
        self.assertEqual(few.checksum_value, "")
        more = self.head(obj, "name,size,checksum,atime,version,custom,location,copies,last-modified")
        self.assertEqual(more.checksum_value, xxhash.xxh64_hexdigest(content))
        self.assertEqual(more.obj_version, "1")
        if hasattr(more, "mirror_copies"):  # not in SDKs before 2.0
            self.assertEqual(more.mirror_copies, 1)
            self.assertEqual(len(more.mirror_paths), 1)
        self.assertRegex(more.last_modified, r"GMT$")
        with self.assertRaises(AISError) as caught:
            self.head(obj, "nonsense")
        self.assertEqual(caught.exception.status_code, 400)

    def test_get_tells_attributes(self):
        reader = self.put("attributes", b"abc").get_reader()
        self.assertEqual(reader.read_all(), b"abc")
        self.assertEqual(reader.attributes.size, 3)
        self.assertEqual(reader.attributes.checksum_value, xxhash.xxh64_hexdigest(b"abc"))

    def test_custom_properties(self):
        obj = self.put("custom")
        obj.get_writer().set_custom_props({"colour": "red", "shape": "round"})
        self.assertEqual(self.head(obj, "custom").custom_metadata, {"colour": "red", "shape": "round"})
        obj.get_writer().set_custom_props({"colour": "blue"}, replace_existing=True)
        self.assertEqual(self.head(obj, "custom").custom_metadata, {"colour": "blue"})

    def test_copy(self):
        other = self.client.bucket(self.new_name()).create()
        self.addCleanup(other.delete, missing_ok=True)
        obj = self.put("source", b"to be copied")
        obj.get_writer().set_custom_props({"colour": "red"})
        for target in [self.bucket.object("copies/one"), other.object("two")]:
            with self.subTest(target=target.uname):
                obj.copy(target)
                self.assertEqual(target.get_reader().read_all(), b"to be copied")
                self.assertEqual(self.head(target, "custom").custom_metadata, {"colour": "red"})
        with self.assertRaises(ErrObjNotFound):
            self.bucket.object("none").copy(other.object("three"))
        with self.assertRaises(ErrBckNotFound):
            obj.copy(self.client.bucket(self.new_name()).object("four"))

    def test_append(self):
        obj = self.bucket.object("appended")
        content = [b"first, ", b"second, ", os.urandom(100000)]
        handle = ""
        for piece in content:
            handle = obj.get_writer().append_content(piece, handle)
            with self.assertRaises(ErrObjNotFound):
                obj.get_reader().read_all()
        obj.get_writer().append_content(b"", handle, flush=True)
        self.assertEqual(obj.get_reader().read_all(), b"".join(content))
        handle = obj.get_writer().append_content(b" and more")
        obj.get_writer().append_content(b"", handle, flush=True)
        self.assertEqual(obj.get_reader().read_all(), b"".join(content) + b" and more")

    def test_file_writer(self):
        obj = self.bucket.object("as-file")
        with obj.get_writer().as_file("w") as file:
            for i in range(10):
                file.write(b"line %d\n" % i)
        self.assertEqual(obj.get_reader().read_all(), b"".join(b"line %d\n" % i for i in range(10)))
        with obj.get_writer().as_file("a") as file:
            file.write(b"the end")
        self.assertTrue(obj.get_reader().read_all().endswith(b"line 9\nthe end"))

    def test_promote(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"promoted")
            file.flush()
            os.chmod(file.name, 0o644)
            obj = self.bucket.object("from-a-file")
            obj.promote(file.name)
            self.assertEqual(obj.get_reader().read_all(), b"promoted")
            with self.assertRaises(AISError):
                obj.promote(file.name)
            self.put("from-a-file", b"other")
            obj.promote(file.name, overwrite_dest=True)
            self.assertEqual(obj.get_reader().read_all(), b"promoted")
        with self.assertRaises(AISError):
            obj.promote("/none/at/all", overwrite_dest=True)

    def test_delete(self):
        obj = self.put("gone")
        obj.delete()
        with self.assertRaises(ErrObjNotFound):
            obj.get_reader().read_all()
        with self.assertRaises(ErrObjNotFound):
            obj.delete()

    def test_what_an_object_says_of_itself(self):
        obj = self.put("dir/o", b"12345")
        self.assertEqual((obj.name, obj.bucket_name, obj.bucket_provider.value), ("dir/o", self.bucket.name, "ais"))
        self.assertEqual(obj.query_params["provider"], "ais")
        self.assertEqual(obj.uname, f"ais/@#/{self.bucket.name}/dir/o")
        self.assertEqual(obj.props.size, 5)
        head = obj.head()  # of the first kind, as headers, in SDKs before 2.0
        self.assertEqual(head.size if hasattr(head, "size") else int(head["Content-Length"]), 5)
        self.assertEqual(obj.props_cached.size, 5)
        self.assertIsNone(self.bucket.object("dir/o").props_cached)

    def test_from_a_url(self):
        url = self.put("dir/o", b"12345").get_semantic_url()
        self.assertEqual(url, f"ais://{self.bucket.name}/dir/o")
        self.assertEqual(self.client.get_object_from_url(url).get_reader().read_all(), b"12345")

    def test_raw(self):
        content = os.urandom(300_000)
        raw = self.put("raw", content).get_reader().raw()
        self.assertEqual(raw.read(1000) + raw.read(), content)

    def test_missing(self):
        with self.assertRaises(ErrObjNotFound):
            self.bucket.object("missing").get_reader().read_all()
        with self.assertRaises(AISError) as caught:
            self.head(self.bucket.object("missing"))
        self.assertEqual(caught.exception.status_code, 404)

    def test_missing_bucket(self):
        nowhere = self.client.bucket(self.new_name()).object("o")
        with self.assertRaises(ErrBckNotFound):
            nowhere.get_reader().read_all()
        with self.assertRaises(ErrBckNotFound):
            nowhere.get_writer().put_content(b"x")

    def test_names_that_are_refused(self):
        for name in ["~/x", "dir/"]:
            with self.subTest(name=name):
                with self.assertRaises(AISError) as caught:
                    self.put(name)
                self.assertEqual(caught.exception.status_code, 400)


if __name__ == "__main__":
    unittest.main()
