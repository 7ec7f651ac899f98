"""The clients that are libraries of Python."""

import concurrent.futures
import os
import subprocess

from client import COPY, LARGE, SMALL, Absent, Client, contains, read, same, same_trees, write


def load(module, install):
    """Imports a module, or raises Absent."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise Absent(f"needs {module}: {install}") from None


class Boto3(Client):
    name = "boto3"

    def setup(self):
        boto3 = load("boto3", "pip install boto3")
        config = load("botocore.config", "pip install boto3").Config
        self.error = load("botocore.exceptions", "pip install boto3").ClientError
        self.transfer = load("boto3.s3.transfer", "pip install boto3").TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=5 << 20)
        style = {"addressing_style": "virtual" if self.place.hosts else "path"}
        self.s3 = boto3.client(
            "s3", endpoint_url=self.place.url, region_name="us-east-1", verify=self.place.ca or None,
            config=config(s3=style, retries={"max_attempts": 1}, max_pool_connections=16))

    def do(self, verb, key, **arguments):
        return getattr(self.s3, verb)(Bucket=self.bucket, Key=key, **arguments)

    def body(self, key, **arguments):
        return self.do("get_object", key, **arguments)["Body"].read()

    def bucket_(self):
        self.s3.create_bucket(Bucket=self.bucket)
        contains([b["Name"] for b in self.s3.list_buckets()["Buckets"]], self.bucket)

    def put(self):
        self.do("put_object", SMALL, Body=read(self.place.files.small), Metadata={"color": "blue"})
        same(self.do("head_object", SMALL)["Metadata"], {"color": "blue"}, "metadata")

    def multipart(self):
        self.s3.upload_file(self.place.files.large, self.bucket, LARGE, Config=self.transfer)
        assert self.do("head_object", LARGE)["ETag"].endswith('-3"')

    def get(self):
        same(self.body(SMALL), read(self.place.files.small))
        self.s3.download_file(self.bucket, LARGE, self.place.file("got"), Config=self.transfer)
        same(read(self.place.file("got")), read(self.place.files.large))

    def range(self):
        want = read(self.place.files.small)
        same(self.body(SMALL, Range="bytes=100-199"), want[100:200])
        same(self.body(SMALL, Range="bytes=-7"), want[-7:])

    def list(self):
        page = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        contains([p["Prefix"] for p in page["CommonPrefixes"]], "dir/")
        page = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="dir/")
        same([o["Key"] for o in page["Contents"]], [LARGE, SMALL], "listing")

    def copy(self):
        self.s3.copy({"Bucket": self.bucket, "Key": LARGE}, self.bucket, COPY, Config=self.transfer)
        same(self.body(COPY), read(self.place.files.large))

    def presign(self):
        parameters = {"Bucket": self.bucket, "Key": SMALL}
        same(self.place.fetch(self.s3.generate_presigned_url("get_object", parameters)), read(self.place.files.small))

    def condition(self):
        self.do("put_object", "once", Body=b"1", IfNoneMatch="*")
        try:
            self.do("put_object", "once", Body=b"2", IfNoneMatch="*")
        except self.error as e:
            same(e.response["Error"]["Code"], "PreconditionFailed", "error")
        else:
            raise AssertionError("a second conditional put was not refused")
        same(self.body("once"), b"1")

    def delete(self):
        self.do("delete_object", SMALL)
        same(self.s3.list_objects_v2(Bucket=self.bucket, Prefix=SMALL)["KeyCount"], 0, "listing")
        keys = [{"Key": o["Key"]} for o in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]]
        assert "Errors" not in self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": keys})

    def sync(self):
        tree, back = self.place.files.tree, self.place.file("back")
        names = [os.path.relpath(os.path.join(d, f), tree) for d, _, files in os.walk(tree) for f in files]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.do("put_object", n, Body=read(os.path.join(tree, n))), names))
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
            listed = [o["Key"] for page in pages for o in page.get("Contents", [])]
            list(pool.map(lambda n: write(os.path.join(back, n), self.body(n)), listed))
        same_trees(tree, back)


class DuckDB(Client):
    """Reads and writes Parquet; it has neither buckets nor deletions."""

    name = "duckdb"

    def setup(self):
        duckdb = load("duckdb", "pip install duckdb")
        where = load("duckdb_extension_httpfs", "pip install duckdb-extension-httpfs")
        self.maker = Boto3(self.place, self.bucket)
        self.maker.setup()
        self.db = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 2})
        self.db.execute(f"LOAD '{extension(where)}'")
        if self.place.ca:
            self.db.execute(f"SET ca_cert_file = '{self.place.ca}'")
        self.db.execute(f"""CREATE SECRET (TYPE s3, KEY_ID '{self.place.access}', SECRET '{self.place.secret}', REGION 'us-east-1',
            ENDPOINT '{self.place.host}{self.place.path}', URL_STYLE '{'vhost' if self.place.hosts else 'path'}', USE_SSL {self.place.secure})""")

    def close(self):
        self.db.close()

    def one(self, query):
        return self.db.execute(query).fetchone()

    def bucket_(self):
        self.maker.bucket_()

    def put(self):
        self.db.execute(f"COPY (SELECT range AS n FROM range(1000)) TO 's3://{self.bucket}/dir/small.parquet'")

    def multipart(self):
        self.db.execute(f"COPY (SELECT range AS n, random() AS x FROM range(1500000)) TO 's3://{self.bucket}/dir/large.parquet'")

    def get(self):
        same(self.one(f"SELECT sum(n), count(*) FROM 's3://{self.bucket}/dir/small.parquet'"), (499500, 1000), "rows")

    def range(self):
        same(self.one(f"SELECT count(*) FROM 's3://{self.bucket}/dir/large.parquet' WHERE n BETWEEN 1400000 AND 1400009"), (10,), "rows")

    def list(self):
        same(self.one(f"SELECT count(*) FROM glob('s3://{self.bucket}/*/*.parquet')"), (2,), "files")


def extension(module):
    """Finds the file of DuckDB's extension in its package."""
    for directory, _, files in os.walk(os.path.dirname(module.__file__)):
        for name in files:
            if name.endswith(".duckdb_extension"):
                return os.path.join(directory, name)
    raise Absent("needs httpfs.duckdb_extension: pip install duckdb-extension-httpfs")


