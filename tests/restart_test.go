package tests

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// contents is what a cluster holds, as clients see it.
type contents struct {
	UUID    string
	Targets []string
	Buckets map[string]*wire.BucketProps
	Objects map[string]string // version and checksum by bucket and name
}

func contentsOf(t *testing.T, c *aistest.Cluster) contents {
	t.Helper()
	m, err := c.Client().Map(t.Context())
	check.NoError(t, err)
	all := contents{UUID: m.UUID, Targets: m.Ext.Placements[0].Targets, Buckets: map[string]*wire.BucketProps{}, Objects: map[string]string{}}
	buckets, err := c.Client().ListBuckets(t.Context(), wire.Bucket{})
	check.NoError(t, err)
	for _, b := range buckets {
		all.Buckets[b.String()], err = c.Client().HeadBucket(t.Context(), b)
		check.NoError(t, err)
		for entry, err := range c.Client().List(t.Context(), b, api.ListOptions{Props: wire.PropName | wire.PropVersion | wire.PropChecksum}) {
			check.NoError(t, err)
			all.Objects[b.ObjectString(entry.Name)] = entry.Version + " " + entry.Checksum
			get(t, c, b, entry.Name)
		}
	}
	return all
}

// populate makes buckets with objects, some of them overwritten or deleted.
func populate(t *testing.T, c *aistest.Cluster) wire.Bucket {
	t.Helper()
	relaxed := wire.DurabilityRelaxed
	c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	b := c.NewBucket(nil)
	for i := range 30 {
		name := fmt.Sprintf("d%d/o%d", i%3, i)
		put(t, c, b, name, 1, 200*i)
		if i%5 == 0 {
			put(t, c, b, name, 2, 100*i)
		}
		if i%7 == 0 {
			check.NoError(t, c.Client().Delete(t.Context(), b, name))
		}
	}
	return b
}

func TestRestartOfEachNode(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	all := c.Nodes()
	b := populate(t, c)
	before := contentsOf(t, c)
	for i, n := range all {
		if i%2 == 0 {
			c.Kill(n)
		} else {
			c.Stop(n)
		}
		c.Restart(n)
		check.Equal(t, contentsOf(t, c), before)
	}
	for i, n := range all {
		if i%2 == 1 {
			c.Kill(n)
		} else {
			c.Stop(n)
		}
		c.Restart(n)
		check.Equal(t, contentsOf(t, c), before)
	}
	put(t, c, b, "d0/o0", 3, 100)
	check.Equal(t, get(t, c, b, "d0/o0"), 3)
}

func TestRestartOfAllAtOnce(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	all := c.Nodes()
	b := populate(t, c)
	before := contentsOf(t, c)
	c.Kill(all...)
	c.Restart(all...)
	check.Equal(t, contentsOf(t, c), before)
	c.Stop(all...)
	c.Restart(all...)
	check.Equal(t, contentsOf(t, c), before)

	// Targets that start long before their primary wait for it.
	c.Kill(all...)
	c.Start(c.Targets()...)
	c.Restart(c.Proxies()...)
	check.Equal(t, contentsOf(t, c), before)

	// A bucket of a destroyed one's name does not show what that had.
	check.NoError(t, c.Client().DestroyBucket(t.Context(), b))
	check.NoError(t, c.Client().CreateBucket(t.Context(), b, nil))
	c.Kill(all...)
	c.Restart(all...)
	check.Equal(t, list(t, c, b, api.ListOptions{}), nil)
	missing(t, c, b, "d1/o1")
}

// TestRestartMissesNoBucket has a target that is down while buckets come and go.
func TestRestartMissesNoBucket(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	goes, stays := c.NewBucket(nil), c.NewBucket(nil)
	for i := range 8 {
		put(t, c, goes, strconv.Itoa(i), 1, 100)
		put(t, c, stays, strconv.Itoa(i), 1, 100)
	}
	c.Kill(c.Target(1))
	check.NoError(t, c.Client().DestroyBucket(t.Context(), goes))
	comes := c.NewBucket(nil)
	c.Restart(c.Target(1))
	for i := range 8 {
		_, _, err := c.Client().GetBytes(t.Context(), goes, strconv.Itoa(i), nil, api.GetOptions{})
		check.ErrorIs(t, err, errs.NotFound)
		check.Equal(t, get(t, c, stays, strconv.Itoa(i)), 1)
		put(t, c, comes, strconv.Itoa(i), 1, 100)
	}
	check.NoError(t, c.Client().CreateBucket(t.Context(), goes, nil))
	check.Equal(t, list(t, c, goes, api.ListOptions{}), nil)
	check.Equal(t, len(list(t, c, comes, api.ListOptions{})), 8)
}

