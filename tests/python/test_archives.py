"""Archives: reading one member, several as a tar, and listing what is inside."""

import io
import tarfile
import unittest
import zipfile

import requests
from aistore.sdk.archive_config import ArchiveConfig, ArchiveMode
from aistore.sdk.errors import AISError

from sdkcase import TRUSTED, SDKCase

MEMBERS = {
    "train/0001.jpg": b"first picture",
    "train/0001.cls": b"1",
    "train/0002.jpg": b"second picture " * 10000,
    "train/0002.cls": b"2",
    "README": b"",
}
KINDS = {"plain.tar": "w:", "packed.tgz": "w:gz", "packed.tar.gz": "w:gz", "some.zip": ""}


def pack(mode: str) -> bytes:
    """Makes an archive as Python does."""
    out = io.BytesIO()
    if mode:
        with tarfile.open(fileobj=out, mode=mode) as archive:
            for name, content in MEMBERS.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    else:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in MEMBERS.items():
                archive.writestr(name, content)
    return out.getvalue()


def unpack(content: bytes) -> dict:
    """Reads a tar, in order."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive}


class TestArchives(SDKCase):
    def setUp(self):
        super().setUp()
        self.shards = {name: self.put("d/" + name, pack(mode)) for name, mode in KINDS.items()}

    def test_one_member(self):
        for name, shard in self.shards.items():
            for member, content in MEMBERS.items():
                with self.subTest(shard=name, member=member):
                    reader = shard.get_reader(archive_config=ArchiveConfig(archpath=member))
                    self.assertEqual(reader.read_all(), content)
                    reader = shard.get_reader(archive_config=ArchiveConfig(archpath=member), direct=True)
                    self.assertEqual(reader.read_all(), content)

    def test_no_such_member(self):
        for shard in self.shards.values():
            with self.assertRaises(AISError) as caught:
                shard.get_reader(archive_config=ArchiveConfig(archpath="train/0003.jpg")).read_all()
            self.assertEqual(caught.exception.status_code, 404)

    def test_several_members(self):
        for name, shard in self.shards.items():
            for mode, pattern, suffix in [
                (ArchiveMode.PREFIX, "train/0001", ("0001.jpg", "0001.cls")),
                (ArchiveMode.SUFFIX, ".cls", ("0001.cls", "0002.cls")),
                (ArchiveMode.SUBSTR, "0002", ("0002.jpg", "0002.cls")),
                (ArchiveMode.WDSKEY, "train/0002", ("0002.jpg", "0002.cls")),
                (ArchiveMode.REGEXP, "^train/.*jpg$", ("0001.jpg", "0002.jpg")),
            ]:
                with self.subTest(shard=name, mode=mode):
                    config = ArchiveConfig(regex=pattern, mode=mode)
                    got = unpack(shard.get_reader(archive_config=config).read_all())
                    want = {"train/" + s: MEMBERS["train/" + s] for s in suffix}
                    self.assertEqual(got, want)
                    self.assertEqual(list(got), list(want))

    def test_list_archive(self):
        for name in self.shards:
            entries = self.bucket.list_archive("d/" + name)
            self.assertEqual([e.name for e in entries], sorted(f"d/{name}/{m}" for m in MEMBERS))
            whole = self.bucket.list_archive("d/" + name, include_archive_obj=True)
            self.assertEqual(len(whole), len(MEMBERS) + 1)
            sizes = {e.name: e.size for e in self.bucket.list_archive("d/" + name, props="name,size")}
            self.assertEqual(sizes[f"d/{name}/train/0001.jpg"], len(MEMBERS["train/0001.jpg"]))

    def test_what_a_listing_names_can_be_read(self):
        for name, shard in self.shards.items():
            for entry in self.bucket.list_archive("d/" + name, page_size=2):
                member = entry.name.replace(f"d/{name}/", "", 1)
                reader = shard.get_reader(archive_config=ArchiveConfig(archpath=member))
                self.assertEqual(reader.read_all(), MEMBERS[member])

    def test_put_member(self):
        """The SDK has no call for it: the request of the protocol."""
        for name, shard in self.shards.items():
            answer = requests.put(
                shard.get_url(archpath="new/member"), data=b"new content", headers={"Ais-Pine": "1"},
                timeout=60, verify=TRUSTED,
            )
            self.assertEqual(answer.status_code, 200, answer.text)
            reader = shard.get_reader(archive_config=ArchiveConfig(archpath="new/member"))
            self.assertEqual(reader.read_all(), b"new content")
            self.assertEqual(len(self.bucket.list_archive("d/" + name)), len(MEMBERS) + 1)
            with self.subTest(shard=name):
                content = shard.get_reader().read_all()
                if name.endswith(".zip"):
                    with zipfile.ZipFile(io.BytesIO(content)) as archive:
                        self.assertIsNone(archive.testzip())
                        self.assertEqual(archive.namelist(), [*MEMBERS, "new/member"])
                else:
                    self.assertEqual(list(unpack(content)), [*MEMBERS, "new/member"])

    def test_what_is_no_archive(self):
        plain = self.put("plain", b"no archive")
        with self.assertRaises(AISError) as caught:
            plain.get_reader(archive_config=ArchiveConfig(archpath="a")).read_all()
        self.assertEqual(caught.exception.status_code, 400)


if __name__ == "__main__":
    unittest.main()
