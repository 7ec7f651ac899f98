"""The configuration of the cluster and of nodes, over the SDK's own requests."""

import json
import unittest

from aistore.sdk import errors
from aistore.sdk.const import HEADER_NODE_ID
from sdkcase import SDKCase


class TestConfig(SDKCase):
    def setUp(self):
        super().setUp()
        self.cluster = self.client.cluster()
        self.requests = self.cluster.client

    def get(self, path, node=None, **params):
        headers = {HEADER_NODE_ID: node} if node else None
        return self.requests.request("GET", path=path, params=params, headers=headers).json()

    def put(self, path, node=None, params=None, action=None, value=None):
        headers = {HEADER_NODE_ID: node} if node else None
        body = {"action": action, "name": "", "value": value} if action else None
        return self.requests.request("PUT", path=path, params=params, headers=headers, json=body).json()

    def whole(self):
        return self.get("cluster", what="cluster_config")

    def reset(self):
        self.put("cluster", action="reset-config")

    def test_direct_access_is_allowed_by_what_is_not_there(self):
        auth = self.whole()["auth"]
        self.assertFalse(auth.get("enabled", False))
        self.assertFalse(auth.get("intra_cluster", {}).get("enabled", False))

    def test_everything_is_there(self):
        config = self.whole()
        for section in "net timeout client periodic log space lru mirror ec checksum versioning disk rebalance".split():
            self.assertIn(section, config)
        self.assertIsInstance(config["config_version"], str)
        for node in [*self.cluster.get_info().tmap, *self.cluster.get_info().pmap]:
            of_node = self.get("reverse/daemon", node=node, what="config")
            self.assertEqual(set(config) - set(of_node), set())
            self.assertIn("host_net", of_node)

    def test_set_by_query_and_as_json(self):
        self.addCleanup(self.reset)
        reply = self.put("cluster/set-config", params={"mirror.copies": "3", "log.stats_time": "2m"})
        self.assertEqual([change["key"] for change in reply["changed"]], ["log.stats_time", "mirror.copies"])
        self.put("cluster", action="set-config", value={"mirror": {"burst_buffer": 64}})
        mirror = self.whole()["mirror"]
        self.assertEqual((mirror["copies"], mirror["burst_buffer"]), (3, 64))
        for node in self.cluster.get_info().tmap:
            self.assertEqual(self.get("reverse/daemon", node=node, what="config")["mirror"], mirror)

    def test_new_buckets_are_as_it_says(self):
        self.addCleanup(self.reset)
        self.put("cluster/set-config", params={"checksum.type": "md5"})
        bucket = self.client.bucket(self.new_name())
        bucket.create()
        self.addCleanup(bucket.delete, missing_ok=True)
        props = json.loads(bucket.head()["Ais-Bucket-Props"])
        self.assertEqual(props["checksum"]["type"], "md5")

    def test_what_is_wrong_changes_nothing(self):
        before = self.whole()
        for params, hint in [
            ({"log.levl": "4"}, "log.level"),
            ({"mirror.copies": "3", "ec.data_slices": "99"}, "from 1 to 32"),
            ({"mirror.enabled": "true", "ec.enabled": "true"}, "excludes"),
        ]:
            with self.assertRaises(errors.AISError) as refused:
                self.put("cluster/set-config", params=params)
            self.assertIn(hint, str(refused.exception))
        self.assertEqual(self.whole(), before)

    def test_one_node(self):
        one, *others = self.cluster.get_info().tmap
        self.addCleanup(self.put, "reverse/daemon", node=one, action="reset-config")
        self.put("reverse/daemon/set-config", node=one, params={"log.stats_time": "3m"})
        self.assertEqual(self.get("reverse/daemon", node=one, what="config")["log"]["stats_time"], "3m")
        for node in others:
            self.assertEqual(self.get("reverse/daemon", node=node, what="config")["log"]["stats_time"], "1m")
        self.assertEqual(self.whole()["log"]["stats_time"], "1m")


if __name__ == "__main__":
    unittest.main()
