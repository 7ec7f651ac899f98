package store_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// bucketCrash is the life of two buckets of one name with one crash.
type bucketCrash struct {
	*testing.T
	options     store.Options
	disk        *memfs.FS
	early, late *cluster.Bucket
}

// steps make a bucket, fill it, destroy it, and make and fill another.
func (c *bucketCrash) steps() []func(r *rig) error {
	putInto := func(b *cluster.Bucket, text string) func(r *rig) error {
		return func(r *rig) error {
			inner := *r
			inner.bucket = b
			for _, name := range []string{"a", "b", "c/d"} {
				if _, err := inner.put(c.Context(), name, []byte(text), store.WriteOptions{}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return []func(r *rig) error{
		func(r *rig) error { return r.CreateBucket(c.Context(), c.early) },
		putInto(c.early, "early"),
		func(r *rig) error { return r.DestroyBucket(c.Context(), c.early) },
		func(r *rig) error { return r.CreateBucket(c.Context(), c.late) },
		putInto(c.late, "late"),
	}
}

func TestCrashOfBuckets(t *testing.T) {
	const filled, destroyed, made, refilled = 2, 3, 4, 5
	t.Parallel()
	var crashes atomic.Int64
	pool := testPool(t)
	for outcome := killed; outcome < numOutcome; outcome++ {
		for stop, done := 0, 0; done < refilled; stop++ {
			c := &bucketCrash{T: t, options: store.Options{Pool: pool}}
			done = c.run(stop, outcome)
			crashes.Add(1)
			r := c.open(2)
			if done == filled-1 || done == filled {
				check.NoError(t, r.CreateBucket(t.Context(), c.early)) // as a start does
			}
			if done == filled-1 {
				c.expect(r, c.early, "early", stop, outcome) // each name is there or not
			}
			if done >= destroyed {
				c.absent(r, c.early, stop, outcome)
			}
			if done == destroyed {
				check.NoError(t, r.CreateBucket(t.Context(), c.late))
				check.Equal(t, c.expect(r, c.late, "late", stop, outcome), 0)
			}
			if done >= made {
				c.expect(r, c.late, "late", stop, outcome)
			}
			check.NoError(t, r.Collect(t.Context()))
			check.NoError(t, r.DestroyBucket(t.Context(), c.early))
			check.NoError(t, r.CreateBucket(t.Context(), c.late))
			c.absent(r, c.early, stop, outcome)
			if found := c.expect(r, c.late, "late", stop, outcome); done == refilled && found != 3 {
				t.Fatalf("outcome %d, stopped after %d operations: %d of 3 objects are left", outcome, stop, found)
			}
			check.NoError(t, c.steps()[refilled-1](r))
			c.disk = c.disk.Crash(memfs.DropAll, nil)
			check.Equal(t, c.expect(c.open(3), c.late, "late", stop, outcome), 3)
		}
	}
	t.Logf("%d crashes", crashes.Load())
}

// run makes the steps up to the crash and returns how many were acknowledged.
func (c *bucketCrash) run(stop, outcome int) (done int) {
	c.disk = memfs.New(memfs.Options{})
	for _, path := range paths(2) {
		check.NoError(c, c.disk.Mkdir(path))
	}
	check.NoError(c, c.disk.SyncDir("/"))
	c.early, c.late = newBucket("b", 1<<63|7, wire.DurabilityFsync), newBucket("b", 1<<63|9, wire.DurabilityFsync)
	r := c.open(1)
	c.disk.StopAfter(stop)
	for _, step := range c.steps() {
		if step(r) != nil {
			break
		}
		done++
	}
	if outcome == killed {
		c.disk.StopAfter(-1)
		check.NoError(c, r.mounts.Close())
		return done
	}
	mode := memfs.Mode(min(outcome, 2))
	mode = []memfs.Mode{memfs.DropAll, memfs.KeepAll, memfs.KeepRandom}[mode]
	c.disk = c.disk.Crash(mode, rand.New(rand.NewPCG(uint64(outcome), uint64(stop))))
	return done
}

func (c *bucketCrash) open(incarnation uint64) *rig {
	c.options.Incarnation = incarnation
	return openUnowned(c, c.disk, 2, c.options)
}

// expect checks that the objects of a bucket are whole and listed, and returns
// how many there are.
func (c *bucketCrash) expect(r *rig, b *cluster.Bucket, text string, stop, outcome int) int {
	c.Helper()
	inner := *r
	inner.bucket = b
	found := []string{}
	for _, name := range []string{"a", "b", "c/d"} {
		got, err := inner.read(c.Context(), name)
		switch {
		case err == nil && got == text:
			found = append(found, name)
		case !errors.Is(err, errs.NotFound):
			c.Fatalf("outcome %d, stopped after %d operations: %q is %q, error %v", outcome, stop, name, got, err)
		}
	}
	if listed := inner.names(c, store.WalkOptions{}); strings.Join(listed, " ") != strings.Join(found, " ") {
		c.Fatalf("outcome %d, stopped after %d operations: %q are listed, %q are there", outcome, stop, listed, found)
	}
	return len(found)
}

func (c *bucketCrash) absent(r *rig, b *cluster.Bucket, stop, outcome int) {
	c.Helper()
	if found := c.expect(r, b, "", stop, outcome); found > 0 {
		c.Fatalf("outcome %d, stopped after %d operations: %d objects of a destroyed bucket are left", outcome, stop, found)
	}
}
