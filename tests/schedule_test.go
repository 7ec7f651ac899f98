package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// TestSchedules has a cluster in virtual time live through pauses, cuts, deaths and
// restarts in random order, while buckets are made through random gateways: no
// bucket that was acknowledged is ever lost, and when the faults are over the
// cluster is whole again without help.
func TestSchedules(t *testing.T) {
	t.Parallel()
	schedules, length := 2, 2*time.Minute
	if os.Getenv("AIS_SOAK") != "" {
		schedules, length = 10, 10*time.Minute
	}
	for range schedules {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 5, Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
				c.AwaitVoters(5)
				s := &schedule{t: t, c: c, random: rand.New(rand.NewPCG(seed, 0))}
				for end := time.Now().Add(length); time.Now().Before(end); {
					s.step()
				}
				s.finish()
			})
		})
	}
}

// schedule is one course of events.
type schedule struct {
	t      *testing.T
	c      *aistest.Cluster
	random *rand.Rand
	asked  int
	kept   []wire.Bucket // acknowledged
}

// step makes one fault, or two at once, has clients ask for changes meanwhile, and
// undoes it.
func (s *schedule) step() {
	nodes := s.c.Nodes()
	s.random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	var undo []func()
	for _, n := range nodes[:1+s.random.IntN(2)] {
		undo = append(undo, s.fault(n, nodes[len(nodes)-1]))
	}
	s.change(time.Duration(1+s.random.IntN(15)) * time.Second)
	for _, u := range undo {
		u()
	}
	s.change(time.Duration(s.random.IntN(10)) * time.Second)
}

// fault does something to a node, and returns what undoes it.
func (s *schedule) fault(n, other *aistest.Node) (undo func()) {
	switch s.random.IntN(4) {
	case 0:
		s.c.Pause(n)
		return func() { s.c.Resume(n) }
	case 1:
		s.c.Kill(n)
		return func() { s.c.Start(n) }
	case 2:
		s.c.Cut(n, other)
		return func() { s.c.Heal(n, other) }
	}
	for _, one := range s.c.Nodes() {
		if one != n {
			s.c.Cut(n, one)
			s.c.Cut(one, n)
		}
	}
	return func() {
		for _, one := range s.c.Nodes() {
			if one != n {
				s.c.Heal(n, one)
				s.c.Heal(one, n)
			}
		}
	}
}

// change asks for buckets for that long.
func (s *schedule) change(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
		s.asked++
		b := wire.Bucket{Name: fmt.Sprintf("bucket-%d", s.asked), Provider: wire.ProviderAIS}
		door := s.c.Proxy(s.random.IntN(3))
		ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Second)
		if clientOf(s.t, s.c, door).CreateBucket(ctx, b, nil) == nil {
			s.kept = append(s.kept, b)
		}
		cancel()
		time.Sleep(time.Duration(s.random.IntN(1000)) * time.Millisecond)
	}
}

// finish checks what is left when all faults are over.
func (s *schedule) finish() {
	s.c.Settle()
	after := wire.Bucket{Name: "after", Provider: wire.ProviderAIS}
	s.c.Await("a change", func() error { return clientOf(s.t, s.c, s.c.Leader()).CreateBucket(s.t.Context(), after, nil) })
	s.c.Settle()
	for _, n := range s.c.Proxies() {
		checkBuckets(s.t, clientOf(s.t, s.c, n), append(s.kept, after))
	}
	s.c.AwaitVoters(5)
	check.Equal(s.t, len(s.c.Map(s.c.Proxy(0)).Targets), 5)
	s.t.Logf("%d of %d changes were acknowledged", len(s.kept), s.asked)
}
