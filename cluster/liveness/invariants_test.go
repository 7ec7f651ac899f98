package liveness_test

import (
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
)

// history is what the checks have to remember.
type history struct {
	w       *world
	reached map[*leadership]map[string]time.Duration // when a leader last received from a node
	writers map[uint64]writer                        // the last one of a name
	pending int64                                    // version of the pending placement
	since   time.Duration                            // it was first seen by checkPrompt
	by      *leadership                              // that was to finish it
}

// writer is who wrote last, and the highest order that it may have used.
type writer struct {
	m           *member
	mapVersion  int64
	incarnation uint64
}

func (h *history) heard(p *leadership, from *member) {
	if h.reached[p] == nil {
		clear(h.reached) // of earlier leaders
		h.reached[p] = map[string]time.Duration{}
	}
	h.reached[p][from.id] = h.w.now
}

// checkSuspicion counts a suspicion of a node with which nothing was wrong. Two
// messages in a row that are late make one, and so does a new primary of which
// nodes have not heard.
func (h *history) checkSuspicion(p *leadership, d liveness.Decision) {
	m := h.w.find(d.Node)
	if m.runs() && h.w.now-max(m.troubled, p.since) > 8*time.Second {
		h.w.count.Unfounded++
	}
}

// checkEviction checks that a target had its time.
func (h *history) checkEviction(p *leadership, d liveness.Decision) {
	h.w.count.Evicted++
	if silent := h.w.now - max(h.reached[p][d.Node], p.since); silent < h.w.settings.EvictAfter*99/100 {
		h.w.fail("%s is evicted after %v", d.Node, silent)
	}
}

// checkChange checks a change that is about to be committed.
func (w *world) checkChange(c cluster.Change, next *cluster.State) {
	switch c.Kind {
	case cluster.ChangeFlags:
		if c.Clear&wire.NodeDown != 0 {
			w.count.MarkedUp++
		}
		if c.Set&wire.NodeDown == 0 {
			return
		}
		w.count.MarkedDown++
		if m := w.find(c.NodeID); m.up && m.lease.Valid(m.clock()) {
			w.fail("%s is marked down with a lease of %v", m.id, m.lease.Left(m.clock()))
		}
	case cluster.ChangePrepare:
		w.count.Prepared++
	case cluster.ChangeCommit:
		w.count.Committed++
		w.checkFence(next)
	case cluster.ChangeAbort:
		w.count.Aborted++
	}
}

// checkFence checks, when a placement comes into force, that whoever may write a
// name that moves has lost the right to.
func (w *world) checkFence(next *cluster.State) {
	for _, digest := range w.digests {
		owner, err := next.Map.Owner(digest)
		for _, m := range w.members {
			if err == nil && m.id != owner.ID && m.writes(digest) {
				w.fail("%s writes what %s is about to own, map v%d", m.id, owner.ID, m.state.Map.Version())
			}
		}
	}
}

// checkVoters checks a step of voters.
func (w *world) checkVoters(before, after []string) {
	if d := len(after) - len(before); d < -1 || d > 1 || len(after) == 0 {
		w.fail("voters go from %v to %v", before, after)
	}
	intact := 0
	for _, id := range after {
		if w.log.owner(id) != nil {
			intact++
		}
	}
	if 2*intact <= len(after) {
		w.fail("of the voters %v only %d have their logs", after, intact)
	}
}

// check looks at everything four times a second.
func (w *world) check() {
	w.after(tickEvery, w.check)
	w.count.Checks++
	for _, digest := range w.digests {
		w.checkWriter(digest)
	}
	if p := w.log.leader.lead; p != nil && p.m.proxy && w.log.confirms(p.m, p.term) && w.now-max(p.since, p.m.paused) > 6*time.Second {
		w.checkPrompt(p)
	}
}

// checkPrompt checks that a primary that has been there, awake, for some time
// suspects whoever is gone for longer than it takes (a last message may have been
// under way for three seconds), and keeps no fence closed.
func (w *world) checkPrompt(p *leadership) {
	for _, m := range w.members {
		_, found := w.log.state.Map.Node(m.id)
		if found && !m.up && w.now-m.stopped > 6500*time.Millisecond && p.tracker.Health(m.id) == cluster.Healthy {
			w.fail("%s has been gone since %v and is not suspected", m.id, m.stopped)
		}
	}
	if pending, is := w.log.state.Map.Pending(); !is {
		w.history.pending = 0
	} else if pending.Version() != w.history.pending || w.history.by != p {
		w.history.pending, w.history.since, w.history.by = pending.Version(), w.now, p
	} else if w.now-w.history.since > w.settings.Deadline+12*time.Second {
		w.fail("the fence of map v%d is closed since %v", pending.Version(), w.history.since)
	}
}

// checkWriter checks that a name has one writer at most, and that a later one
// writes with a higher order.
func (w *world) checkWriter(digest uint64) {
	var now writer
	for _, m := range w.members {
		if !m.writes(digest) {
			continue
		}
		if now.m != nil {
			w.fail("both %s with map v%d and %s with map v%d write", now.m.id, now.mapVersion, m.id, m.state.Map.Version())
		}
		now = writer{m, m.state.Map.Version(), m.incarnation}
	}
	if now.m == nil {
		return
	}
	last := w.history.writers[digest]
	if now.mapVersion < last.mapVersion || now.m == last.m && now.mapVersion == last.mapVersion && now.incarnation < last.incarnation ||
		last.m != nil && now.m != last.m && now.mapVersion == last.mapVersion {
		w.fail("%s writes with map v%d after %s with map v%d", now.m.id, now.mapVersion, last.m.id, last.mapVersion)
	}
	w.history.writers[digest] = now
}

// checkCalm checks that all is well after a while in which nothing went wrong.
func (w *world) checkCalm() {
	w.count.Calms++
	p := w.log.leader.lead
	if p == nil || !w.log.confirms(p.m, p.term) {
		w.fail("there is no primary: %v", w.log)
		return
	}
	m := w.log.state.Map
	for _, member := range w.members {
		n, found := m.Node(member.id)
		if !found || n.Has(wire.NodeDown) || p.tracker.Health(member.id) != cluster.Healthy {
			w.fail("%s is not back: in the map %v, %v, flags %x", member.id, found, p.tracker.Health(member.id), n.Flags)
			return
		}
		if !member.proxy && !member.lease.Valid(member.clock()) {
			w.fail("%s has no lease", member.id)
		}
		if member.state.Map.Version() != m.Version() {
			w.fail("%s has map v%d, the last is v%d", member.id, member.state.Map.Version(), m.Version())
		}
		if placed := m.InForce().Has(member.id); !member.proxy && placed == n.InMaintenance() {
			w.fail("%s is placed: %v, in maintenance: %v", member.id, placed, n.InMaintenance())
		}
	}
	if _, pending := m.Pending(); pending || m.Primary().ID != p.m.id {
		w.fail("pending: %v; primary in the map: %s, in truth: %s", pending, m.Primary(), p.m.id)
	}
	if step := cluster.NextVoter(p.electorate()); step.Step != cluster.VoterNone {
		w.fail("voters have not settled: %v, %v", step, w.log)
	}
	if want := w.seats(); len(w.log.voters) != want {
		w.fail("there are %d voters, not %d: %v", len(w.log.voters), want, w.log)
	}
}
