"""What every client of the table is: a name, and one method for each operation.

A method that a client lacks is left as it is here, and its cell says "-". A method
fails by raising; what it returns does not matter.
"""

import os
import ssl
import subprocess
import urllib.parse
import urllib.request

OPERATIONS = (
    "bucket", "put", "multipart", "get", "range", "list", "copy", "presign", "condition", "delete", "sync",
)

SMALL = "dir/small é+b.bin"
LARGE = "dir/large.bin"
COPY = "other dir/copy.bin"


class Absent(Exception):
    """A client is not on this machine; the text says what to install."""


class Lacks(Exception):
    """A client has no such operation."""


class Files:
    """The files that all clients send."""

    def __init__(self, work, count):
        self.small = os.path.join(work, "small.bin")
        self.large = os.path.join(work, "large.bin")
        self.tree = os.path.join(work, "tree")
        self.count = count
        write(self.small, os.urandom(5_000))
        write(self.large, os.urandom(12_345_678))
        if not count:
            return
        for i in range(count - 2):
            write(os.path.join(self.tree, f"d{i % 17}", "deep er" if i % 2 else "", f"file {i}"), b"%d\n" % i * (i % 97))
        write(os.path.join(self.tree, "ä+b&c", "x"), b"content")
        write(os.path.join(self.tree, "empty"), b"")


class Place:
    """An endpoint of the cluster as a client sees it, the keys, and a directory to work in."""

    def __init__(self, label, url, work, files, ca=None, hosts=False):
        self.label, self.url, self.work, self.files, self.ca = label, url, work, files, ca
        self.hosts = hosts  # virtual-hosted style: buckets are part of the host's name
        parts = urllib.parse.urlsplit(url)
        self.secure, self.host, self.path = parts.scheme == "https", parts.netloc, parts.path
        self.access, self.secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]

    def file(self, name):
        return os.path.join(self.work, name)

    def fetch(self, url):
        """Gets a presigned URL, as any program would."""
        context = ssl.create_default_context(cafile=self.ca) if self.secure else None
        with urllib.request.urlopen(url, context=context, timeout=60) as answer:
            return answer.read()


class Client:
    """Base of all clients. One is made for each place and bucket."""

    name = "?"
    root = False  # can only use an endpoint without a path
    serial = False  # sends a tree one file after the other

    def __init__(self, place, bucket):
        self.place, self.bucket = place, bucket

    def setup(self):
        """Gets ready, or raises Absent."""

    def close(self):
        """Ends what setup has begun."""

    def bucket_(self):
        raise Lacks

    put = multipart = get = range = list = copy = presign = condition = delete = sync = bucket_


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def same(got, want, what="content"):
    assert got == want, f"{what}: got {len(got)} bytes, want {len(want)}" if isinstance(got, bytes) else f"{what}: {got!r}, want {want!r}"


def contains(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in {text[:500]!r}"


def lacks(text, part):
    assert part not in text, f"{part!r} is in {text[:500]!r}"


def command(*arguments, stdin=None, env=None, fails=None):
    """Runs a program and returns its output, as text. With fails it has to fail, with that in what it says."""
    done = subprocess.run(arguments, input=stdin, capture_output=True, timeout=300, env={**os.environ, **(env or {})})
    said = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")[-2000:]
    if fails is not None:
        assert done.returncode != 0, f"{arguments[:4]} did not fail"
        contains(said, fails)
        return said
    assert done.returncode == 0, f"{' '.join(arguments)[:300]}: {said[-1500:]}"
    return done.stdout


def same_trees(a, b):
    command("diff", "-r", a, b)


def find(program, install):
    """Returns the path of a program, or raises Absent."""
    import shutil

    found = shutil.which(program)
    if not found:
        raise Absent(f"needs {program}: {install}")
    return found
