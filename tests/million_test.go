package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// A target with a million objects starts, serves and lists them. What it takes
// of memory and time is logged; run it with AISTEST_MODE=process for figures of
// a target alone.
func TestMillionObjects(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes minutes: set AIS_SOAK=10m, or run make soak")
	}
	const objects = 1_000_000
	c := aistest.Start(t, aistest.Options{})
	relaxed := wire.DurabilityRelaxed
	b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	target := c.Target(0)
	bucket := bucketOf(t, c, b)
	c.Stop(target)
	start := time.Now()
	fill(t, target, bucket, objects)
	t.Logf("made %d objects in %v", objects, time.Since(start).Round(time.Second))

	start = time.Now()
	c.Restart(target)
	t.Logf("ready %v after the start, with %s resident", time.Since(start).Round(time.Millisecond), resident(t, target))
	start = time.Now()
	count := 0
	for _, err := range c.Client().List(t.Context(), b, api.ListOptions{}) {
		check.NoError(t, err)
		count++
	}
	check.Equal(t, count, objects)
	t.Logf("listed in %v, with %s resident", time.Since(start).Round(time.Millisecond), resident(t, target))
}

// bucketOf is the bucket as the cluster knows it.
func bucketOf(t *testing.T, c *aistest.Cluster, b wire.Bucket) *cluster.Bucket {
	t.Helper()
	props, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	return &cluster.Bucket{Bucket: b, Props: props}
}

// fill makes empty objects on the mountpaths of a target that is down.
func fill(t *testing.T, target *aistest.Node, b *cluster.Bucket, objects int) {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{
		FS: target.FS(), Paths: target.Mountpaths(), TargetID: target.ID(), Test: true,
	})
	check.NoError(t, err)
	defer func() { check.NoError(t, mounts.Close()) }()
	s, err := store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	check.NoError(t, s.CreateBucket(t.Context(), b))
	batches := make([]int, 1000)
	for i := range batches {
		batches[i] = i
	}
	check.NoError(t, run.Each(t.Context(), 4, batches, func(ctx context.Context, batch int) error {
		for i := range objects / len(batches) {
			w, err := s.Create(ctx, store.Name{Bucket: b, Object: fmt.Sprintf("%03d/%06d", batch, i)}, store.WriteOptions{})
			if err != nil {
				return err
			}
			if _, err := w.Commit(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// resident is the memory of the process that a node runs in.
func resident(t *testing.T, n *aistest.Node) string {
	t.Helper()
	response, err := http.Get(n.URL() + "/metrics")
	check.NoError(t, err)
	defer response.Body.Close()
	lines := bufio.NewScanner(io.LimitReader(response.Body, 1<<20))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
			bytes, err := strconv.ParseFloat(value, 64)
			check.NoError(t, err)
			return fmt.Sprintf("%.0f MiB", bytes/(1<<20))
		}
	}
	t.Fatal("no process_resident_memory_bytes among the metrics")
	return ""
}
