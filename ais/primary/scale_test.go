package primary_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/replica"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// crowd is many nodes that are pushed to. One in a hundred keeps the state; the
// others only know how far they are, and that nothing is missing in between.
type crowd struct {
	rig       *rig
	roundTrip time.Duration // what a message and its answer take

	mu       sync.Mutex
	at       map[string]uint64           // guarded by mu; index of the last entry, by node
	replicas map[string]*replica.Replica // guarded by mu
	messages int                         // guarded by mu
	bytes    int                         // guarded by mu; of the bodies of messages and answers
	whole    int                         // guarded by mu; of the last message with a whole state
}

// Probe answers at once.
func (c *crowd) Probe(context.Context, *wire.Node) (uint64, error) { return 1, nil }

// Sync takes what is pushed, and agrees to a placement as a target without writes.
func (c *crowd) Sync(ctx context.Context, to *wire.Node, m *primary.SyncMessage) (*primary.SyncReply, error) {
	if c.roundTrip > 0 {
		time.Sleep(c.roundTrip) // in a bubble
	}
	body, err := jsonx.Marshal(m)
	if err != nil {
		return nil, err
	}
	reply, err := c.take(to.ID, m)
	if err != nil {
		return nil, err
	}
	answer, err := jsonx.Marshal(reply)
	c.mu.Lock()
	c.messages++
	c.bytes += len(body) + len(answer)
	if m.Snapshot != nil {
		c.whole = len(body)
	}
	c.mu.Unlock()
	if pending, is := c.rig.log.State().Map.Pending(); is && err == nil {
		_, err = c.rig.Hear(ctx, &primary.Keepalive{IDs: []string{to.ID}, Incarnation: 1, Fenced: pending.Version()})
	}
	return reply, err
}

func (c *crowd) take(id string, m *primary.SyncMessage) (*primary.SyncReply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied, at := c.replicas[id], c.at[id]
	var entries []cluster.Entry
	for rest := m.Entries; len(rest) > 0; {
		var e cluster.Entry
		var err error
		if e, rest, err = cluster.ParseEntry(rest); err != nil {
			return nil, err
		}
		entries, at = append(entries, e), e.Position.Index
	}
	switch {
	case m.Snapshot != nil:
		s, err := cluster.DecodeState(m.Snapshot)
		if err != nil {
			return nil, err
		}
		at = s.Position.Index
		if copied != nil {
			err = copied.Install(s)
		}
		if err != nil {
			return nil, err
		}
	case len(entries) == 0:
	case c.at[id] == 0:
		return &primary.SyncReply{NeedFull: true}, nil
	case at <= c.at[id]:
		return nil, errs.E("test.Sync", id, errs.Invalid, fmt.Errorf("entries to %d for who has %d", at, c.at[id]))
	case copied != nil:
		if err := copied.Extend(entries); err != nil {
			return nil, err
		}
	}
	c.at[id] = at
	return &primary.SyncReply{Index: at}, nil
}

// cost returns how many messages and bytes there were since the last call.
func (c *crowd) cost() (messages, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	messages, bytes = c.messages, c.bytes
	c.messages, c.bytes = 0, 0
	return messages, bytes
}

// newCrowd has a primary lead a cluster of so many nodes, all of which are known
// and have all changes.
func newCrowd(t *testing.T, proxies, targets int, roundTrip time.Duration) (c *crowd, stop func()) {
	t.Helper()
	c = &crowd{roundTrip: roundTrip, at: map[string]uint64{}, replicas: map[string]*replica.Replica{}}
	c.rig, stop = newRigWith(t, "", func(o *primary.Options) { o.Sender = c })
	var changes []cluster.Change
	var ids []string
	for i := range proxies - 1 + targets {
		id, role := fmt.Sprintf("target%04d", i), wire.NodeTarget
		if i >= targets {
			id, role = fmt.Sprintf("gateway%04d", i), wire.NodeProxy
		}
		if i%100 == 0 {
			var err error
			c.replicas[id], err = replica.Open(replica.Options{})
			check.NoError(t, err)
		}
		if role == wire.NodeTarget {
			ids = append(ids, id)
		}
		changes = append(changes, cluster.PutNode(node(id, role)))
	}
	founded, err := c.rig.log.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) { return changes, nil })
	check.NoError(t, err)
	check.NoError(t, c.rig.Wait(t.Context(), founded.Position.Index))
	check.NoError(t, c.rig.AwaitPlacement(t.Context(), func(m *cluster.Map) bool { return len(m.Placements()[0].Targets()) == len(ids) }))
	return c, stop
}

// checkAll checks that every node has every change.
func (c *crowd) checkAll(t *testing.T) {
	t.Helper()
	want := c.rig.log.State()
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, at := range c.at {
		if at != want.Position.Index {
			t.Errorf("%s is at %d, not at %d", id, at, want.Position.Index)
		}
	}
	for id, r := range c.replicas {
		if got := r.State(); got.Position != want.Position || got.Buckets.Len() != want.Buckets.Len() || len(got.Map.Targets()) != len(want.Map.Targets()) {
			t.Errorf("%s has another state", id)
		}
	}
}

// A change of a large cluster takes a round trip and a little, and each node gets
// the difference only.
func TestAChangeOfALargeCluster(t *testing.T) {
	t.Parallel()
	const proxies, targets, roundTrip = 20, 200, 10 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		c, stop := newCrowd(t, proxies, targets, roundTrip)
		defer stop()
		c.cost()
		for i := range 5 {
			began := time.Now()
			check.NoError(t, c.rig.CreateBucket(t.Context(), bucket(fmt.Sprint("b", i)), nil))
			if took := time.Since(began); took > 2*roundTrip {
				t.Errorf("a change took %v", took)
			}
			messages, bytes := c.cost()
			check.Equal(t, messages, proxies-1+targets)
			if each := bytes / messages; each > 2<<10 {
				t.Errorf("a change took %d bytes for each node", each)
			}
		}
		c.checkAll(t)
	})
}

// The same for clusters of up to two thousand targets in real time, where messages
// take none: how long the primary is busy, and what it needs of memory.
func TestAChangeOfAVeryLargeCluster(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes a minute: set AIS_SOAK=1m, or run make soak")
	}
	const changes = 20
	for _, targets := range []int{200, 2000} {
		before, worked := heap(), busy(t)
		began := time.Now()
		c, stop := newCrowd(t, targets/10, targets, 0)
		nodes := targets + targets/10
		t.Logf("%d nodes: known after %v, %v of a processor, with %d KiB for each; the whole state is %d KiB", nodes,
			time.Since(began).Round(time.Millisecond), (busy(t) - worked).Round(time.Millisecond), (heap()-before)>>10/nodes, c.whole>>10)
		c.cost()
		began, worked = time.Now(), busy(t)
		for i := range changes {
			check.NoError(t, c.rig.CreateBucket(t.Context(), bucket(fmt.Sprint("b", i)), nil))
		}
		took := time.Since(began) / changes
		messages, bytes := c.cost()
		t.Logf("%d nodes: a change took %v until all had it, %v of a processor, with %d messages and %d bytes for each", nodes,
			took.Round(time.Microsecond), ((busy(t) - worked) / changes).Round(time.Microsecond), messages/changes, bytes/messages)
		c.checkAll(t)
		stop()
	}
}

// busy is how long this process had a processor.
func busy(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	check.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap is how much of it is in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
