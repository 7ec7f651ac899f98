"""Jobs: copies, renames and summaries of buckets, groups of objects, status and stop."""

import io
import tarfile
import unittest
from datetime import datetime, timedelta, timezone

import requests
from aistore.sdk.errors import AISError, ErrBckNotFound, ErrObjNotFound, JobInfoNotFound
from aistore.sdk.multiobj import ObjectRange

from sdkcase import TRUSTED, SDKCase

TIMEOUT = 60


class TestJobs(SDKCase):
    def setUp(self):
        super().setUp()
        self.other = self.client.bucket(self.new_name())
        self.addCleanup(self.other.delete, missing_ok=True)

    def fill(self, count: int = 20, prefix: str = "obj-"):
        names = [f"{prefix}{i:02d}" for i in range(count)]
        for name in names:
            self.put(name, name.encode())
        return names

    def names(self, bucket):
        return [entry.name for entry in bucket.list_all_objects()]

    def wait(self, job_id: str):
        self.client.job(job_id).wait(timeout=TIMEOUT, verbose=False)

    def test_copy_bucket(self):
        names = self.fill()
        self.wait(self.bucket.copy(self.other))
        self.assertEqual(self.names(self.other), names)
        for name in names:
            self.assertEqual(self.other.object(name).get_reader().read_all(), name.encode())

    def test_copy_bucket_with_prefix_and_prepend(self):
        self.fill(5, "a-")
        self.fill(5, "b-")
        self.wait(self.bucket.copy(self.other, prefix_filter="a-", prepend="dir/"))
        self.assertEqual(self.names(self.other), [f"dir/a-{i:02d}" for i in range(5)])

    def test_copy_bucket_dry_run(self):
        self.fill(7)
        self.other.create()
        job_id = self.bucket.copy(self.other, dry_run=True)
        self.wait(job_id)
        self.assertEqual(self.names(self.other), [])

    def test_copies_that_are_refused(self):
        with self.assertRaises(ErrBckNotFound):
            self.client.bucket(self.new_name()).copy(self.other)
        with self.assertRaises(AISError) as caught:
            self.bucket.copy(self.bucket)
        self.assertEqual(caught.exception.status_code, 400)

    def test_rename_bucket(self):
        names = self.fill()
        old, new = self.bucket.name, self.other.name
        self.wait(self.bucket.rename(new))
        self.assertEqual(self.names(self.client.bucket(new)), names)
        with self.assertRaises(ErrBckNotFound):
            self.client.bucket(old).list_objects()

    def test_rename_to_a_bucket_that_exists(self):
        self.other.create()
        with self.assertRaises(AISError) as caught:
            self.bucket.rename(self.other.name)
        self.assertEqual(caught.exception.status_code, 409)

    def test_summary(self):
        self.fill(12, "a-")
        self.fill(3, "b-")
        summary = self.bucket.summary()
        self.assertEqual(summary["ObjCount"]["obj_count_present"], "15")
        self.assertEqual(summary["TotalSize"]["size_all_present_objs"], str(15 * 4))
        self.assertEqual(summary["used_pct"], 0)
        summary = self.bucket.summary(prefix="b-")
        self.assertEqual(summary["ObjCount"]["obj_count_present"], "3")
        with self.assertRaises(ErrBckNotFound):
            self.client.bucket(self.new_name()).summary()

    def test_info(self):
        self.fill(4, "a-")
        self.fill(3, "b-")
        props, summary = self.bucket.info()
        self.assertIn("versioning", str(props))
        self.assertEqual(int(summary["ObjCount"]["obj_count_present"]), 7)
        _, summary = self.bucket.info(prefix="b-")
        self.assertEqual(int(summary["ObjCount"]["obj_count_present"]), 3)

    def test_delete_a_group(self):
        names = self.fill(10)
        group = self.bucket.objects(obj_names=names[:4] + ["missing"])
        self.wait(group.delete())
        self.assertEqual(self.names(self.bucket), names[4:])
        group = self.bucket.objects(obj_template="obj-{04..05}")
        self.wait(group.delete())
        self.assertEqual(self.names(self.bucket), names[6:])
        group = self.bucket.objects(obj_range=ObjectRange("obj-", 6, 7, pad_width=2))
        self.wait(group.delete())
        self.assertEqual(self.names(self.bucket), names[8:])

    def test_copy_a_group(self):
        names = self.fill(10)
        for job_id in self.bucket.objects(obj_names=names[:3]).copy(self.other):
            self.client.job(job_id).wait_for_idle(timeout=TIMEOUT, verbose=False)
        self.assertEqual(self.names(self.other), names[:3])
        for job_id in self.bucket.objects(obj_template="obj-{05..06}").copy(self.other, prepend="x/"):
            self.wait(job_id)
        self.assertEqual(self.names(self.other), names[:3] + ["x/obj-05", "x/obj-06"])

    def test_archive_a_group(self):
        names = self.fill(10)
        for job_id in self.bucket.objects(obj_names=names[:4]).archive("all.tar"):
            self.wait(job_id)
        shard = self.bucket.object("all.tar").get_reader().read_all()
        with tarfile.open(fileobj=io.BytesIO(shard)) as tar:
            self.assertEqual(tar.getnames(), names[:4])
            self.assertEqual(tar.extractfile(names[2]).read(), names[2].encode())
        for job_id in self.bucket.objects(obj_template="obj-").archive("whole.tar", to_bck=self.other):
            self.wait(job_id)
        shard = self.other.object("whole.tar").get_reader().read_all()
        with tarfile.open(fileobj=io.BytesIO(shard)) as tar:
            self.assertEqual(tar.getnames(), names)

    def test_remote_only(self):
        self.fill(1)
        for call in ("evict", "prefetch"):
            with self.assertRaises(Exception):
                getattr(self.bucket.objects(obj_names=["obj-00"]), call)()

    def test_status_and_details(self):
        self.fill(5)
        job_id = self.bucket.copy(self.other)
        self.wait(job_id)
        job = self.client.job(job_id)
        status = job.status()
        self.assertEqual(status.uuid, job_id)
        self.assertNotEqual(status.end_time, 0)
        self.assertFalse(status.aborted)
        self.assertEqual(status.err, "")
        snapshots = job.get_details().list_snapshots()
        self.assertEqual(sum(int(s.stats.objects) for s in snapshots), 5)
        self.assertTrue(all(s.is_idle for s in snapshots))
        cluster = self.client.cluster()
        self.assertIn(job_id, [s.uuid for s in cluster.list_jobs_status(job_kind="copy-bck")])
        self.assertEqual(cluster.list_jobs_status(job_kind="move-bck-none") or [], [])

    def test_copies_of_objects_are_listed_as_running(self):
        names = self.fill(3)
        job_id = self.bucket.objects(obj_names=names).copy(self.other)[0]
        self.assertIn(f"copy-listrange[{job_id}]", self.client.cluster().list_running_jobs())

    def test_unknown_job(self):
        with self.assertRaises(AISError) as caught:
            self.client.job("no-such-job").status()
        self.assertEqual(caught.exception.status_code, 404)

    def test_what_a_group_names(self):
        names = self.fill(5)
        group = self.bucket.objects(obj_template="obj-{01..03}")
        self.assertEqual(list(group.list_names()), names[1:4])
        self.assertEqual({o.name: o.props_cached.size for o in group.list_all_objects_iter()}, dict.fromkeys(names[1:4], 6))
        self.assertEqual([o.name for o in group.list_all_objects_iter(prefix="obj-02")], names[2:3])
        got = [requests.get(url, timeout=10, verify=TRUSTED).content for url in group.list_urls()]
        self.assertEqual(got, [name.encode() for name in names[1:4]])
        with self.assertRaises((AISError, ErrObjNotFound)):
            list(self.bucket.objects(obj_names=["missing"]).list_all_objects_iter())
        group.client = self.bucket.client
        self.assertIs(group.client, self.bucket.client)

    def test_stop(self):
        names = self.fill(60)
        first = self.client.job(self.bucket.copy(self.other))
        first.abort()
        status = first.status()
        self.assertNotEqual(status.end_time, 0)
        self.assertTrue(status.aborted or len(self.names(self.other)) == len(names))
        self.wait(self.bucket.copy(self.other))  # nothing is in its way
        self.assertEqual(self.names(self.other), names)
        third = self.client.job(self.bucket.copy(self.other))
        try:
            self.client.job(job_kind="copy-bck").abort()
        except AISError as err:  # it has ended before
            self.assertEqual(err.status_code, 404)
        self.assertNotEqual(third.status().end_time, 0)
        with self.assertRaises(AISError) as caught:
            self.client.job("no-such-job").abort()
        self.assertEqual(caught.exception.status_code, 404)

    def test_one_job_in_time(self):
        self.fill(5)
        began = datetime.now(timezone.utc) - timedelta(seconds=1)
        job_id = self.bucket.copy(self.other)
        job = self.client.job(job_id, job_kind="copy-bck")
        self.assertEqual((job.job_id, job.job_kind), (job_id, "copy-bck"))
        self.assertTrue(job.wait_single_node(timeout=TIMEOUT, verbose=False).success)
        self.assertTrue(job.wait(timeout=TIMEOUT, verbose=False).success)
        self.assertGreater(job.get_total_time(), timedelta(0))
        self.assertLess(job.get_total_time(), timedelta(seconds=TIMEOUT))
        found = job.get_within_timeframe(began, datetime.now(timezone.utc) + timedelta(seconds=1))
        self.assertEqual({s.id for s in found}, {job_id})
        with self.assertRaises(JobInfoNotFound):
            job.get_within_timeframe(datetime.now(timezone.utc) + timedelta(hours=1))

    def test_start_of_kinds_that_cannot_be_started_so(self):
        with self.assertRaisesRegex(AISError, "needs arguments"):
            self.client.job(job_kind="promote").start(buckets=[self.bucket])
        with self.assertRaisesRegex(AISError, "does not exist"):
            self.client.job(job_kind="no-such-kind").start()


if __name__ == "__main__":
    unittest.main()
