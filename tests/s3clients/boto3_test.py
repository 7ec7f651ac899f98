"""What boto3 does with a cluster, through each of the endpoints that it is given.

Run by run.sh, or by hand:

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… S3_ENDPOINTS="http://host:8080/s3 …" python3 boto3_test.py
"""

import base64
import concurrent.futures
import datetime
import hashlib
import io
import os
import sys
import urllib.parse
import urllib.request
import zlib

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

MIB = 1 << 20
ENDPOINTS = os.environ["S3_ENDPOINTS"].split()


def client(endpoint, **config):
    style = {"addressing_style": "path"}
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(s3={**style, **config.pop("s3", {})}, retries={"max_attempts": 1}, **config),
    )


def refused(code, status, do, **arguments):
    """Checks that a call is refused with that code of the API."""
    try:
        do(**arguments)
    except ClientError as e:
        got = (e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, status), (got, code, status)
        return
    raise AssertionError(f"not refused: {do} {arguments}")


def md5(data):
    return hashlib.md5(data).hexdigest()


def buckets(s3, name):
    s3.create_bucket(Bucket=name)
    refused("BucketAlreadyOwnedByYou", 409, s3.create_bucket, Bucket=name)
    other = name + "-west"
    s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    names = [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert name in names and other in names, names
    s3.delete_bucket(Bucket=other)
    refused("404", 404, s3.head_bucket, Bucket=other)
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket=other)
    refused("NoSuchBucket", 404, s3.put_object, Bucket=other, Key="k", Body=b"")
    refused("InvalidBucketName", 400, s3.create_bucket, Bucket="a..b")
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    assert s3.get_bucket_acl(Bucket=name)["Grants"][0]["Permission"] == "FULL_CONTROL"
    refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=name)
    refused("NoSuchCORSConfiguration", 404, s3.get_bucket_cors, Bucket=name)
    refused("NoSuchLifecycleConfiguration", 404, s3.get_bucket_lifecycle_configuration, Bucket=name)
    rules = [
        {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {"ID": "old", "Status": "Disabled", "Filter": {"And": {"Prefix": "old", "ObjectSizeGreaterThan": 5}}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}},
        {"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == rules
    s3.put_object(Bucket=name, Key="logs/1", Body=b"1")
    assert 'rule-id="logs"' in s3.head_object(Bucket=name, Key="logs/1")["Expiration"]
    s3.delete_object(Bucket=name, Key="logs/1")
    s3.delete_bucket_lifecycle(Bucket=name)
    refused("NoSuchLifecycleConfiguration", 404, s3.get_bucket_lifecycle_configuration, Bucket=name)
    refused("NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=name)
    refused("ServerSideEncryptionConfigurationNotFoundError", 404, s3.get_bucket_encryption, Bucket=name)
    refused("ObjectLockConfigurationNotFoundError", 404, s3.get_object_lock_configuration, Bucket=name)
    refused("NoSuchPublicAccessBlockConfiguration", 404, s3.get_public_access_block, Bucket=name)


def objects(s3, name):
    body = os.urandom(300_000)
    expires = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
    put = s3.put_object(
        Bucket=name, Key="a/b c+é.bin", Body=body, ContentType="image/png", CacheControl="max-age=5",
        ContentDisposition='attachment; filename="x"', ContentEncoding="gzip", ContentLanguage="de", Expires=expires,
        Metadata={"Color": "blue", "empty": ""}, StorageClass="STANDARD_IA", Tagging="k=v&x=y%20z",
    )
    assert put["ETag"] == f'"{md5(body)}"', put
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    for got in (s3.head_object(Bucket=name, Key="a/b c+é.bin", ChecksumMode="ENABLED"), s3.get_object(Bucket=name, Key="a/b c+é.bin")):
        assert got["ContentType"] == "image/png" and got["CacheControl"] == "max-age=5", got
        assert got["ContentEncoding"] == "gzip" and got["ContentLanguage"] == "de", got
        assert got["ContentDisposition"] == 'attachment; filename="x"', got
        assert got["Metadata"] == {"color": "blue", "empty": ""}, got
        assert got["ContentLength"] == len(body) and got["ETag"] == put["ETag"], got
        assert got["StorageClass"] == "STANDARD_IA" and got["TagCount"] == 2, got
        assert got["ChecksumCRC32"] == put["ChecksumCRC32"] and got["ChecksumType"] == "FULL_OBJECT", got
        if "Body" in got:
            assert got["Body"].read() == body
    got = s3.get_object(Bucket=name, Key="a/b c+é.bin", ResponseContentType="text/x", ResponseCacheControl="no-cache")
    assert got["ContentType"] == "text/x" and got["CacheControl"] == "no-cache", got
    ranges(s3, name, "a/b c+é.bin", body)
    conditions(s3, name)
    tags(s3, name)
    s3.delete_object(Bucket=name, Key="a/b c+é.bin")
    s3.delete_object(Bucket=name, Key="a/b c+é.bin")
    refused("NoSuchKey", 404, s3.get_object, Bucket=name, Key="a/b c+é.bin")
    refused("404", 404, s3.head_object, Bucket=name, Key="a/b c+é.bin")
    refused("NotImplemented", 501, s3.put_object, Bucket=name, Key="k", Body=b"", ServerSideEncryption="AES256")
    refused("InvalidStorageClass", 400, s3.put_object, Bucket=name, Key="k", Body=b"", StorageClass="SHELF")
    refused("MetadataTooLarge", 400, s3.put_object, Bucket=name, Key="k", Body=b"", Metadata={"k": "v" * 2048})
    refused("KeyTooLongError", 400, s3.put_object, Bucket=name, Key="k" * 1025, Body=b"")
    s3.put_object(Bucket=name, Key="empty", Body=b"")
    got = s3.get_object(Bucket=name, Key="empty")
    assert got["Body"].read() == b"" and got["ETag"] == f'"{md5(b"")}"', got
    assert got["ContentType"] == "binary/octet-stream", got
    s3.delete_object(Bucket=name, Key="empty")


def ranges(s3, name, key, body):
    size = len(body)
    for text, first, last in (
        ("bytes=0-0", 0, 0), ("bytes=5-9", 5, 9), (f"bytes={size - 1}-", size - 1, size - 1),
        (f"bytes=7-{size + 50}", 7, size - 1), ("bytes=-9", size - 9, size - 1), (f"bytes=-{size + 9}", 0, size - 1),
    ):
        got = s3.get_object(Bucket=name, Key=key, Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["ContentRange"] == f"bytes {first}-{last}/{size}", (text, got["ContentRange"])
        assert got["Body"].read() == body[first : last + 1]
    for text in ("bytes=9-5", "bytes=x", "lines=1-2", "bytes=0-1,3-4"):
        got = s3.get_object(Bucket=name, Key=key, Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 200 and len(got["Body"].read()) == size, text
    refused("InvalidRange", 416, s3.get_object, Bucket=name, Key=key, Range=f"bytes={size}-")
    refused("416", 416, s3.head_object, Bucket=name, Key=key, Range=f"bytes={size}-")
    got = s3.head_object(Bucket=name, Key=key, PartNumber=1)
    assert got["ContentLength"] == size
    refused("InvalidPartNumber", 416, s3.get_object, Bucket=name, Key=key, PartNumber=2)


def conditions(s3, name):
    tag = s3.put_object(Bucket=name, Key="cond", Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", 412, s3.put_object, Bucket=name, Key="cond", Body=b"2", IfNoneMatch="*")
    refused("PreconditionFailed", 412, s3.put_object, Bucket=name, Key="cond", Body=b"2", IfMatch='"no"')
    refused("NoSuchKey", 404, s3.put_object, Bucket=name, Key="absent", Body=b"2", IfMatch='"no"')
    new = s3.put_object(Bucket=name, Key="cond", Body=b"2", IfMatch=tag)["ETag"]
    refused("PreconditionFailed", 412, s3.get_object, Bucket=name, Key="cond", IfMatch=tag)
    refused("304", 304, s3.get_object, Bucket=name, Key="cond", IfNoneMatch=new)
    refused("304", 304, s3.head_object, Bucket=name, Key="cond", IfNoneMatch=new)
    when = s3.head_object(Bucket=name, Key="cond")["LastModified"]
    refused("304", 304, s3.get_object, Bucket=name, Key="cond", IfModifiedSince=when)
    refused("PreconditionFailed", 412, s3.get_object, Bucket=name, Key="cond", IfUnmodifiedSince=when - datetime.timedelta(days=1))
    refused("PreconditionFailed", 412, s3.delete_object, Bucket=name, Key="cond", IfMatch='"no"')
    s3.delete_object(Bucket=name, Key="cond", IfMatch=new)


def tags(s3, name):
    s3.put_object(Bucket=name, Key="tagged", Body=b"x")
    assert s3.get_object_tagging(Bucket=name, Key="tagged")["TagSet"] == []
    wanted = [{"Key": "a", "Value": "1"}, {"Key": "b é", "Value": ""}]
    s3.put_object_tagging(Bucket=name, Key="tagged", Tagging={"TagSet": wanted})
    assert s3.get_object_tagging(Bucket=name, Key="tagged")["TagSet"] == wanted
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    refused("InvalidTag", 400, s3.put_object_tagging, Bucket=name, Key="tagged", Tagging={"TagSet": twice})
    s3.delete_object_tagging(Bucket=name, Key="tagged")
    assert s3.get_object_tagging(Bucket=name, Key="tagged")["TagSet"] == []
    s3.delete_object(Bucket=name, Key="tagged")


def checksums(s3, name):
    body = b"checksums " * 1000
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        field = "Checksum" + algorithm
        try:
            put = s3.put_object(Bucket=name, Key="sum", Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
        except Exception as e:  # botocore without its optional library
            if "MissingDependency" in type(e).__name__:
                continue
            raise
        got = s3.get_object(Bucket=name, Key="sum", ChecksumMode="ENABLED")
        assert got[field] == put[field] and got["Body"].read() == body, (algorithm, got)
        attributes = s3.get_object_attributes(Bucket=name, Key="sum", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"])
        assert attributes["Checksum"][field] == put[field], attributes
        assert attributes["ObjectSize"] == len(body) and attributes["ETag"] == md5(body), attributes
    wrong = base64.b64encode(b"\0" * 32).decode()
    refused("BadDigest", 400, s3.put_object, Bucket=name, Key="bad", Body=body, ChecksumSHA256=wrong)
    refused("BadDigest", 400, s3.put_object, Bucket=name, Key="bad", Body=body, ContentMD5=base64.b64encode(b"\0" * 16).decode())
    refused("InvalidDigest", 400, s3.put_object, Bucket=name, Key="bad", Body=body, ContentMD5="x")
    refused("404", 404, s3.head_object, Bucket=name, Key="bad")
    s3.delete_object(Bucket=name, Key="sum")


def listing(s3, name):
    keys = sorted(
        ["a", "a/", "a/b", "a//b", "a/b/c", "a-b", "b/", "b/1", "b/2", "c", "d e+f&g", "é", "x:1", "x:2", "..b"] + [f"n/{i:04}" for i in range(1100)],
        key=lambda k: k.encode(),
    )
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=name, Key=key, Body=key.encode()), keys))
    s3.list_objects_v2(Bucket=name, MaxKeys=1)  # and then not go on
    for version in ("list_objects_v2", "list_objects"):
        listed = [o["Key"] for page in s3.get_paginator(version).paginate(Bucket=name) for o in page.get("Contents", [])]
        assert listed == keys, [k for k in zip(listed, keys) if k[0] != k[1]][:3]
        for prefix in ("", "a", "a/", "b/", "n/", "x", ".", "..", "none", "é"):
            for delimiter in ("/", ":", "//", "0", ""):
                for size in (1, 3, 1000):
                    if size < 1000 and prefix in ("", "n/") and delimiter in ("", "0", ":", "//"):
                        continue
                    one_listing(s3, name, version, keys, prefix, delimiter, size)
    page = s3.list_objects_v2(Bucket=name, MaxKeys=1000)
    assert page["IsTruncated"] and page["KeyCount"] == 1000
    first = page["Contents"][0]
    assert first["ETag"] == f'"{md5(first["Key"].encode())}"' and first["Size"] == len(first["Key"].encode()), first
    age = datetime.datetime.now(datetime.timezone.utc) - first["LastModified"]
    assert abs(age) < datetime.timedelta(minutes=10), first
    page = s3.list_objects_v2(Bucket=name, MaxKeys=0)
    assert not page["IsTruncated"] and page["KeyCount"] == 0, page
    page = s3.list_objects_v2(Bucket=name, MaxKeys=len(keys) + 1000, Prefix="a", StartAfter="a/b")
    assert [o["Key"] for o in page["Contents"]] == ["a/b/c"], page
    assert "Owner" in s3.list_objects_v2(Bucket=name, FetchOwner=True, MaxKeys=1)["Contents"][0]
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=name)
    for start in range(0, len(keys), 1000):
        some = [{"Key": k} for k in keys[start : start + 1000]]
        done = s3.delete_objects(Bucket=name, Delete={"Objects": some})
        assert len(done["Deleted"]) == len(some) and "Errors" not in done, done
    done = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "absent"}, {"Key": "../x"}], "Quiet": True})
    assert "Deleted" not in done and done["Errors"][0]["Key"] == "../x", done
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0


