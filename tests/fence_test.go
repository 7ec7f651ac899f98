package tests

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/hrw"
)

// The times that changes of the targets take by default.
const (
	fenceDeadline = 2 * time.Second // timeout.cplane_operation
	leaseTime     = 10 * time.Second
)

// nextOwner returns which of the targets with these ids would own an object.
func nextOwner(b wire.Bucket, name string, ids ...string) string {
	candidates := make([]hrw.Candidate, len(ids))
	for i, id := range ids {
		candidates[i].Digest = hrw.Digest(id)
	}
	return ids[hrw.Owner(candidates, hrw.Digest(b.Uname(name)))]
}

// fenced is a cluster of two targets with objects, which a third one is to join.
type fenced struct {
	*shelf
	t      *testing.T
	c      *aistest.Cluster
	moving string // a name that moves from the first target to the third
	stays  string // one that the first target keeps
}

func newFenced(t *testing.T, c *aistest.Cluster) *fenced {
	t.Helper()
	f := &fenced{shelf: newShelf(t, c), t: t, c: c}
	first := c.Target(0).ID()
	for i := 0; f.moving == "" || f.stays == "" || i < 20; i++ {
		name := fmt.Sprintf("d%d/o%d", i%3, i)
		before := nextOwner(f.bucket, name, first, c.Target(1).ID())
		after := nextOwner(f.bucket, name, first, c.Target(1).ID(), "target003")
		switch {
		case before == first && after == "target003":
			f.moving = name
		case after == first:
			f.stays = name
		}
		f.put(t, c, name, 100+i)
	}
	return f
}

// slowPut is a PUT whose client takes its time.
type slowPut struct {
	*dialog
	name string
	size int
	sent int
}

// begin sends the first byte of a large object to its owner.
func (f *fenced) begin(name string, size int) *slowPut {
	f.t.Helper()
	p := &slowPut{dialog: talk(f.t, f.c, f.c.Owner(f.bucket, name).URL()), name: name, size: size}
	p.say(putHeader(f.bucket, name, size))
	p.send(1)
	return p
}

func (p *slowPut) send(n int) {
	p.t.Helper()
	p.say(strings.Repeat("x", n))
	p.sent += n
}

// answer reads what the node says of it.
func (p *slowPut) answer() answer {
	p.t.Helper()
	return p.hear(http.MethodPut)
}

// refusedFor checks that a write was not done, and may be tried again.
func refusedFor(t *testing.T, a answer, why string) {
	t.Helper()
	check.Equal(t, fmt.Sprint(a.status, " ", a.body), fmt.Sprint(http.StatusServiceUnavailable, " ", a.body))
	check.Contains(t, a.body, errs.CodeNotNow)
	check.Contains(t, a.body, why)
	check.Equal(t, a.header.Get("Retry-After") != "", true)
}

// pending tells whether a change of the placement is pending, by the map of a node.
func pending(c *aistest.Cluster, at *aistest.Node) bool { return c.Map(at).Ext.Pending != nil }

// whole checks that nothing is lost, that everything can be written, and that the
// third target has its place.
func (f *fenced) whole() {
	f.t.Helper()
	f.c.Settle()
	for _, n := range f.c.Nodes() {
		check.Equal(f.t, pending(f.c, n), false)
	}
	check.Equal(f.t, f.c.Owner(f.bucket, f.moving).ID(), "target003")
	f.check(f.t, f.c)
	for _, name := range f.names() {
		f.put(f.t, f.c, name, 150)
	}
	f.check(f.t, f.c)
}