// TestKillInTheMiddleOfPuts kills a target while clients write, and in the end
// all nodes at once, and looks for what clients were told is stored.
func TestKillInTheMiddleOfPuts(t *testing.T) {
	t.Parallel()
	const writers, rounds = 4, 3
	c := aistest.Start(t, aistest.Options{Targets: 3})
	all := c.Nodes()
	b := c.NewBucket(nil)
	relaxed := wire.DurabilityRelaxed
	light := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	acked := &acknowledged{last: map[string]uint64{}}
	for round := range rounds {
		victims := []*aistest.Node{c.Target(round)}
		if round == rounds-1 {
			victims = all
		}
		ctx, stop := context.WithCancel(t.Context())
		var group run.Group
		for writer := range writers {
			group.Go(func() { acked.write(ctx, c, []wire.Bucket{b, light}, writer, round) })
		}
		acked.await(60)
		c.Kill(victims...)
		if len(victims) == 1 { // the others go on
			acked.await(10)
		}
		stop()
		group.Wait()
		c.Restart(victims...)
		acked.check(t, c)
	}
	check.Equal(t, len(c.Leftovers(b, "wk")), 0)
	check.Equal(t, len(c.Leftovers(light, "wk")), 0)
}

// acknowledged are the writes that clients were told are stored.
type acknowledged struct {
	mu   sync.Mutex
	acks int
	last map[string]uint64 // guarded by mu; greatest number by "bucket/name"
	all  []acknowledgement // guarded by mu
	goal int               // guarded by mu
	met  chan struct{}     // guarded by mu; closed when acks reach the goal; nil without one
}

type acknowledgement struct {
	bucket wire.Bucket
	name   string
}

// await returns when so many more writes have been acknowledged. It takes no
// virtual time, which does not pass while clients are busy.
func (a *acknowledged) await(more int) {
	met := make(chan struct{})
	a.mu.Lock()
	a.goal, a.met = a.acks+max(more, 1), met
	a.mu.Unlock()
	<-met
}

// write puts objects until ctx ends, one writer per name, and overwrites some.
func (a *acknowledged) write(ctx context.Context, c *aistest.Cluster, buckets []wire.Bucket, writer, round int) {
	client := c.Client()
	for i := uint64(1); ctx.Err() == nil; i++ {
		b := buckets[i%uint64(len(buckets))]
		name := fmt.Sprintf("w%d/%d", writer, i%40)
		write := uint64(round)<<32 | i
		size := 100
		switch i % 32 {
		case 0:
			size = 1<<20 + 17
		case 1, 9, 17, 25:
			size = 64 << 10
		}
		// A write to the target that is down takes as long as its retries.
		trying, cancel := context.WithTimeout(ctx, patienceOfWriters)
		_, err := client.PutBytes(trying, b, name, payload(name, write, size), api.PutOptions{})
		cancel()
		if err == nil {
			a.note(b, name, write)
		}
	}
}

func (a *acknowledged) note(b wire.Bucket, name string, write uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acks++
	if a.met != nil && a.acks >= a.goal {
		close(a.met)
		a.met = nil
	}
	if a.last[b.ObjectString(name)] == 0 {
		a.all = append(a.all, acknowledgement{bucket: b, name: name})
	}
	a.last[b.ObjectString(name)] = write
}

// check reads every object: it is whole, and of the last acknowledged write or
// of a later one.
func (a *acknowledged) check(t *testing.T, c *aistest.Cluster) {
	t.Helper()
	for _, one := range a.all {
		write := get(t, c, one.bucket, one.name)
		if last := a.last[one.bucket.ObjectString(one.name)]; write < last {
			t.Fatalf("%s: write %x, acknowledged was %x", one.bucket.ObjectString(one.name), write, last)
		}
	}
}
