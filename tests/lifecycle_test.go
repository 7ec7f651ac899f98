package tests

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/ais"
	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/jobs/lifecycle"
	"aistore/module"
	"aistore/xaction"
)

// expireNow are the rules by which all below a prefix has expired long ago.
func expireNow(prefix string) string {
	return "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix>" + prefix + "</Prefix></Filter><Status>Enabled</Status>" +
		"<Expiration><Date>2001-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>"
}

// expire runs the job on a bucket, on all for nil, and returns what it has done.
func expire(t *testing.T, c *aistest.Cluster, b *wire.Bucket) lifecycle.Counts {
	t.Helper()
	id, err := c.Client().StartJob(t.Context(), wire.JobStart{Kind: wire.ActionLifecycle, Bucket: b})
	check.NoError(t, err)
	shares, err := c.Client().WaitJob(t.Context(), id, api.WaitOptions{})
	check.NoError(t, err)
	var sum lifecycle.Counts
	for i := range shares {
		check.Equal(t, shares[i].Error, "")
		var extra xaction.Extra
		var counts lifecycle.Counts
		check.NoError(t, jsonx.Unmarshal(shares[i].Ext, &extra))
		check.NoError(t, jsonx.Unmarshal(extra.Result, &counts))
		sum.Objects += counts.Objects
		sum.Versions += counts.Versions
		sum.Markers += counts.Markers
		sum.Uploads += counts.Uploads
	}
	return sum
}

// TestS3LifecycleDeletesWhatHasExpired gives two buckets rules, one of them keeps
// versions: the job deletes what has expired, and nothing else.
func TestS3LifecycleDeletesWhatHasExpired(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 3})
	s3 := s3Clients(t, c)[0]
	const count = 20
	s3.want(200, "PUT", "/plain", "")
	s3.want(200, "PUT", "/kept", "", "X-Amz-Bucket-Object-Lock-Enabled", "true")
	locked := []string{"X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}
	for i := range count {
		for _, prefix := range []string{"old", "new"} {
			s3.want(200, "PUT", fmt.Sprintf("/plain/%s/%d", prefix, i), "content")
			s3.want(200, "PUT", fmt.Sprintf("/kept/%s/%d", prefix, i), "content", locked...)
		}
	}
	plain, kept := wire.Bucket{Name: "plain"}, wire.Bucket{Name: "kept"}
	_, err := c.Client().StartJob(t.Context(), wire.JobStart{Kind: wire.ActionLifecycle, Bucket: &plain})
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, expire(t, c, nil), lifecycle.Counts{})

	s3.want(200, "PUT", "/plain?lifecycle=", expireNow("old/"))
	s3.want(200, "PUT", "/kept?lifecycle=", expireNow("old/"))
	check.Equal(t, expire(t, c, &plain), lifecycle.Counts{Objects: count})
	s3.want(200, "GET", "/kept/old/0", "")
	check.Equal(t, expire(t, c, nil), lifecycle.Counts{Objects: count})
	check.Equal(t, expire(t, c, nil), lifecycle.Counts{})
	for i := range count {
		for _, bucket := range []string{"plain", "kept"} {
			s3.want(404, "GET", fmt.Sprintf("/%s/old/%d", bucket, i), "")
			s3.want(200, "GET", fmt.Sprintf("/%s/new/%d", bucket, i), "")
		}
	}
	versions := s3.want(200, "GET", "/kept?versions=&prefix=old/", "").body
	check.Equal(t, strings.Count(versions, "<Version>"), count) // what is locked stays, behind its marker
	check.Equal(t, strings.Count(versions, "<DeleteMarker>"), count)
	check.Equal(t, expire(t, c, &kept), lifecycle.Counts{})
}

// clockedBy are the modules of targets, but for the clock by which things expire.
func clockedBy(now func() time.Time) []module.Maker {
	makers := ais.Modules()
	for i := range makers {
		if makers[i].Name == lifecycle.Name {
			makers[i] = lifecycle.MakerAt(now)
		}
	}
	return makers
}

