"""PyTorch datasets of the SDK: every sample once per epoch, with its bytes."""

import hashlib
import os
import unittest
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import torch
from aistore.pytorch import AISIterDataset, AISMapDataset, AISShardReader
from aistore.sdk import Client
from torch.utils.data import DataLoader

SAMPLES, SHARDS, WORKERS = 2000, 20, 4
EPOCHS = int(os.environ.get("AIS_EPOCHS", "2"))
PER_SHARD = SAMPLES // SHARDS


def client() -> Client:
    return Client(os.environ["AIS_ENDPOINT"])


def picture(number: int) -> bytes:
    """Between nothing and some 30 KiB, different for each sample."""
    seed = hashlib.sha256(b"%d" % number).digest()
    return seed * (number * 37 % 1000)


def files(number: int) -> dict:
    return {"jpg": picture(number), "cls": b"class %d" % (number % 10)}


class TestDatasets(unittest.TestCase):
    """A bucket of samples, each a picture and a class, and a bucket of shards made of them."""

    @classmethod
    def setUpClass(cls):
        tag = uuid.uuid4().hex[:8]
        cls.client = client()
        cls.objects = cls.client.bucket(f"pytorch-{tag}").create()
        cls.addClassCleanup(cls.objects.delete)
        cls.shards = cls.client.bucket(f"pytorch-{tag}-shards").create()
        cls.addClassCleanup(cls.shards.delete)
        cls.want = {f"sample-{i:04d}.{kind}": body for i in range(SAMPLES) for kind, body in files(i).items()}
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: cls.objects.object(name).get_writer().put_content(cls.want[name]), cls.want))
        jobs = []
        for shard in range(SHARDS):
            group = cls.objects.objects(obj_template=f"sample-{shard:02d}")
            jobs += group.archive(f"shard-{shard:02d}.tar", to_bck=cls.shards)
        for job in jobs:
            result = cls.client.job(job).wait(verbose=False)
            assert result.success, result

    def epochs(self, dataset, **options):
        """Loads a dataset with several workers, and yields what each epoch has."""
        loader = DataLoader(dataset, num_workers=WORKERS, collate_fn=list, **options)
        for _ in range(EPOCHS):
            yield [sample for batch in loader for sample in batch]

    def check(self, epoch, want):
        """Every sample of want is there once, with its bytes, and nothing else."""
        times = Counter(name for name, _ in epoch)
        self.assertEqual({name: n for name, n in times.items() if n != 1}, {})
        self.assertEqual(sorted(times), sorted(want))
        wrong = [name for name, content in epoch if content != want[name]]
        self.assertEqual(wrong, [])

    def test_map(self):
        order = []
        for epoch in self.epochs(AISMapDataset(ais_source_list=self.objects), batch_size=64, shuffle=True):
            self.check(epoch, self.want)
            order.append([name for name, _ in epoch])
        self.assertNotEqual(order[0], list(self.want))
        self.assertEqual(len({tuple(names) for names in order}), EPOCHS)

    def test_iter_over_a_group(self):
        group = self.objects.objects(obj_template=f"sample-{{0000..{SAMPLES - 1}}}.jpg")
        want = {name: content for name, content in self.want.items() if name.endswith(".jpg")}
        for epoch in self.epochs(AISIterDataset(ais_source_list=group), batch_size=64):
            self.check(epoch, want)

    def test_iter_over_a_bucket(self):
        for epoch in self.epochs(AISIterDataset(ais_source_list=self.objects), batch_size=64):
            self.check(epoch, self.want)

    def test_shards(self):
        want = {f"sample-{i:04d}": files(i) for i in range(SAMPLES)}
        for epoch in self.epochs(AISShardReader(bucket_list=self.shards), batch_size=32):
            self.check([(name, dict(sample)) for name, sample in epoch], want)

    def test_prefixes(self):
        dataset = AISMapDataset(ais_source_list=self.objects, prefix_map={self.objects: ["sample-00", "sample-19"]})
        self.assertEqual(len(dataset), 2 * 2 * PER_SHARD)
        want = {name: content for name, content in self.want.items() if name[7:9] in ("00", "19")}
        for epoch in self.epochs(dataset, batch_size=16, shuffle=True):
            self.check(epoch, want)


if __name__ == "__main__":
    print(f"PyTorch {torch.__version__}", flush=True)
    unittest.main(verbosity=2)