def one_listing(s3, name, version, keys, prefix, delimiter, size):
    wanted, groups = [], []
    for key in keys:
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            wanted.append(key)
        elif (group := key[: at + len(delimiter)]) not in groups:
            groups.append(group)
    listed, listed_groups = [], []
    for page in s3.get_paginator(version).paginate(Bucket=name, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}):
        some = [o["Key"] for o in page.get("Contents", [])]
        groups_here = [g["Prefix"] for g in page.get("CommonPrefixes", [])]
        assert len(some) + len(groups_here) <= size
        assert not page["IsTruncated"] or len(some) + len(groups_here) == size
        listed += some
        listed_groups += groups_here
    assert listed == wanted, (version, prefix, delimiter, size, listed[:5], wanted[:5])
    assert listed_groups == groups, (version, prefix, delimiter, size, listed_groups[:5], groups[:5])


def copies(s3, name):
    body = os.urandom(100_000)
    s3.put_object(Bucket=name, Key="source é+1", Body=body, ContentType="text/plain", Metadata={"a": "1"}, Tagging="t=1")
    source = {"Bucket": name, "Key": "source é+1"}
    for i in range(6):  # on whatever targets they are
        done = s3.copy_object(Bucket=name, Key=f"copy{i}", CopySource=source)["CopyObjectResult"]
        assert done["ETag"] == f'"{md5(body)}"', done
        got = s3.get_object(Bucket=name, Key=f"copy{i}")
        assert got["Body"].read() == body and got["ContentType"] == "text/plain" and got["Metadata"] == {"a": "1"}, got
        assert got["TagCount"] == 1, got
    s3.copy_object(Bucket=name, Key="copy0", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"}, TaggingDirective="REPLACE", Tagging="x=1&y=2")
    got = s3.head_object(Bucket=name, Key="copy0")
    assert got["Metadata"] == {"b": "2"} and got["ContentType"] == "binary/octet-stream" and got["TagCount"] == 2, got
    refused("InvalidRequest", 400, s3.copy_object, Bucket=name, Key="source é+1", CopySource=source)
    s3.copy_object(Bucket=name, Key="source é+1", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "3"})
    got = s3.get_object(Bucket=name, Key="source é+1")
    assert got["Metadata"] == {"c": "3"} and got["Body"].read() == body, got
    tag = got["ETag"]
    refused("PreconditionFailed", 412, s3.copy_object, Bucket=name, Key="no", CopySource=source, CopySourceIfNoneMatch=tag)
    refused("PreconditionFailed", 412, s3.copy_object, Bucket=name, Key="no", CopySource=source, CopySourceIfMatch='"x"')
    refused("NoSuchKey", 404, s3.copy_object, Bucket=name, Key="no", CopySource={"Bucket": name, "Key": "absent"})
    refused("NoSuchBucket", 404, s3.copy_object, Bucket=name, Key="no", CopySource={"Bucket": "absent", "Key": "absent"})
    for key in ["source é+1"] + [f"copy{i}" for i in range(6)]:
        s3.delete_object(Bucket=name, Key=key)


