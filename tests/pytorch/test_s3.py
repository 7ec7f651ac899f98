"""s3torchconnector, unmodified: data sets and checkpoints over S3, through each of S3_ENDPOINTS."""

import hashlib
import os
import unittest
import uuid
from collections import Counter

import torch
from aistore.sdk import Client
from s3torchconnector import S3Checkpoint, S3ClientConfig, S3IterableDataset, S3MapDataset, S3ReaderConstructor
from torch.utils.data import DataLoader

SAMPLES, WORKERS = 300, 2
EPOCHS = int(os.environ.get("AIS_EPOCHS", "2"))


def content(number: int) -> bytes:
    """Between nothing and some 60 KiB, different for each sample; one is larger than a part."""
    seed = hashlib.sha256(b"%d" % number).digest()
    return seed * (400_000 if number == 7 else number * 37 % 2000)


def keyed(sample):
    return sample.key, sample.read()


class TestS3(unittest.TestCase):
    """A bucket of samples that the connector has written, for each endpoint."""

    @classmethod
    def setUpClass(cls):
        cls.want = {f"data/{i:04d}": content(i) for i in range(SAMPLES)}
        cls.places = []
        for number, endpoint in enumerate(os.environ["S3_ENDPOINTS"].split()):
            bucket = Client(os.environ["AIS_ENDPOINT"]).bucket(f"s3torch-{number}-{uuid.uuid4().hex[:8]}").create()
            cls.addClassCleanup(bucket.delete)
            options = {"region": "us-east-1", "endpoint": endpoint, "s3client_config": S3ClientConfig(force_path_style=True)}
            cls.places.append((f"s3://{bucket.name}", options))
            checkpoint = S3Checkpoint(**options)
            for key, body in cls.want.items():
                with checkpoint.writer(f"s3://{bucket.name}/{key}") as f:
                    f.write(body)

    def check(self, samples):
        times = Counter(key for key, _ in samples)
        self.assertEqual({key: n for key, n in times.items() if n != 1}, {})
        self.assertEqual(sorted(times), sorted(self.want))
        self.assertEqual([key for key, body in samples if body != self.want[key]], [])

    def epochs(self, dataset, **options):
        loader = DataLoader(
            dataset, num_workers=WORKERS, collate_fn=list, multiprocessing_context="spawn", persistent_workers=True, batch_size=16, **options
        )
        for _ in range(EPOCHS):
            self.check([sample for batch in loader for sample in batch])

    def test_map(self):
        for url, options in self.places:
            dataset = S3MapDataset.from_prefix(url + "/data/", transform=keyed, **options)
            self.assertEqual(len(dataset), SAMPLES)
            self.epochs(dataset, shuffle=True)

    def test_map_by_ranges(self):
        for url, options in self.places:
            reader = S3ReaderConstructor.range_based()
            dataset = S3MapDataset.from_prefix(url + "/data/", transform=keyed, reader_constructor=reader, **options)
            self.check([dataset[i] for i in range(len(dataset))])

    def test_iterable(self):
        for url, options in self.places:
            self.epochs(S3IterableDataset.from_prefix(url + "/data/", transform=keyed, enable_sharding=True, **options))

    def test_list_of_objects(self):
        for url, options in self.places:
            dataset = S3IterableDataset.from_objects([f"{url}/{key}" for key in self.want], transform=keyed, **options)
            self.check(list(dataset))

    def test_checkpoint(self):
        for url, options in self.places:
            checkpoint = S3Checkpoint(**options)
            state = {"weights": torch.arange(5_000_000), "epoch": 3}  # in parts: it has 40 MB
            for name in ("first", "first", "second é"):  # over what is there, too
                with checkpoint.writer(f"{url}/checkpoints/{name}") as f:
                    torch.save(state, f)
                with checkpoint.reader(f"{url}/checkpoints/{name}") as f:
                    loaded = torch.load(f)
                self.assertTrue(torch.equal(loaded["weights"], state["weights"]))
                self.assertEqual(loaded["epoch"], 3)
                state = {"weights": state["weights"] + 1, "epoch": 3}


if __name__ == "__main__":
    unittest.main(verbosity=2)
