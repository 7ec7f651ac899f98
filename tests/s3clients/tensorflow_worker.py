"""TensorFlow's file system for S3, which is that of tensorflow-io, in a process of its own:
it knows one endpoint, the one of the environment, as long as the process lives.

    python tensorflow_worker.py URL-OF-BUCKET SMALL-FILE LARGE-FILE

Reads names of operations, a line each, and answers each with a line: ok, or what went
wrong. Run by libraries.py, in the virtual environment that has TensorFlow.
"""

import os
import sys

import tensorflow
import tensorflow_io  # noqa: F401, brings the file system

RECORDS = [b"record %d " % i * (i % 50) for i in range(1000)]


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Worker:
    def __init__(self, url, small, large):
        self.url, self.small, self.large = url, read(small), read(large)
        self.files = tensorflow.io.gfile

    def at(self, key):
        return f"{self.url}/{key}"

    def body(self, key):
        with self.files.GFile(self.at(key), "rb") as f:
            return f.read()

    def store(self, key, data):
        with self.files.GFile(self.at(key), "wb") as f:
            f.write(data)

    def put(self):
        self.store("dir/small.bin", self.small)
        with tensorflow.io.TFRecordWriter(self.at("records/a.tfrecord")) as f:
            for record in RECORDS:
                f.write(record)

    def multipart(self):
        self.store("dir/large.bin", self.large)

    def get(self):
        assert self.body("dir/small.bin") == self.small
        assert self.body("dir/large.bin") == self.large
        names = self.files.glob(self.at("records/*.tfrecord"))
        records = [r.numpy() for r in tensorflow.data.TFRecordDataset(names)]
        assert records == RECORDS, f"{len(records)} of {len(RECORDS)} records"

    def range(self):
        with self.files.GFile(self.at("dir/large.bin"), "rb") as f:
            f.seek(11_000_000)
            assert f.read(1000) == self.large[11_000_000:11_001_000]

    def list(self):
        assert sorted(self.files.listdir(self.at("dir"))) == ["large.bin", "small.bin"]
        assert self.files.isdir(self.at("dir")) and not self.files.exists(self.at("none"))
        assert self.files.stat(self.at("dir/large.bin")).length == len(self.large)

    def copy(self):
        self.files.copy(self.at("dir/large.bin"), self.at("copy.bin"))
        self.files.rename(self.at("copy.bin"), self.at("other dir/copy.bin"))
        assert self.body("other dir/copy.bin") == self.large and not self.files.exists(self.at("copy.bin"))

    def delete(self):
        self.files.remove(self.at("dir/small.bin"))
        assert not self.files.exists(self.at("dir/small.bin"))
        self.files.rmtree(self.at("dir"))
        assert not self.files.exists(self.at("dir/large.bin"))


def main():
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        try:
            getattr(worker, line.strip())()
            said = "ok"
        except Exception as e:  # the other side tells it
            said = f"{type(e).__name__}: {e}".replace("\n", " ")
        print(said, flush=True)
    os._exit(0)  # its library does not always survive the end of the interpreter


if __name__ == "__main__":
    main()