def multipart(s3, name):
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB), os.urandom(1234)]
    u = s3.create_multipart_upload(Bucket=name, Key="dir/mp", ContentType="text/x", Metadata={"m": "1"})["UploadId"]
    other = s3.create_multipart_upload(Bucket=name, Key="dir2/mp")["UploadId"]
    uploads = s3.list_multipart_uploads(Bucket=name)["Uploads"]
    assert [(x["Key"], x["UploadId"]) for x in uploads] == [("dir/mp", u), ("dir2/mp", other)], uploads
    page = s3.list_multipart_uploads(Bucket=name, Delimiter="/", MaxUploads=1)
    assert page["IsTruncated"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["dir/"], page
    page = s3.list_multipart_uploads(Bucket=name, Delimiter="/", KeyMarker=page["NextKeyMarker"])
    assert not page["IsTruncated"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["dir2/"], page
    s3.abort_multipart_upload(Bucket=name, Key="dir2/mp", UploadId=other)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, Bucket=name, Key="dir2/mp", UploadId=other)
    refused("NoSuchUpload", 404, s3.upload_part, Bucket=name, Key="dir2/mp", UploadId=other, PartNumber=1, Body=b"x")
    refused("InvalidArgument", 400, s3.upload_part, Bucket=name, Key="dir/mp", UploadId=u, PartNumber=10001, Body=b"x")
    done = []
    for i in (3, 1, 2):
        tag = s3.upload_part(Bucket=name, Key="dir/mp", UploadId=u, PartNumber=i, Body=parts[i - 1])["ETag"]
        assert tag == f'"{md5(parts[i - 1])}"'
        done.append({"PartNumber": i, "ETag": tag})
    refused("InvalidPartOrder", 400, s3.complete_multipart_upload, Bucket=name, Key="dir/mp", UploadId=u, MultipartUpload={"Parts": done})
    done.sort(key=lambda p: p["PartNumber"])
    listed = s3.list_parts(Bucket=name, Key="dir/mp", UploadId=u, MaxParts=2)
    assert listed["IsTruncated"] and [p["Size"] for p in listed["Parts"]] == [5 * MIB, 5 * MIB], listed
    listed = s3.list_parts(Bucket=name, Key="dir/mp", UploadId=u, PartNumberMarker=listed["NextPartNumberMarker"])
    assert not listed["IsTruncated"] and [p["PartNumber"] for p in listed["Parts"]] == [3], listed
    wrong = [dict(done[0], ETag='"' + "0" * 32 + '"')] + done[1:]
    refused("InvalidPart", 400, s3.complete_multipart_upload, Bucket=name, Key="dir/mp", UploadId=u, MultipartUpload={"Parts": wrong})
    refused("EntityTooSmall", 400, s3.complete_multipart_upload, Bucket=name, Key="dir/mp", UploadId=u,
            MultipartUpload={"Parts": small_first(s3, name, u, done)})
    s3.upload_part(Bucket=name, Key="dir/mp", UploadId=u, PartNumber=1, Body=parts[0])
    for _ in range(2):  # again is as good as once
        made = s3.complete_multipart_upload(Bucket=name, Key="dir/mp", UploadId=u, MultipartUpload={"Parts": done})
        want = md5(b"".join(hashlib.md5(p).digest() for p in parts)) + "-3"
        assert made["ETag"] == f'"{want}"' and made["Key"] == "dir/mp", made
    got = s3.get_object(Bucket=name, Key="dir/mp")
    assert got["Body"].read() == b"".join(parts) and got["ContentType"] == "text/x" and got["Metadata"] == {"m": "1"}
    got = s3.get_object(Bucket=name, Key="dir/mp", PartNumber=2)
    assert got["Body"].read() == parts[1] and got["PartsCount"] == 3, got
    got = s3.get_object(Bucket=name, Key="dir/mp", Range=f"bytes={5 * MIB - 5}-{5 * MIB + 4}")
    assert got["Body"].read() == parts[0][-5:] + parts[1][:5]
    attributes = s3.get_object_attributes(Bucket=name, Key="dir/mp", ObjectAttributes=["ObjectParts", "ObjectSize"], MaxParts=2)
    assert attributes["ObjectParts"]["TotalPartsCount"] == 3 and attributes["ObjectParts"]["IsTruncated"], attributes
    refused("NoSuchUpload", 404, s3.list_parts, Bucket=name, Key="dir/mp", UploadId=u)
    part_copies(s3, name, b"".join(parts))
    part_sums(s3, name, parts)
    s3.delete_object(Bucket=name, Key="dir/mp")


def conditional_completes(s3, name):
    def upload(key):
        u = s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=name, Key=key, UploadId=u, PartNumber=1, Body=key.encode())
        return {"Bucket": name, "Key": key, "UploadId": u, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}

    tag = s3.put_object(Bucket=name, Key="there", Body=b"before")["ETag"]
    over = upload("there")
    refused("PreconditionFailed", 412, s3.complete_multipart_upload, **over, IfNoneMatch="*")
    refused("PreconditionFailed", 412, s3.complete_multipart_upload, **over, IfMatch='"no"')
    assert s3.get_object(Bucket=name, Key="there")["Body"].read() == b"before"
    s3.complete_multipart_upload(**over, IfMatch=tag)
    assert s3.get_object(Bucket=name, Key="there")["Body"].read() == b"there"
    new = upload("absent")
    refused("NoSuchKey", 404, s3.complete_multipart_upload, **new, IfMatch=tag)
    s3.complete_multipart_upload(**new, IfNoneMatch="*")
    assert s3.get_object(Bucket=name, Key="absent")["Body"].read() == b"absent"
    for key in ("there", "absent"):
        s3.delete_object(Bucket=name, Key=key)


