"""Runs every client against every place of a cluster, and prints the table.

    python3 matrix.py [--files 5000] [--client NAME]… LABEL=URL…

The first place is where trees are synced, if they have files; clients that can use no
endpoint with a path leave out URLs that have one. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are a key that
may do everything. Exits with 1 if a cell failed, or all clients were left out.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback

from client import OPERATIONS, Absent, Files, Lacks, Place
from commands import Aws, Mc, Rclone, S3cmd, S3fs, S5cmd
from libraries import Boto3, DuckDB, PyArrow, TensorFlow

CLIENTS = (Aws, Boto3, S5cmd, Rclone, S3cmd, Mc, S3fs, DuckDB, PyArrow, TensorFlow)
HOSTS = "hosts:"  # a label that begins so is a place whose buckets are names of hosts


class Table:
    """What every cell says: ok, - (there is no such operation), or FAIL."""

    def __init__(self):
        self.rows, self.failed = {}, []

    def note(self, client, operation, outcome):
        row = self.rows.setdefault(client, {})
        if row.get(operation) != "FAIL":
            row[operation] = outcome

    def print(self):
        wide = max(map(len, self.rows), default=0)
        print(" ".join([" " * wide, *OPERATIONS]))
        for client, row in self.rows.items():
            print(" ".join([client.ljust(wide), *(row.get(o, "").ljust(len(o)) for o in OPERATIONS)]))


def cell(table, client, operation, where):
    """Runs one operation of one client, and reports whether the next is worth trying."""
    began = time.time()
    try:
        getattr(client, "bucket_" if operation == "bucket" else operation)()
    except Lacks:
        table.note(client.name, operation, "-")
        return True
    except Exception:  # whatever a client throws is a red cell
        table.note(client.name, operation, "FAIL")
        table.failed.append(f"{client.name} {operation} at {where}")
        print(f"FAIL {client.name} {operation} at {where}:", flush=True)
        traceback.print_exc(limit=-3, file=sys.stdout)
        return operation != "bucket"
    table.note(client.name, operation, "ok")
    if (took := time.time() - began) > 10:
        print(f"{client.name} {operation} at {where} took {took:.0f}s", flush=True)
    return True


def host_bucket(kind):
    return kind.name + "-hosts"


def visit(table, kind, place, bucket, sync):
    """Runs all operations of a client at a place."""
    client = kind(place, bucket)
    began = time.time()
    try:
        client.setup()
        try:
            for operation in OPERATIONS:
                if (operation != "sync" or sync) and not cell(table, client, operation, place.label):
                    break
        finally:
            client.close()
    except Absent as e:
        print(f"SKIP {client.name} at {place.label}: {e}", flush=True)
        return
    print(f"{client.name} at {place.label}: {time.time() - began:.1f}s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--few", type=int, default=500, help="files for clients that send one after the other")
    parser.add_argument("--ca")
    parser.add_argument("--client", action="append")
    parser.add_argument("--buckets", action="store_true", help="print the buckets of places by host, and end")
    parser.add_argument("places", nargs="*")
    options = parser.parse_args()
    if options.buckets:
        print("\n".join(host_bucket(kind) for kind in CLIENTS))
        return
    work = tempfile.mkdtemp(prefix="s3clients-")
    table = Table()
    try:
        files = Files(os.path.join(work, "many"), options.files)
        few = Files(os.path.join(work, "few"), min(options.few, options.files))
        for kind in CLIENTS:
            if options.client and kind.name not in options.client:
                continue
            synced = False
            for number, labelled in enumerate(options.places):
                label, _, url = labelled.partition("=")
                here = os.path.join(work, f"{kind.name}-{number}")
                os.mkdir(here)
                place = Place(label, url, here, few if kind.serial else files, options.ca, label.startswith(HOSTS))
                if kind.root and place.path:
                    continue
                bucket = host_bucket(kind) if place.hosts else f"{kind.name}-{number}-{os.getpid()}"
                visit(table, kind, place, bucket, sync=options.files and not synced)
                synced = True
    finally:
        shutil.rmtree(work, ignore_errors=True)
    table.print()
    if table.failed or not table.rows:
        sys.exit(f"s3clients: {len(table.failed)} failed: {', '.join(table.failed)}" if table.rows else "s3clients: no client was here")


if __name__ == "__main__":
    main()
