package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// bucketsOn are the directories of buckets on the mountpaths of a target.
func bucketsOn(t *testing.T, n *aistest.Node) string {
	t.Helper()
	var found []string
	for i, root := range n.Mountpaths() {
		entries, err := n.FS().ReadDir(root + "/@ais")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		check.NoError(t, err)
		for _, e := range entries {
			found = append(found, fmt.Sprintf("%d:%s", i, e.Name))
		}
	}
	return strings.Join(sorted(found), " ")
}

// makesBucket creates a bucket by way of the primary, in the background; the error
// is in the channel.
func makesBucket(t *testing.T, c *aistest.Cluster, group *run.Group, name string) <-chan error {
	result := make(chan error, 1)
	client := c.NewClient(api.Options{Endpoint: c.Leader().URL(), Attempts: 1})
	group.Go(func() {
		defer client.Close()
		result <- client.CreateBucket(t.Context(), wire.Bucket{Name: name, Provider: wire.ProviderAIS}, nil)
	})
	return result
}

// delayOnce has the next directory on a disk take its time. (One that takes long
// under a mutex would stop virtual time.)
func delayOnce(d *aistest.Disk, by time.Duration) *faultfs.Fault {
	var over atomic.Bool
	return d.Inject(faultfs.Rule{Op: faultfs.Mkdir, Before: func(faultfs.Call) {
		if over.CompareAndSwap(false, true) {
			time.Sleep(by)
		}
	}})
}

// A target whose disk takes its time holds up a new bucket only for so long, and
// then keeps nothing of it.
func TestASlowDiskDuringCreate(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		slow := c.Target(1)
		fault := delayOnce(c.Disk(slow, 1), time.Minute)
		var group run.Group
		began := time.Now()
		err := <-makesBucket(t, c, &group, "b")
		group.Wait()
		check.ErrorIs(t, err, errs.Unavailable)
		check.Contains(t, errs.PublicOf(err), "target "+slow.ID()+" does not answer: nothing was changed")
		within(t, time.Since(began), 10*time.Second)
		found, err := c.Client().ListBuckets(t.Context(), wire.Bucket{Provider: wire.ProviderAIS})
		check.NoError(t, err)
		check.Equal(t, len(found), 0)
		fault.End()
		time.Sleep(2 * time.Minute)
		for _, n := range c.Targets() {
			check.Equal(t, bucketsOn(t, n), "")
		}
		began = time.Now()
		check.NoError(t, <-makesBucket(t, c, &group, "b"))
		check.Equal(t, time.Since(began) < time.Second, true)
		for _, n := range c.Targets() {
			check.Equal(t, bucketsOn(t, n), "0:b 1:b")
		}
	})
}

// The primary dies between begin and commit: the next one is not kept from the
// name, and what the old one has begun is over soon.
func TestThePrimaryDiesBeforeACommit(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		c.AwaitVoters(5)
		fault := delayOnce(c.Disk(c.Target(1), 1), 5*time.Second)
		var group run.Group
		first := makesBucket(t, c, &group, "first")
		time.Sleep(time.Second)
		check.Equal(t, bucketsOn(t, c.Target(0)), "0:first 1:first")
		old := c.Leader()
		c.Kill(old)
		check.Equal(t, <-first != nil, true)
		group.Wait()
		fault.End()
		began := time.Now()
		client := clientOf(t, c, another(c, old))
		c.Await("a new primary", func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := client.CreateBucket(ctx, wire.Bucket{Name: "first", Provider: wire.ProviderAIS}, nil)
			if errors.Is(err, errs.Exists) {
				return nil // its answer was lost
			}
			return err
		})
		if took := time.Since(began); took > 15*time.Second {
			t.Fatalf("the next primary made the bucket after %v", took)
		}
		time.Sleep(time.Minute)
		for _, n := range c.Targets() {
			check.Equal(t, bucketsOn(t, n), "0:first 1:first")
		}
		b := wire.Bucket{Name: "first", Provider: wire.ProviderAIS}
		for i := range 10 {
			_, err := client.PutBytes(t.Context(), b, fmt.Sprint(i), nil, api.PutOptions{})
			check.NoError(t, err)
		}
	})
}

// A target that starts again between begin and commit has forgotten what it has
// agreed to, and acts on the commit as everybody else.
func TestATargetStartsAgainBeforeACommit(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		fault := delayOnce(c.Disk(c.Target(1), 1), 3*time.Second)
		var group run.Group
		result := makesBucket(t, c, &group, "b")
		time.Sleep(time.Second)
		check.Equal(t, bucketsOn(t, c.Target(0)), "0:b 1:b")
		c.Kill(c.Target(0))
		c.Start(c.Target(0))
		check.NoError(t, <-result)
		group.Wait()
		fault.End()
		c.Settle()
		for _, n := range c.Targets() {
			check.Equal(t, bucketsOn(t, n), "0:b 1:b")
		}
		b := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
		for i := range 10 {
			put(t, c, b, fmt.Sprint(i), 1, 100)
		}
	})
}
