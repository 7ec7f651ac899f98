"""Which public methods of the SDK our tests call, and which they need not."""

import functools
import inspect
import os
import sys

from aistore.sdk.bucket import Bucket
from aistore.sdk.client import Client
from aistore.sdk.cluster import Cluster
from aistore.sdk.job import Job
from aistore.sdk.multiobj import ObjectGroup
from aistore.sdk.obj.multipart_upload import MultipartUpload
from aistore.sdk.obj.object import Object
from aistore.sdk.obj.object_reader import ObjectReader
from aistore.sdk.obj.object_writer import ObjectWriter

HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = [Client, Cluster, Bucket, Object, ObjectReader, ObjectWriter, ObjectGroup, MultipartUpload, Job]

ETL = "transformations are not served yet"
INVENTORY = "inventories are of remote buckets"
CLOUD = "needs a bucket in a cloud"
EXCLUDED = {
    "Client.batch": "batches of objects in one answer are not served yet",
    "Client.dsort": "resharding is not served yet",
    "Client.etl": ETL,
    "Cluster.list_etls": ETL,
    "Bucket.transform": ETL,
    "Bucket.inspect": ETL,
    "Bucket.create_inventory": INVENTORY,
    "Bucket.destroy_inventory": INVENTORY,
    "Bucket.show_inventory": INVENTORY,
    "Object.blob_download": CLOUD,
    "ObjectGroup.transform": ETL,
    "ObjectGroup.inspect": ETL,
}

_called = set()


def _from_a_test(frame) -> bool:
    """Is that line one of our tests, not the SDK calling itself?"""
    return os.path.dirname(os.path.abspath(frame.f_code.co_filename)) == HERE


def _watched(name, function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        if _from_a_test(sys._getframe(1)):
            _called.add(name)
        return function(*args, **kwargs)

    return call


def _members(cls):
    """The public methods and properties of a class, with those it inherits."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            yield name, member


def watch():
    """Counts from now on what the tests call."""
    for cls in CLASSES:
        for name, member in list(_members(cls)):
            label = f"{cls.__name__}.{name}"
            if isinstance(member, property):
                setattr(cls, name, property(_watched(label, member.fget), member.fset, member.fdel, member.__doc__))
            else:
                setattr(cls, name, _watched(label, member))


def problems() -> list:
    """What is wrong after all tests have run: methods that none has called, and
    exclusions that have become untrue."""
    known = {f"{cls.__name__}.{name}" for cls in CLASSES for name, _ in _members(cls)}
    missing = [f"no test calls {name}" for name in sorted(known - _called - set(EXCLUDED))]
    called = [f"{name} is excluded ({EXCLUDED[name]}), but a test calls it" for name in sorted(_called & set(EXCLUDED))]
    return missing + called


def summary() -> str:
    return f"{len(_called)} public methods of the SDK called by tests, {len(EXCLUDED)} excluded"
