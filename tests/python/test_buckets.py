"""Buckets: create, head, list, destroy, and the exceptions in between."""

import io
import json
import os
import tarfile
import tempfile
import unittest
from pathlib import Path

import requests
from aistore.sdk.dataset.data_attribute import DataAttribute
from aistore.sdk.dataset.dataset_config import DatasetConfig
from aistore.sdk.dataset.label_attribute import LabelAttribute
from aistore.sdk.errors import AISError, ErrBckAlreadyExists, ErrBckNotFound, InvalidBckProvider
from aistore.sdk.namespace import Namespace
from requests.exceptions import InvalidURL

from sdkcase import TRUSTED, SDKCase


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

    def test_what_a_bucket_says_of_itself(self):
        b = self.bucket
        self.assertEqual((b.provider.value, b.namespace, b.qparam["provider"]), ("ais", None, "ais"))
        self.assertEqual((b.as_model().name, b.as_model().provider), (b.name, "ais"))
        self.assertEqual(b.get_path(), f"ais/@#/{b.name}/")
        other = self.client.bucket("elsewhere")
        other.client = b.client
        self.assertIs(other.client, b.client)

    def test_namespaces_keep_buckets_apart(self):
        inside = self.client.bucket(self.bucket.name, namespace=Namespace(name="python"))
        inside.create()
        inside.object("o").get_writer().put_content(b"in the namespace")
        self.assertEqual(self.bucket.list_all_objects(), [])
        self.assertEqual([e.name for e in inside.list_all_objects()], ["o"])
        self.assertEqual(inside.object("o").get_reader().read_all(), b"in the namespace")
        inside.delete()
        self.bucket.head()

    def test_only_buckets_of_clouds_can_be_evicted(self):
        for call in (self.bucket.evict, self.bucket.verify_cloud_bucket):
            with self.assertRaises(InvalidBckProvider):
                call()

    def test_a_request_of_ones_own(self):
        self.put("o", b"12345")
        answer = self.bucket.make_request("GET", "list", value={"prefix": "", "props": "name,size"})
        self.assertEqual(answer.status_code, 200)
        with self.assertRaises(AISError) as caught:
            self.bucket.make_request("POST", "no-such-action")
        self.assertEqual(caught.exception.status_code, 400)

    def test_objects_and_urls(self):
        for name in ("a/1", "a/2", "b/1"):
            self.put(name, name.encode())
        found = {obj.name: obj.props_cached.size for obj in self.bucket.list_all_objects_iter(prefix="a/")}
        self.assertEqual(found, {"a/1": 3, "a/2": 3})
        urls = list(self.bucket.list_urls(prefix="a/"))
        self.assertEqual([requests.get(u, timeout=10, verify=TRUSTED).content for u in urls], [b"a/1", b"a/2"])

    def test_put_files(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {"one.txt": b"1", "two.txt": b"22", "picture.jpg": b"333", "below/three.txt": b"4444"}
            os.mkdir(os.path.join(folder, "below"))
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
            self.assertEqual(sorted(self.bucket.put_files(folder, dry_run=True)), ["one.txt", "picture.jpg", "two.txt"])
            self.assertEqual(self.bucket.list_all_objects(), [])
            self.bucket.put_files(folder, pattern="*.txt", recursive=True, prepend="in/", verbose=False)
        want = {"in/" + name: content for name, content in files.items() if name.endswith(".txt")}
        got = {e.name: e.object.get_reader().read_all() for e in self.bucket.list_all_objects()}
        self.assertEqual(got, want)

    def test_write_dataset(self):
        with tempfile.TemporaryDirectory() as folder:
            for i in range(10):
                Path(folder, f"{i:02d}.jpg").write_bytes(b"picture %d" % i)
            config = DatasetConfig(
                primary_attribute=DataAttribute(path=Path(folder), file_type="jpg", name="image"),
                secondary_attributes=[LabelAttribute(name="cls", label_identifier=lambda name: int(name) + 1)],
            )
            here = os.getcwd()
            os.chdir(folder)  # where shards are made before they are sent
            try:
                self.bucket.write_dataset(config=config, pattern="set", maxcount=4, verbose=0)
            finally:
                os.chdir(here)
        shards = self.bucket.list_all_objects()
        self.assertEqual(len(shards), 3)
        self.assertTrue(all(e.name.startswith("set-") and e.name.endswith(".tar") for e in shards))
        members = {}
        for shard in shards:
            with tarfile.open(fileobj=io.BytesIO(shard.object.get_reader().read_all())) as tar:
                members |= {m.name: tar.extractfile(m).read() for m in tar}
        self.assertEqual(len(members), 20)
        for i in range(10):
            sample = (members[f"sample_{i}.image.jpg"], members[f"sample_{i}.cls"])
            self.assertIn(sample, [(b"picture %d" % n, b"%d" % (n + 1)) for n in range(10)])
        self.assertEqual(len(set(members.values())), 20)


if __name__ == "__main__":
    unittest.main()
