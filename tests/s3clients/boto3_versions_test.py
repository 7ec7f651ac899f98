"""Versions and locks of objects, by boto3, through each of the endpoints that it is given.

Run by run.sh, or by hand as boto3_test.py.
"""

import datetime
import os
import sys

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

ENDPOINTS = os.environ["S3_ENDPOINTS"].split()


def client(endpoint):
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)


def refused(code, status, do, **arguments):
    """Checks that a call is refused with that code of the API, and returns the answer."""
    try:
        do(**arguments)
    except ClientError as e:
        got = (e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, status), (got, code, status)
        return e.response["ResponseMetadata"]["HTTPHeaders"]
    raise AssertionError(f"not refused: {do} {arguments}")


def all_versions(s3, name, **arguments):
    """All versions of a bucket, page by page: (key, id, is latest, is a delete marker)."""
    found = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name, **arguments):
        found += [(v["Key"], v["VersionId"], v["IsLatest"], False) for v in page.get("Versions", [])]
        found += [(v["Key"], v["VersionId"], v["IsLatest"], True) for v in page.get("DeleteMarkers", [])]
    return found


def text(s3, name, key, **arguments):
    return s3.get_object(Bucket=name, Key=key, **arguments)["Body"].read()


def empty(s3, name, **arguments):
    """Deletes all versions, and the bucket."""
    doomed = [{"Key": key, "VersionId": id} for key, id, _, _ in all_versions(s3, name)]
    for at in range(0, len(doomed), 1000):
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": doomed[at : at + 1000]}, **arguments)
        assert "Errors" not in answer, answer["Errors"][:3]
    assert all_versions(s3, name) == []
    s3.delete_bucket(Bucket=name)


def enabled(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="d/k", Body=b"zero")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    one = s3.put_object(Bucket=name, Key="d/k", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=name, Key="d/k", Body=b"two", Tagging="a=b")["VersionId"]
    for id, body in {"null": b"zero", one: b"one", two: b"two"}.items():
        assert text(s3, name, "d/k", VersionId=id) == body
        assert s3.head_object(Bucket=name, Key="d/k", VersionId=id)["VersionId"] == id
    assert text(s3, name, "d/k") == b"two"
    assert text(s3, name, "d/k", VersionId=one, Range="bytes=1-1") == b"n"
    assert s3.get_object_tagging(Bucket=name, Key="d/k", VersionId=one)["TagSet"] == []
    s3.put_object_tagging(Bucket=name, Key="d/k", VersionId=one, Tagging={"TagSet": [{"Key": "c", "Value": "d"}]})
    assert s3.get_object_tagging(Bucket=name, Key="d/k", VersionId=one)["TagSet"] == [{"Key": "c", "Value": "d"}]
    attributes = s3.get_object_attributes(Bucket=name, Key="d/k", VersionId=one, ObjectAttributes=["ObjectSize"])
    assert attributes["ObjectSize"] == 3 and attributes["VersionId"] == one

    gone = s3.delete_object(Bucket=name, Key="d/k")
    assert gone["DeleteMarker"] and gone["VersionId"]
    headers = refused("NoSuchKey", 404, s3.get_object, Bucket=name, Key="d/k")
    assert headers["x-amz-delete-marker"] == "true"
    refused("MethodNotAllowed", 405, s3.get_object, Bucket=name, Key="d/k", VersionId=gone["VersionId"])
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    want = [("d/k", two, False, False), ("d/k", one, False, False), ("d/k", "null", False, False), ("d/k", gone["VersionId"], True, True)]
    assert sorted(all_versions(s3, name)) == sorted(want)
    assert sorted(all_versions(s3, name, PaginationConfig={"PageSize": 1})) == sorted(want)
    folded = s3.list_object_versions(Bucket=name, Delimiter="/")
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["d/"], folded
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=name)
    assert s3.delete_object(Bucket=name, Key="d/k", VersionId=gone["VersionId"])["DeleteMarker"]
    assert text(s3, name, "d/k") == b"two"
    s3.delete_object(Bucket=name, Key="d/k", VersionId=two)
    assert text(s3, name, "d/k") == b"one"
    refused("NoSuchVersion", 404, s3.get_object, Bucket=name, Key="d/k", VersionId=two)
    refused("InvalidArgument", 400, s3.get_object, Bucket=name, Key="d/k", VersionId="x")

    copied = s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "d/k", "VersionId": "null"})
    assert copied["CopySourceVersionId"] == "null" and text(s3, name, "copy") == b"zero"
    upload = s3.create_multipart_upload(Bucket=name, Key="d/k")["UploadId"]
    part = s3.upload_part(Bucket=name, Key="d/k", UploadId=upload, PartNumber=1, Body=b"x" * 6_000_000)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    made = s3.complete_multipart_upload(Bucket=name, Key="d/k", UploadId=upload, MultipartUpload=parts)
    assert s3.put_object(Bucket=name, Key="d/k", Body=b"last")["VersionId"] != made["VersionId"]
    assert text(s3, name, "d/k", VersionId=made["VersionId"]) == b"x" * 6_000_000
    again = s3.complete_multipart_upload(Bucket=name, Key="d/k", UploadId=upload, MultipartUpload=parts)
    assert again["VersionId"] == made["VersionId"]

    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=name, Key="d/k", Body=b"null one")
    s3.put_object(Bucket=name, Key="d/k", Body=b"null two")
    ids = [id for key, id, _, _ in all_versions(s3, name) if key == "d/k"]
    assert ids.count("null") == 1 and text(s3, name, "d/k", VersionId="null") == b"null two", ids
    gone = s3.delete_object(Bucket=name, Key="d/k")
    assert gone["VersionId"] == "null" and gone["DeleteMarker"]
    empty(s3, name)