// TestASlowPutDuringAJoin has a PUT of a name that moves in flight, and one of a
// name that stays.
func TestASlowPutDuringAJoin(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		f := newFenced(t, c)
		const size = 1 << 30 // announced: only little of it is sent
		moves, stays := f.begin(f.moving, size), f.begin(f.stays, 8<<20)
		c.LaunchTarget()
		began := time.Now()
		f.awaitPending(c.Target(0))
		// Names that move are not written for a moment; reads go on, and so do others.
		check.Equal(t, get(t, c, f.bucket, f.moving), f.objects[f.moving].write)
		f.put(t, c, f.stays, 100)
		refusedFor(t, moves.answer(), "took too long")
		if took := time.Since(began); took > fenceDeadline {
			t.Fatalf("the write was cut off after %v", took)
		}
		c.Settle()
		check.Equal(t, get(t, c, f.bucket, f.moving), f.objects[f.moving].write)
		for stays.sent < stays.size { // it takes longer than everything else
			time.Sleep(100 * time.Millisecond)
			stays.send(min(1<<20, stays.size-stays.sent))
		}
		check.Equal(t, stays.answer().status, http.StatusOK)
		head, err := c.Client().Head(t.Context(), f.bucket, f.stays)
		check.NoError(t, err)
		check.Equal(t, head.Size, int64(stays.size))
		check.NoError(t, c.Client().Delete(t.Context(), f.bucket, f.stays))
		f.objects[f.stays] = stored{}
		f.put(t, c, f.stays, 100)
		f.whole()
	})
}

// TestASilentTargetHoldsUpAJoin has one of the targets that have to agree paused,
// or dead.
func TestASilentTargetHoldsUpAJoin(t *testing.T) {
	t.Parallel()
	for _, dead := range []bool{false, true} {
		t.Run(fmt.Sprint("dead ", dead), func(t *testing.T) {
			t.Parallel()
			aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
				f := newFenced(t, c)
				silent, other := c.Target(0), c.Target(1)
				if dead {
					c.Kill(silent)
				} else {
					c.Pause(silent)
				}
				began := time.Now()
				c.LaunchTarget()
				time.Sleep(leaseTime / 2)
				// It may yet write, so nothing has changed; others are written.
				check.Equal(t, len(c.Map(other).Ext.Placements), 1)
				for name := range f.objects {
					if c.Owner(f.bucket, name) == other {
						f.put(t, c, name, 100)
					}
				}
				c.Await("the change", func() error {
					if len(c.Map(other).Ext.Placements) == 1 {
						return fmt.Errorf("the placement is as it was")
					}
					return nil
				})
				if took := time.Since(began); took < leaseTime-time.Second || took > 2*leaseTime {
					t.Fatalf("it took %v", took)
				}
				// What it has kept is nobody else's, and a gateway says so.
				c.Await("the target to be marked down", func() error {
					impatient, cancel := context.WithTimeout(t.Context(), time.Second) // a paused one does not answer
					defer cancel()
					a, err := ask(impatient, c, c.URL()+objectPath(f.bucket, f.stays), request{})
					if err == nil && a.status == http.StatusServiceUnavailable {
						refusedFor(t, a, "is down")
						return nil
					}
					return fmt.Errorf("status %d, %w", a.status, err)
				})
				if dead {
					c.Restart(silent)
				} else {
					c.Resume(silent)
				}
				c.Await("the target to be back", func() error {
					for _, n := range c.Nodes() {
						if known := c.Map(n).Node(silent.ID()); known.Has(wire.NodeDown) {
							return fmt.Errorf("%s takes it for down", n.ID())
						}
					}
					return nil
				})
				f.whole()
			})
		})
	}
}

// TestADeathDuringAJoin kills a target that has to agree, or the new one, while a
// change is pending. The first makes it fail; it is tried again. Whether the other
// comes in before anybody knows that it is dead is a matter of luck.
func TestADeathDuringAJoin(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"target001", "target003"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
				f := newFenced(t, c)
				slow := f.begin(f.moving, 1000) // keeps the fence open for a second
				victim := c.LaunchTarget()
				f.awaitPending(c.Proxy(0))
				if who == "target001" {
					victim = c.Target(0)
				}
				c.Kill(victim)
				c.Await("the end of the change", func() error {
					if pending(c, c.Proxy(0)) {
						return fmt.Errorf("it is pending")
					}
					return nil
				})
				slow.Close()
				if who == "target001" {
					check.Equal(t, len(c.Map(c.Proxy(0)).Ext.Placements), 1)
				}
				check.Equal(t, get(t, c, f.bucket, ownedBy(f, "target002")) > 0, true)
				c.Restart(victim)
				f.whole()
			})
		})
	}
}

