"""What the tests of the Python SDK share: a client, and a bucket per test."""

import os
import unittest
import uuid

import urllib3
from aistore.sdk import Client, RetryConfig
from tenacity import Retrying, stop_after_attempt

ENDPOINT = os.environ.get("AIS_ENDPOINT", "http://127.0.0.1:8080")
TRUSTED = os.environ.get("AIS_CLIENT_CA") or True  # for requests without the SDK


def impatient() -> RetryConfig:
    """The SDK repeats for minutes what it takes for a passing failure, a missing
    object included; a test wants to see the first answer."""
    return RetryConfig(
        http_retry=urllib3.Retry(total=0, raise_on_status=False),
        network_retry=Retrying(stop=stop_after_attempt(1), reraise=True),
    )


class SDKCase(unittest.TestCase):
    """A test with a client and an empty bucket, destroyed afterwards."""

    def setUp(self):
        self.client = Client(ENDPOINT, retry_config=impatient())
        self.bucket = self.client.bucket(self.new_name())
        self.bucket.create()
        self.addCleanup(self.bucket.delete, missing_ok=True)

    @staticmethod
    def new_name() -> str:
        return "python-" + uuid.uuid4().hex[:12]

    def put(self, name: str, content: bytes = b"content"):
        """Stores an object and returns it."""
        obj = self.bucket.object(name)
        obj.get_writer().put_content(content)
        return obj

    @staticmethod
    def head(obj, props: str = ""):
        """Asks for some properties of an object; SDKs before 2.0 have another name for it."""
        return obj.head_v2(props) if hasattr(obj, "head_v2") else obj.head(props)