def renamed(s3, name):
    """The old name gets a delete marker, the new one a version more."""
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=name, Key="old", Body=b"moved")["VersionId"]
    before = s3.put_object(Bucket=name, Key="new", Body=b"before")["VersionId"]
    s3.rename_object(Bucket=name, Key="new", RenameSource="old")
    assert text(s3, name, "new") == b"moved" and text(s3, name, "new", VersionId=before) == b"before"
    refused("NoSuchKey", 404, s3.get_object, Bucket=name, Key="old")
    assert text(s3, name, "old", VersionId=old) == b"moved"
    found = sorted((key, latest, gone) for key, _, latest, gone in all_versions(s3, name))
    assert found == [("new", False, False), ("new", True, False), ("old", False, False), ("old", True, True)], found
    empty(s3, name)


def many(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    want = []
    for i in range(40):
        key = f"{i % 8}/k{i % 3}"
        want.append((key, s3.put_object(Bucket=name, Key=key, Body=b"x")["VersionId"]))
    for size in (7, 1000):
        got = [(key, id) for key, id, _, _ in all_versions(s3, name, PaginationConfig={"PageSize": size})]
        assert sorted(got) == sorted(want), (len(got), len(want))
    latest = [key for key, _, is_latest, _ in all_versions(s3, name) if is_latest]
    assert sorted(latest) == sorted({key for key, _ in want})
    empty(s3, name)


def locked(s3, name):
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    refused("InvalidBucketState", 409, s3.put_bucket_versioning, Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    later = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
    id = s3.put_object(
        Bucket=name, Key="k", Body=b"one", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later
    )["VersionId"]
    head = s3.head_object(Bucket=name, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE" and head["ObjectLockRetainUntilDate"] == later
    retention = s3.get_object_retention(Bucket=name, Key="k")["Retention"]
    assert retention == {"Mode": "GOVERNANCE", "RetainUntilDate": later}, retention
    refused("AccessDenied", 403, s3.delete_object, Bucket=name, Key="k", VersionId=id)
    sooner = {"Mode": "GOVERNANCE", "RetainUntilDate": later - datetime.timedelta(minutes=30)}
    refused("AccessDenied", 403, s3.put_object_retention, Bucket=name, Key="k", Retention=sooner)
    s3.put_object_retention(Bucket=name, Key="k", Retention=sooner, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=name, Key="k", LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(Bucket=name, Key="k")["LegalHold"]["Status"] == "ON"
    refused("AccessDenied", 403, s3.delete_object, Bucket=name, Key="k", VersionId=id, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=name, Key="k", LegalHold={"Status": "OFF"})
    assert s3.delete_object(Bucket=name, Key="k")["DeleteMarker"]

    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]["Rule"] == rule
    s3.put_object(Bucket=name, Key="by default", Body=b"one")
    assert s3.get_object_retention(Bucket=name, Key="by default")["Retention"]["Mode"] == "GOVERNANCE"
    upload = s3.create_multipart_upload(Bucket=name, Key="parts", ObjectLockLegalHoldStatus="ON")["UploadId"]
    part = s3.upload_part(Bucket=name, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    id = s3.complete_multipart_upload(Bucket=name, Key="parts", UploadId=upload, MultipartUpload=parts)["VersionId"]
    doomed = {"Objects": [{"Key": "parts", "VersionId": id}]}
    errors = s3.delete_objects(Bucket=name, Delete=doomed, BypassGovernanceRetention=True)["Errors"]
    assert errors[0]["Code"] == "AccessDenied", errors
    s3.put_object_legal_hold(Bucket=name, Key="parts", LegalHold={"Status": "OFF"})
    empty(s3, name, BypassGovernanceRetention=True)


def main():
    for i, endpoint in enumerate(ENDPOINTS):
        s3 = client(endpoint)
        for check in (enabled, renamed, many, locked):
            check(s3, f"versions-{i}-{check.__name__}")
            print(endpoint, check.__name__, flush=True)


if __name__ == "__main__":
    sys.exit(main())
