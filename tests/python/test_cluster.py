"""The cluster as a whole: readiness, map, performance, logs."""

import io
import tarfile
import unittest

from sdkcase import ENDPOINT, SDKCase


class TestCluster(SDKCase):
    def setUp(self):
        super().setUp()
        self.cluster = self.client.cluster()

    def test_is_ready(self):
        self.assertTrue(self.cluster.is_ready())

    def test_map(self):
        smap = self.cluster.get_info()
        self.assertEqual(smap.proxy_si.public_net.direct_url, self.cluster.get_primary_url())
        self.assertNotEqual(self.cluster.get_uuid(), "")
        for id, node in {**smap.tmap, **smap.pmap}.items():
            self.assertEqual(node.daemon_id, id)

    def test_primary_is_reachable(self):
        self.assertTrue(self.cluster.get_primary_url().startswith("http"))
        if len(self.cluster.get_info().pmap) == 1:
            self.assertEqual(self.cluster.get_primary_url(), ENDPOINT)

    def test_performance(self):
        self.put("o")
        performance = self.cluster.get_performance()
        self.assertEqual(sorted(performance), sorted(self.cluster.get_info().tmap))
        for status in performance.values():
            self.assertIn("snode", status)
            self.assertGreater(len(status["capacity"]["mountpaths"]), 0)

    def test_node_logs(self):
        smap = self.cluster.get_info()
        for id in [*smap.tmap, *smap.pmap]:
            self.assertNotEqual(self.cluster.get_node_log(id), "")
        self.assertEqual(sorted(self.cluster.get_cluster_logs()), sorted(smap.tmap))

    def test_log_archive(self):
        id = next(iter(self.cluster.get_info().tmap))
        archive = self.cluster.get_node_log_archive(id)
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            self.assertGreater(len(tar.getnames()), 0)

    def test_no_jobs_yet(self):
        self.assertEqual(self.cluster.list_jobs_status(job_kind="lru"), [])
        self.assertEqual(self.cluster.list_running_jobs(job_kind="lru"), [])


if __name__ == "__main__":
    unittest.main()