def renames(s3, name):
    tag = s3.put_object(Bucket=name, Key="old é", Body=b"renamed", Metadata={"m": "1"}, Tagging="a=b", ContentType="text/x")["ETag"]
    s3.put_object(Bucket=name, Key="taken", Body=b"taken")
    source = urllib.parse.quote("old é")
    refused("PreconditionFailed", 412, s3.rename_object, Bucket=name, Key="taken", RenameSource=source, DestinationIfNoneMatch="*")
    refused("PreconditionFailed", 412, s3.rename_object, Bucket=name, Key="new/b", RenameSource=source, SourceIfMatch='"no"')
    refused("NoSuchKey", 404, s3.rename_object, Bucket=name, Key="new/b", RenameSource="absent")
    s3.rename_object(Bucket=name, Key="new/b", RenameSource=source, DestinationIfNoneMatch="*", SourceIfMatch=tag)
    s3.rename_object(Bucket=name, Key="taken", RenameSource="new/b")
    got = s3.get_object(Bucket=name, Key="taken")
    assert got["Body"].read() == b"renamed" and got["ETag"] == tag and got["Metadata"] == {"m": "1"} and got["ContentType"] == "text/x", got
    assert s3.get_object_tagging(Bucket=name, Key="taken")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"]] == ["taken"]
    s3.delete_object(Bucket=name, Key="taken")