// ownedBy returns a name that a target owns in any case.
func ownedBy(f *fenced, id string) string {
	f.t.Helper()
	for _, name := range f.names() {
		if nextOwner(f.bucket, name, "target001", "target002", "target003") == id {
			return name
		}
	}
	f.t.Fatalf("nothing is owned by %s", id)
	return ""
}

// awaitPending waits until a node knows that the placement is about to change.
func (f *fenced) awaitPending(at *aistest.Node) {
	f.t.Helper()
	f.c.Await("the change", func() error {
		if !pending(f.c, at) {
			return fmt.Errorf("nothing is pending")
		}
		return nil
	})
}

// TestARestartDuringAJoin restarts a target while it holds up a change.
func TestARestartDuringAJoin(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		f := newFenced(t, c)
		slow := f.begin(f.moving, 1000)
		c.LaunchTarget()
		f.awaitPending(c.Target(0))
		c.Kill(c.Target(0))
		c.Start(c.Target(0))
		f.whole()
		slow.Close()
	})
}

// TestThePrimaryDiesDuringAJoin kills the primary between prepare and commit: the
// next one finishes what it finds.
func TestThePrimaryDiesDuringAJoin(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2})
	c.AwaitVoters(5)
	f := newFenced(t, c)
	slow := f.begin(f.moving, 1000)
	c.LaunchTarget()
	old := c.Leader()
	f.awaitPending(c.Target(0))
	c.Kill(old)
	refusedFor(t, slow.answer(), "took too long")
	check.Equal(t, c.Leader() != old, true)
	c.Settle()
	c.Restart(old)
	f.whole()
}

// TestALeaseEndsDuringAPut cuts a target off from the primary in the middle of a
// PUT that takes longer than its lease.
func TestALeaseEndsDuringAPut(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		f := newFenced(t, c)
		lonely := c.Target(0)
		slow := f.begin(f.stays, 16<<20)
		c.Cut(lonely, c.Proxy(0))
		c.Cut(c.Proxy(0), lonely)
		for slow.sent < slow.size {
			time.Sleep(time.Second)
			slow.send(min(1<<20, slow.size-slow.sent))
		}
		refusedFor(t, slow.answer(), "lost touch with the primary")

		// It reads without promise, and writes nothing.
		a := ownerAnswer(t, c, lonely, f.bucket, request{path: f.stays})
		check.Equal(t, a.status, http.StatusOK)
		check.Equal(t, a.header.Get(wire.HeaderStale), wire.StalePossible)
		refusedFor(t, ownerAnswer(t, c, lonely, f.bucket, request{method: http.MethodPut, path: f.stays, body: "x"}), "lost touch with the primary")
		c.Heal(lonely, c.Proxy(0))
		c.Heal(c.Proxy(0), lonely)
		c.Settle()
		c.Await("the lease", func() error {
			a := ownerAnswer(t, c, lonely, f.bucket, request{path: f.stays})
			if a.header.Get(wire.HeaderStale) != "" {
				return fmt.Errorf("it has none yet")
			}
			return nil
		})
		c.AddTarget()
		f.whole()
	})
}

// ownerAnswer asks a target itself for an object.
func ownerAnswer(t *testing.T, c *aistest.Cluster, at *aistest.Node, b wire.Bucket, r request) answer {
	t.Helper()
	to, err := url.Parse(at.URL())
	check.NoError(t, err)
	conn, err := c.Dial(t.Context(), "tcp", to.Host)
	check.NoError(t, err)
	defer conn.Close()
	d := &dialog{t: t, Conn: conn, reader: bufio.NewReader(conn)}
	if r.method == http.MethodPut {
		d.say(putHeader(b, r.path, len(r.body)) + r.body)
		return d.hear(http.MethodPut)
	}
	d.say(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", objectPath(b, r.path)))
	return d.hear(http.MethodGet)
}