// TestS3LifecycleSparesWhatIsWritten writes each object anew when the job has seen
// what was there, and is about to delete it: what was written stays.
func TestS3LifecycleSparesWhatIsWritten(t *testing.T) {
	t.Parallel()
	const versioning = "<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>"
	const rule = "<Rule><ID>%s</ID><Filter>%s</Filter><Status>Enabled</Status><Expiration>%s</Expiration></Rule>"
	var between atomic.Pointer[func()] // looking at an object and deleting it
	c := aistest.Start(t, aistest.Options{Targets: 2, Modules: clockedBy(func() time.Time {
		if write := between.Swap(nil); write != nil {
			(*write)()
		}
		return time.Now()
	})})
	s3 := s3Clients(t, c)[0]
	for bucket, status := range map[string]string{"plain": "", "kept": "Enabled", "suspended": "Suspended"} {
		object := "/" + bucket + "/object"
		s3.want(200, "PUT", "/"+bucket, "")
		if status != "" {
			s3.want(200, "PUT", "/"+bucket+"?versioning=", fmt.Sprintf(versioning, status))
		}
		s3.want(200, "PUT", "/"+bucket+"?lifecycle=", "<LifecycleConfiguration>"+
			fmt.Sprintf(rule, "small", "<ObjectSizeLessThan>5</ObjectSizeLessThan>", "<Date>1999-01-01T00:00:00Z</Date>")+
			fmt.Sprintf(rule, "markers", "", "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>")+"</LifecycleConfiguration>")
		spared := func(what string) {
			write := func() { check.Equal(t, s3.do("PUT", object, "new content").status, 200) }
			between.Store(&write)
			check.Equal(t, expire(t, c, &wire.Bucket{Name: bucket}), lifecycle.Counts{})
			check.Equal(t, between.Load() == nil, true)
			if got := s3.do("GET", object, ""); got.body != "new content" {
				t.Errorf("%s in %s: the new content has gone: %d %s", what, bucket, got.status, got.body)
			}
		}
		s3.want(200, "PUT", object, "old")
		spared("an object")
		if bucket == "suspended" { // where what is written takes the place of a marker
			s3.want(204, "DELETE", object, "")
			spared("a delete marker")
		}
	}
}

// TestS3LifecycleOnceADay has the job begin by itself, at the hour that the
// configuration says.
func TestS3LifecycleOnceADay(t *testing.T) {
	if underRace {
		t.Skip("minutes of virtual time: run it without -race, as make test does")
	}
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 2, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "old", 1, 100)
		past := time.Now().UTC().Truncate(24 * time.Hour)
		_, err := c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{S3: &wire.S3PropsToSet{Lifecycle: &wire.S3Lifecycle{
			Changed: time.Now().Unix(),
			Rules:   []wire.S3LifecycleRule{{ID: "old", Enabled: true, Date: &past}},
		}}})
		check.NoError(t, err)
		begun := func() int {
			shares, err := c.Client().Jobs(t.Context(), wire.JobQuery{Kind: wire.ActionLifecycle})
			check.NoError(t, err)
			ids := map[string]bool{}
			for _, list := range shares {
				for i := range list {
					ids[list[i].ID] = true
				}
			}
			return len(ids)
		}
		time.Sleep(3 * time.Minute) // the usual hour was before there were rules
		check.Equal(t, begun(), 0)
		at := time.Since(past).Truncate(time.Minute) + 3*time.Minute
		reconfigure(t, c, map[string]string{"periodic.lifecycle_time": at.String()})
		time.Sleep(at - time.Since(past) - time.Second)
		check.Equal(t, get(t, c, b, "old"), 1)
		time.Sleep(2 * time.Minute)
		_, err = c.Client().Head(t.Context(), b, "old")
		check.ErrorIs(t, err, errs.NotFound)
		time.Sleep(3 * time.Minute) // and not again
		check.Equal(t, begun(), 1)
	})
}