def small_first(s3, name, u, done):
    tag = s3.upload_part(Bucket=name, Key="dir/mp", UploadId=u, PartNumber=1, Body=b"small")["ETag"]
    return [{"PartNumber": 1, "ETag": tag}] + done[1:]


def part_copies(s3, name, body):
    source = {"Bucket": name, "Key": "dir/mp"}
    u = s3.create_multipart_upload(Bucket=name, Key="joined")["UploadId"]
    done = []
    for i, text in enumerate((None, f"bytes=0-{5 * MIB - 1}", "bytes=10-19"), 1):
        arguments = {"CopySourceRange": text} if text else {}
        got = s3.upload_part_copy(Bucket=name, Key="joined", UploadId=u, PartNumber=i, CopySource=source, **arguments)
        done.append({"PartNumber": i, "ETag": got["CopyPartResult"]["ETag"]})
    refused("InvalidArgument", 400, s3.upload_part_copy, Bucket=name, Key="joined", UploadId=u, PartNumber=9,
            CopySource=source, CopySourceRange=f"bytes=0-{len(body)}")
    s3.complete_multipart_upload(Bucket=name, Key="joined", UploadId=u, MultipartUpload={"Parts": done})
    assert s3.get_object(Bucket=name, Key="joined")["Body"].read() == body + body[: 5 * MIB] + body[10:20]
    s3.delete_object(Bucket=name, Key="joined")