class PyArrow(Client):
    name = "pyarrow"
    serial = True

    def setup(self):
        self.fs = load("pyarrow.fs", "pip install pyarrow")
        options = {"tls_ca_file_path": self.place.ca} if self.place.ca else {}
        self.s3 = self.fs.S3FileSystem(
            access_key=self.place.access, secret_key=self.place.secret, region="us-east-1", allow_bucket_creation=True,
            endpoint_override=self.place.host + self.place.path, scheme="https" if self.place.secure else "http",
            force_virtual_addressing=self.place.hosts, **options)

    def at(self, key):
        return f"{self.bucket}/{key}"

    def body(self, key):
        with self.s3.open_input_stream(self.at(key)) as f:
            return f.read()

    def store(self, key, data):
        with self.s3.open_output_stream(self.at(key)) as f:
            f.write(data)

    def bucket_(self):
        self.s3.create_dir(self.bucket)
        contains([i.path for i in self.s3.get_file_info(self.fs.FileSelector(""))], self.bucket)

    def put(self):
        self.store(SMALL, read(self.place.files.small))

    def multipart(self):
        self.store(LARGE, read(self.place.files.large))

    def get(self):
        same(self.body(SMALL), read(self.place.files.small))
        same(self.body(LARGE), read(self.place.files.large))

    def range(self):
        with self.s3.open_input_file(self.at(LARGE)) as f:
            same(f.read_at(1000, 11_000_000), read(self.place.files.large)[11_000_000:11_001_000])

    def list(self):
        listed = {i.path: i.type for i in self.s3.get_file_info(self.fs.FileSelector(self.bucket, recursive=True))}
        kinds = self.fs.FileType
        same(listed, {self.at("dir"): kinds.Directory, self.at(SMALL): kinds.File, self.at(LARGE): kinds.File}, "listing")

    def copy(self):
        self.s3.copy_file(self.at(LARGE), self.at(COPY))
        same(self.body(COPY), read(self.place.files.large))

    def delete(self):
        self.s3.delete_file(self.at(SMALL))
        same(self.s3.get_file_info(self.at(SMALL)).type, self.fs.FileType.NotFound, "kind")
        self.s3.delete_dir_contents(self.bucket)

    def sync(self):
        tree, back = self.place.files.tree, self.place.file("back")
        self.fs.copy_files(tree, self.at("tree"), source_filesystem=self.fs.LocalFileSystem(), destination_filesystem=self.s3)
        self.fs.copy_files(self.at("tree"), back, source_filesystem=self.s3, destination_filesystem=self.fs.LocalFileSystem())
        same_trees(tree, back)


class TensorFlow(Client):
    """Its file system for S3, and data sets of records, in a process for each place."""

    name = "tensorflow"
    root = True

    def setup(self):
        if self.place.hosts:
            raise Absent("tensorflow-io knows no other style than that of paths")
        python = os.environ.get("AIS_TENSORFLOW_PYTHON", "")
        if not os.access(python, os.X_OK):
            raise Absent("needs tensorflow-cpu==2.16.2 and tensorflow-io==0.37.1: the Python of AIS_TENSORFLOW_PYTHON has them")
        self.maker = Boto3(self.place, self.bucket)
        self.maker.setup()
        env = {
            "S3_ENDPOINT": self.place.url, "S3_USE_HTTPS": "1" if self.place.secure else "0", "S3_CA_FILE": self.place.ca or "",
            "S3_MULTI_PART_UPLOAD_CHUNK_SIZE": str(5 << 20), "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensorflow_worker.py")
        self.worker = subprocess.Popen(
            [python, worker, f"s3://{self.bucket}", self.place.files.small, self.place.files.large],
            env={**os.environ, **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def close(self):
        self.worker.stdin.close()
        self.worker.wait(60)

    def do(self, operation):
        self.worker.stdin.write(operation + "\n")
        self.worker.stdin.flush()
        same(self.worker.stdout.readline().strip(), "ok", operation)

    def bucket_(self):
        self.maker.bucket_()

    def put(self):
        self.do("put")

    def multipart(self):
        self.do("multipart")
        assert self.maker.do("head_object", LARGE)["ETag"].endswith('-3"')

    def get(self):
        self.do("get")

    def range(self):
        self.do("range")

    def list(self):
        self.do("list")

    def copy(self):
        self.do("copy")

    def delete(self):
        self.do("delete")
