"""Uploads in parts, through the methods of the SDK."""

import os
import unittest
from concurrent.futures import ThreadPoolExecutor

import xxhash
from aistore.sdk.errors import AISError, ErrObjNotFound
from aistore.sdk.obj.object import Object

from sdkcase import SDKCase

PART = 5 << 20


@unittest.skipUnless(hasattr(Object, "multipart_upload"), "this SDK has no uploads in parts")
class TestMultipart(SDKCase):
    def upload(self, name: str, parts, order=None):
        """Uploads parts in some order and returns object and upload."""
        obj = self.bucket.object(name)
        upload = obj.multipart_upload().create()
        for number in order or range(1, len(parts) + 1):
            upload.add_part(number).put_content(parts[number - 1])
        return obj, upload

    def test_upload(self):
        parts = [os.urandom(PART), os.urandom(PART), os.urandom(PART)]
        obj, upload = self.upload("large", parts, order=[2, 3, 1])
        with self.assertRaises(ErrObjNotFound):
            obj.get_reader().read_all()
        upload.complete()
        whole = b"".join(parts)
        self.assertEqual(obj.get_reader().read_all(), whole)
        self.assertEqual(obj.get_reader(byte_range=f"bytes={PART - 5}-{PART + 4}").read_all(), whole[PART - 5 : PART + 5])
        attributes = self.head(obj, "size,checksum,chunked")
        self.assertEqual(attributes.size, len(whole))
        self.assertTrue(attributes.checksum_value)
        self.assertEqual(attributes.chunks.chunk_count, 3)
        self.assertEqual(attributes.chunks.max_chunk_size, PART)
        self.assertEqual([entry.name for entry in self.bucket.list_all_objects()], ["large"])

    def test_small_parts(self):
        parts = [b"one, ", b"two, ", b"three"]
        obj, upload = self.upload("small", parts)
        upload.complete()
        content = obj.get_reader().read_all()
        self.assertEqual(content, b"one, two, three")
        self.assertEqual(self.head(obj, "checksum").checksum_value, xxhash.xxh64_hexdigest(content))

    def test_many_parts_at_once(self):
        parts = [os.urandom(200000) for _ in range(40)]
        obj = self.bucket.object("parallel")
        upload = obj.multipart_upload().create()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: upload.add_part(n).put_content(parts[n - 1]), range(len(parts), 0, -1)))
        upload.complete()
        self.assertEqual(obj.get_reader().read_all(), b"".join(parts))

    def test_a_part_again(self):
        obj, upload = self.upload("again", [b"wrong", b" second"])
        upload.add_part(1).put_content(b"right")
        upload.complete()
        self.assertEqual(obj.get_reader().read_all(), b"right second")

    def test_over_an_object(self):
        obj = self.put("there", b"before")
        _, upload = self.upload("there", [b"after"])
        self.assertEqual(obj.get_reader().read_all(), b"before")
        upload.complete()
        self.assertEqual(obj.get_reader().read_all(), b"after")

    def test_abort(self):
        obj, upload = self.upload("aborted", [b"part"])
        upload.abort()
        with self.assertRaisesRegex(AISError, "does not exist"):
            upload.complete()
        with self.assertRaisesRegex(AISError, "does not exist"):
            upload.add_part(2).put_content(b"late")
        with self.assertRaises(ErrObjNotFound):
            obj.get_reader().read_all()

    def test_refusals(self):
        _, upload = self.upload("refused", [b"part"])
        with self.assertRaisesRegex(AISError, r"invalid size \(0\)"):
            upload.add_part(2).put_content(b"")
        upload.abort()
        empty = self.bucket.object("refused").multipart_upload().create()
        with self.assertRaisesRegex(AISError, "no chunks"):
            empty.complete()