def part_sums(s3, name, parts):
    for algorithm, kind in (("CRC32", "FULL_OBJECT"), ("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE")):
        field = "Checksum" + algorithm
        u = s3.create_multipart_upload(Bucket=name, Key="sums", ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]
        done = []
        for i, part in enumerate(parts, 1):
            got = s3.upload_part(Bucket=name, Key="sums", UploadId=u, PartNumber=i, Body=part, ChecksumAlgorithm=algorithm)
            done.append({"PartNumber": i, "ETag": got["ETag"], field: got[field]})
        made = s3.complete_multipart_upload(Bucket=name, Key="sums", UploadId=u, MultipartUpload={"Parts": done})
        assert made["ChecksumType"] == kind, made
        if algorithm == "CRC32" and kind == "FULL_OBJECT":
            assert made[field] == base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode(), made
        else:
            assert made[field].endswith("-3"), made
        got = s3.head_object(Bucket=name, Key="sums", ChecksumMode="ENABLED")
        assert got[field] == made[field], got
        s3.delete_object(Bucket=name, Key="sums")
    refused("InvalidRequest", 400, s3.create_multipart_upload, Bucket=name, Key="sums", ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT")


def transfers(s3, name):
    body = os.urandom(12 * MIB + 77)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(body), name, "file", Config=config)
    into = io.BytesIO()
    s3.download_fileobj(name, "file", into, Config=config)
    assert into.getvalue() == body
    s3.copy({"Bucket": name, "Key": "file"}, name, "file2", Config=config)
    assert s3.get_object(Bucket=name, Key="file2")["Body"].read() == body
    for key in ("file", "file2"):
        s3.delete_object(Bucket=name, Key=key)


