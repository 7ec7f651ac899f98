"""Who may do what, by boto3 and by programs without a key, through each of the endpoints
that it is given: ACLs, policies, CORS, forms, presigned URLs, and requests that are not
as they were signed.

Run by run.sh, or by hand as boto3_test.py.
"""

import contextlib
import datetime
import json
import os
import sys
import time
import unittest.mock
import urllib.error
import urllib.parse
import urllib.request
import uuid

import botocore.auth
import boto3
from botocore import UNSIGNED
from botocore.client import Config
from botocore.exceptions import ClientError

try:
    import botocore.crt.auth

    SIGNERS = (botocore.auth, botocore.crt.auth)
except ImportError:
    SIGNERS = (botocore.auth,)

ENDPOINTS = os.environ["S3_ENDPOINTS"].split()


def client(endpoint, key=None, secret=None, **config):
    style = {"addressing_style": "path"}
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(s3=style, retries={"max_attempts": 1}, **config),
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


def fetch(url, method="GET", body=None, **headers):
    """Sends a request as any program would, and returns status, headers and content."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method, headers=named), timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.headers, e.read()


def turned_away(code, status, url, **request):
    got, _, body = fetch(url, **request)
    assert got == status and f"<Code>{code}</Code>".encode() in body, (got, body, code, status)


def acls(s3, name, endpoint):
    anybody = client(endpoint, signature_version=UNSIGNED)
    s3.put_object(Bucket=name, Key="k", Body=b"public?")
    for canned, readable, writable in (("private", False, False), ("public-read", True, False), ("public-read-write", True, True), ("private", False, False)):
        s3.put_bucket_acl(Bucket=name, ACL=canned)
        grants = [g["Permission"] for g in s3.get_bucket_acl(Bucket=name)["Grants"]]
        assert grants == ["FULL_CONTROL"] + ["READ"] * readable + ["WRITE"] * writable, (canned, grants)
        if readable:
            assert anybody.get_object(Bucket=name, Key="k")["Body"].read() == b"public?"
            assert [o["Key"] for o in anybody.list_objects_v2(Bucket=name)["Contents"]] == ["k"]
            s3.put_object(Bucket=name, Key="k", Body=b"public?", ACL="public-read")
        else:
            refused("AccessDenied", 403, anybody.get_object, Bucket=name, Key="k")
            refused("AccessDenied", 403, anybody.list_objects_v2, Bucket=name)
        if writable:
            anybody.put_object(Bucket=name, Key="theirs", Body=b"x")
            anybody.delete_object(Bucket=name, Key="theirs")
        else:
            refused("AccessDenied", 403, anybody.put_object, Bucket=name, Key="theirs", Body=b"x")
        refused("AccessDenied", 403, anybody.put_bucket_acl, Bucket=name, ACL="public-read-write")
    assert s3.get_object_acl(Bucket=name, Key="k")["Grants"][0]["Permission"] == "FULL_CONTROL"
    s3.put_object_acl(Bucket=name, Key="k", ACL="private")
    refused("NotImplemented", 501, s3.put_object_acl, Bucket=name, Key="k", ACL="public-read")
    s3.delete_object(Bucket=name, Key="k")


def policies(s3, name, endpoint):
    plain = f"{endpoint}/{name}/dir/k%20%C3%A9"
    s3.put_object(Bucket=name, Key="dir/k é", Body=b"by policy")
    turned_away("AccessDenied", 403, plain)
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{name}/*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == json.loads(policy)
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"]
    assert fetch(plain)[::2] == (200, b"by policy")
    assert fetch(plain, Range="bytes=3-")[::2] == (206, b"policy")
    assert fetch(plain, method="HEAD")[0] == 200
    turned_away("AccessDenied", 403, f"{endpoint}/{name}?list-type=2")
    turned_away("AccessDenied", 403, plain, method="PUT", body=b"x")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    turned_away("AccessDenied", 403, plain)
    s3.delete_public_access_block(Bucket=name)
    s3.delete_bucket_policy(Bucket=name)
    turned_away("AccessDenied", 403, plain)
    refused("MalformedPolicy", 400, s3.put_bucket_policy, Bucket=name, Policy="{}")
    s3.delete_object(Bucket=name, Key="dir/k é")


def pages(s3, name, endpoint):
    """CORS, as browsers ask for it."""
    url, origin = f"{endpoint}/{name}/k", "https://app.example.com"
    asks = {"Origin": origin, "Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "content-type,x-amz-meta-a"}
    turned_away("AccessForbidden", 403, url, method="OPTIONS", **asks)
    rule = {
        "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 300,
    }
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == [rule]
    status, headers, _ = fetch(url, method="OPTIONS", **asks)
    assert status == 200 and headers["Access-Control-Allow-Origin"] == origin and headers["Access-Control-Max-Age"] == "300", headers
    assert "PUT" in headers["Access-Control-Allow-Methods"] and "x-amz-meta-a" in headers["Access-Control-Allow-Headers"].lower(), headers
    turned_away("AccessForbidden", 403, url, method="OPTIONS", **{**asks, "Origin": "https://example.org"})
    turned_away("AccessForbidden", 403, url, method="OPTIONS", **{**asks, "Access_Control_Request_Method": "DELETE"})
    put = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "k"})
    status, headers, _ = fetch(put, method="PUT", body=b"of a page", Origin=origin, Content_Type="")  # the query has no content type
    assert status == 200 and headers["Access-Control-Allow-Origin"] == origin and "ETag" in headers["Access-Control-Expose-Headers"], headers
    s3.delete_bucket_cors(Bucket=name)
    refused("NoSuchCORSConfiguration", 404, s3.get_bucket_cors, Bucket=name)
    s3.delete_object(Bucket=name, Key="k")


def send_form(form, file, filename="cat.jpg", **more):
    """Sends a form as a browser does, the file last."""
    boundary, fields = uuid.uuid4().hex, {**form["fields"], **more}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join([*parts, head]).encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return fetch(form["url"], method="POST", body=body, Content_Type=f"multipart/form-data; boundary={boundary}")


def forms(s3, name, endpoint):
    for version in ("s3v4", "s3"):
        forms_by(client(endpoint, signature_version=version), s3, name)


def forms_by(signer, s3, name):
    file = os.urandom(200_000)
    conditions = [["content-length-range", 10, 300_000], ["starts-with", "$x-amz-meta-color", ""], {"success_action_status": "201"}]
    form = signer.generate_presigned_post(name, "up/${filename}", Fields={"success_action_status": "201"}, Conditions=conditions)
    status, headers, body = send_form(form, file, **{"x-amz-meta-color": "blé"})
    assert status == 201 and b"<Key>up/cat.jpg</Key>" in body, (status, body)
    got = s3.get_object(Bucket=name, Key="up/cat.jpg")
    assert got["Body"].read() == file and got["ETag"] == headers["ETag"]
    assert got["Metadata"]["color"].encode("latin-1").decode() == "blé", got["Metadata"]  # boto3 takes bytes for characters
    signature = "signature" if "signature" in form["fields"] else "x-amz-signature"
    for want, fields in (
        (b"AccessDenied", {"x-amz-meta-other": "x"}), (b"AccessDenied", {"success_action_status": "200"}),
        (b"AccessDenied", {"key": "elsewhere/x"}), (b"SignatureDoesNotMatch", {signature: "0" * 64}),
    ):
        status, _, body = send_form(form, file, **{"x-amz-meta-color": "", **fields})
        assert status == 403 and want in body, (status, body, want)
    for size, code in ((9, b"EntityTooSmall"), (300_001, b"EntityTooLarge")):
        status, _, body = send_form(form, b"x" * size, **{"x-amz-meta-color": ""})
        assert status == 400 and code in body, (status, body)
    ended = signer.generate_presigned_post(name, "k", ExpiresIn=-10)
    status, _, body = send_form(ended, file)
    assert status == 403 and b"AccessDenied" in body and b"expired" in body, (status, body)
    s3.delete_object(Bucket=name, Key="up/cat.jpg")


@contextlib.contextmanager
def clock(ahead):
    """Makes botocore sign at another time."""

    def now(remove_tzinfo=True):
        at = datetime.datetime.now(datetime.timezone.utc) + ahead
        return at.replace(tzinfo=None) if remove_tzinfo else at

    with contextlib.ExitStack() as stack:
        for module in SIGNERS:
            stack.enter_context(unittest.mock.patch.object(module, "get_current_datetime", now))
        yield


def urls(s3, name, endpoint):
    """Presigned URLs of both versions: used, altered and too late."""
    s3.put_object(Bucket=name, Key="k", Body=b"by url")
    for version in ("s3v4", "s3"):
        signer = client(endpoint, signature_version=version)
        where = {"Bucket": name, "Key": "k"}
        url = signer.generate_presigned_url("get_object", Params=where)
        assert fetch(url)[::2] == (200, b"by url")
        turned_away("SignatureDoesNotMatch", 403, url.replace(f"/{name}/k?", f"/{name}/other?"))
        turned_away("SignatureDoesNotMatch", 403, url, method="PUT", body=b"x")
        with clock(datetime.timedelta(hours=-2)):
            turned_away("AccessDenied", 403, signer.generate_presigned_url("get_object", Params=where, ExpiresIn=100 if version == "s3v4" else -100))
        stranger = client(endpoint, key="AKIANOBODYKNOWSTHIS0", secret="x", signature_version=version)
        turned_away("InvalidAccessKeyId", 403, stranger.generate_presigned_url("get_object", Params=where))
        liar = client(endpoint, key=os.environ["AWS_ACCESS_KEY_ID"], secret="x", signature_version=version)
        turned_away("SignatureDoesNotMatch", 403, liar.generate_presigned_url("get_object", Params=where))
        gone = signer.generate_presigned_url("delete_object", Params={"Bucket": name, "Key": "nothing"})
        assert fetch(gone, method="DELETE")[0] == 204
    signer = client(endpoint, signature_version="s3v4")
    short = signer.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"}, ExpiresIn=1)
    deadline = time.time() + 30
    while fetch(short)[0] == 200 and time.time() < deadline:
        time.sleep(0.2)
    turned_away("AccessDenied", 403, short)
    too_long = signer.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"}, ExpiresIn=604801)
    turned_away("AuthorizationQueryParametersError", 400, too_long)
    s3.delete_object(Bucket=name, Key="k")


def signatures(s3, name, endpoint):
    """Requests that are not as they were signed."""
    stranger = client(endpoint, key="AKIANOBODYKNOWSTHIS0", secret="x")
    refused("InvalidAccessKeyId", 403, stranger.list_objects_v2, Bucket=name)
    liar = client(endpoint, key=os.environ["AWS_ACCESS_KEY_ID"], secret="x")
    refused("SignatureDoesNotMatch", 403, liar.list_objects_v2, Bucket=name)
    refused("SignatureDoesNotMatch", 403, liar.put_object, Bucket=name, Key="k", Body=b"x" * 1_000_000)
    for minutes in (-20, 20):
        with clock(datetime.timedelta(minutes=minutes)):
            refused("RequestTimeTooSkewed", 403, s3.list_objects_v2, Bucket=name)
    for minutes in (-10, 10):
        with clock(datetime.timedelta(minutes=minutes)):
            s3.list_objects_v2(Bucket=name)

    def alter(request, **_):
        request.body = b"altered"

    def add(request, **_):
        request.headers["x-amz-meta-added"] = "later"

    def turn(request, **_):
        request.url = request.url.replace("/before", "/behind")

    for change, code, status in ((alter, "XAmzContentSHA256Mismatch", 400), (turn, "SignatureDoesNotMatch", 403), (add, "AccessDenied", 403)):
        altered = client(endpoint)
        altered.meta.events.register("before-send.s3.PutObject", change)
        refused(code, status, altered.put_object, Bucket=name, Key="before", Body=b"content")
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0


def main():
    for i, endpoint in enumerate(ENDPOINTS):
        s3, name = client(endpoint), f"access-{i}"
        s3.create_bucket(Bucket=name)
        for check in (acls, policies, pages, forms, urls, signatures):
            check(s3, name, endpoint)
            print(endpoint, check.__name__, flush=True)
        s3.delete_bucket(Bucket=name)


if __name__ == "__main__":
    sys.exit(main())
