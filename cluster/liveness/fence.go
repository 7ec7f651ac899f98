package liveness

import (
	"math"
	"time"

	"aistore/cluster"
)

// fence is how far this primary has seen a change of the placement go.
type fence struct {
	pending   int64  // version of the pending placement, 0 if none
	since     Moment // pending or, with none pending, given up
	abandoned bool   // one was given up at since
}

// pauses is how many deadlines pass after a change of the placement was given up
// until the next attempt.
const pauses = 2

// follow takes in a map that is newer than the one before.
func (f *fence) follow(m *cluster.Map, now Moment) {
	p, _ := m.Pending()
	if p.Version() == f.pending {
		return
	}
	f.abandoned = p.Version() == 0 && m.InForce().Version() < f.pending
	f.pending, f.since = p.Version(), now
}

// Acknowledge takes in that a target has fenced the names that move to the
// pending placement of that version, as its keepalive says.
func (t *Tracker) Acknowledge(id string, version int64) {
	if n := t.find(id); n != nil {
		n.acked = max(n.acked, version)
	}
}

// Fence returns the change of the placement that is due, see [cluster.NextFence],
// and whom it waits for. It follows m, the latest map, so that whoever counts as
// fenced for having no lease gets none before it has that map. What is due is
// proposed for that very map, or not at all: see [cluster.CommitPlacement].
func (t *Tracker) Fence(m *cluster.Map, now Moment) (due cluster.Change, waiting []string) {
	t.Follow(m, now)
	f := cluster.Fence{
		Map:          t.m,
		Acknowledged: func(id string) bool { n := t.find(id); return n != nil && n.acked == t.fence.pending },
		Expired:      func(id string) bool { return t.Expired(id, now) },
		Health:       t.Health,
		Waited:       math.MaxInt64,
		Deadline:     t.settings.Deadline,
		Pause:        time.Duration(pauses) * t.settings.Deadline,
	}
	if t.fence.pending != 0 || t.fence.abandoned {
		f.Waited = now.Sub(t.fence.since)
	}
	return cluster.NextFence(f)
}