def presigned(endpoint, name):
    for version in ("s3v4", "s3"):
        s3 = client(endpoint, signature_version=version)
        url = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "pre signed"}, ExpiresIn=60)
        urllib.request.urlopen(urllib.request.Request(url, data=b"by url", method="PUT", headers={"Content-Type": ""})).read()
        url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "pre signed", "ResponseContentType": "text/y"})
        got = urllib.request.urlopen(url)
        assert got.read() == b"by url" and got.headers["Content-Type"] == "text/y", version
        client(endpoint).delete_object(Bucket=name, Key="pre signed")


def main():
    for i, endpoint in enumerate(ENDPOINTS):
        s3, name = client(endpoint), f"boto3-{i}"
        buckets(s3, name)
        checks = [objects, checksums, copies, multipart, conditional_completes, renames, transfers]
        if i % 2 == 0:  # it takes its time
            checks.append(listing)
        for check in checks:
            check(s3, name)
            print(endpoint, check.__name__, flush=True)
        unsigned = client(endpoint, s3={"payload_signing_enabled": False})
        unsigned.put_object(Bucket=name, Key="unsigned", Body=io.BytesIO(b"x" * 100_000))
        unsigned.delete_object(Bucket=name, Key="unsigned")
        presigned(endpoint, name)
        s3.delete_bucket(Bucket=name)
        print(endpoint, "all", flush=True)


if __name__ == "__main__":
    sys.exit(main())
