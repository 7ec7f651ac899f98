package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/check"
)

// TestSchedules has a cluster in virtual time live through pauses, cuts, deaths and
// restarts in random order, while buckets are made and destroyed through random
// gateways: no change that was acknowledged is ever undone, and when the faults are
// over the cluster is whole again without help. AIS_SCHEDULES says how many courses
// there are, AIS_SCHEDULE_TIME how long each is, in virtual time; AIS_SEED repeats the
// faults of one. With AIS_SOAK they are many and long, and none begins when that is over.
func TestSchedules(t *testing.T) {
	t.Parallel()
	schedules, length, soak := 10, 10*time.Minute, duration(t, "AIS_SOAK", 0)
	switch {
	case underRace:
		schedules, length = 2, time.Minute
	case soak > 0:
		schedules, length = 50, time.Hour
	}
	schedules, length = number(t, "AIS_SCHEDULES", schedules), duration(t, "AIS_SCHEDULE_TIME", length)
	if os.Getenv("AIS_SEED") != "" {
		schedules = 1
	}
	began := time.Now()
	for range schedules {
		seed := seed(t)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			if soak > 0 && time.Since(began) > soak {
				t.Skip("the time that AIS_SOAK gives is over")
			}
			aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 5, Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
				c.AwaitVoters(5)
				s := &schedule{t: t, c: c, random: rand.New(rand.NewPCG(seed, 0)), began: time.Now()}
				for _, n := range c.Proxies() {
					s.doors = append(s.doors, clientOf(t, c, n))
				}
				s.note("AIS_SEED=%d AIS_SCHEDULE_TIME=%v", seed, length)
				for time.Since(s.began) < length {
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
	doors  []*api.Client // of the gateways
	began  time.Time
	asked  int
	kept   []wire.Bucket // were made, and nobody has asked for their end
	gone   []wire.Bucket // were destroyed
}

// note logs an event with its time.
func (s *schedule) note(format string, args ...any) {
	s.t.Helper()
	s.t.Logf("%v: %s", time.Since(s.began), fmt.Sprintf(format, args...))
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
	s.note("undo")
	for _, u := range undo {
		u()
	}
	s.change(time.Duration(s.random.IntN(10)) * time.Second)
}

// fault does something to a node, and returns what undoes it.
func (s *schedule) fault(n, other *aistest.Node) (undo func()) {
	switch s.random.IntN(4) {
	case 0:
		s.note("pause %s", n.ID())
		s.c.Pause(n)
		return func() { s.c.Resume(n) }
	case 1:
		s.note("kill %s", n.ID())
		s.c.Kill(n)
		return func() { s.c.Start(n) }
	case 2:
		s.note("cut %s from %s", other.ID(), n.ID())
		s.c.Cut(n, other)
		return func() { s.c.Heal(n, other) }
	}
	s.note("isolate %s", n.ID())
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

// many is how many buckets there are before more of them end than begin.
const many = 50

// change asks for buckets, and for the end of others, for that long. What became of
// a change that nobody has answered is not known.
func (s *schedule) change(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
		s.asked++
		client := s.doors[s.random.IntN(len(s.doors))]
		ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Second)
		if s.random.IntN(2*many) < len(s.kept) {
			i := s.random.IntN(len(s.kept))
			b := s.kept[i]
			s.kept = slices.Delete(s.kept, i, i+1)
			if client.DestroyBucket(ctx, b) == nil {
				s.gone = append(s.gone, b)
			}
		} else {
			b := wire.Bucket{Name: fmt.Sprintf("bucket-%d", s.asked), Provider: wire.ProviderAIS}
			if client.CreateBucket(ctx, b, nil) == nil {
				s.kept = append(s.kept, b)
			}
		}
		cancel()
		time.Sleep(time.Duration(s.random.IntN(2000)) * time.Millisecond)
	}
}

// finish checks what is left when all faults are over.
func (s *schedule) finish() {
	s.note("the faults are over")
	s.c.Settle()
	after := wire.Bucket{Name: "after", Provider: wire.ProviderAIS}
	s.c.Await("a change", func() error { return clientOf(s.t, s.c, s.c.Leader()).CreateBucket(s.t.Context(), after, nil) })
	s.c.Settle()
	for i, n := range s.c.Proxies() {
		listed, err := s.doors[i].ListBuckets(s.t.Context(), wire.Bucket{Provider: wire.ProviderAIS})
		check.NoError(s.t, err)
		for _, b := range append(s.kept, after) {
			if !slices.Contains(listed, b) {
				s.t.Errorf("%s was acknowledged and is not known to %s", b, n.ID())
			}
		}
		for _, b := range s.gone {
			if slices.Contains(listed, b) {
				s.t.Errorf("%s was destroyed and is known to %s", b, n.ID())
			}
		}
	}
	s.c.AwaitVoters(5)
	check.Equal(s.t, len(s.c.Map(s.c.Proxy(0)).Targets), 5)
	s.t.Logf("%d buckets were made and destroyed, %d made and kept, of %d changes", len(s.gone), len(s.kept), s.asked)
}
