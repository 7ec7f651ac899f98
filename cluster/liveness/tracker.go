package liveness

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Tracker is what the primary knows of the other nodes from when it began to
// lead. One that leads again makes a new one, since another may have led
// meanwhile. It is for one goroutine at a time.
type Tracker struct {
	settings Settings
	self     []string // ids of this process
	began    Moment
	ticked   Moment
	stalled  time.Duration
	calm     Moment // since when most placed targets have been heard
	m        *cluster.Map
	nodes    []*node           // ascending by id
	leases   map[string]Moment // by target: when the last one granted has run out at the latest
	open     map[string]bool   // of which nodes a change is being written, also if they have left meanwhile: who joins again is who it is about
	fence    fence
}

// NewTracker returns the tracker of a node that has begun to lead at now. The ids
// are those of this process in its roles. The primary of the map, if it is
// another node, is suspected until it is heard; everybody else is not, as long
// as it is heard in time.
func NewTracker(s Settings, self []string, m *cluster.Map, now Moment) *Tracker {
	t := &Tracker{settings: s, self: self, began: now, ticked: now, calm: now, m: new(cluster.Map), leases: map[string]Moment{}, open: map[string]bool{}}
	t.Follow(m, now)
	if p := m.Primary(); p != nil {
		n := t.find(p.ID)
		n.suspected = !n.self
	}
	return t
}

// Configure changes the settings. A lease that was granted before still counts
// for as long as it was granted. After the time of a lease has been reduced, a
// new primary does not know how long leases were: Settings.Longest tells it.
func (t *Tracker) Configure(s Settings) { t.settings = s }

// Follow takes in a committed map: nodes that have come, and begin as heard now,
// nodes that have left, and who is down. Maps that are older than the last one
// change nothing.
func (t *Tracker) Follow(m *cluster.Map, now Moment) {
	if m.Version() <= t.m.Version() {
		return
	}
	t.fence.follow(m, now)
	t.m = m
	nodes := make([]*node, 0, len(m.Proxies())+len(m.Targets()))
	for _, n := range slices.Concat(m.Proxies(), m.Targets()) {
		known := t.find(n.ID)
		if known == nil {
			known = newNode(n, slices.Contains(t.self, n.ID), now)
		}
		if down := n.Has(wire.NodeDown); down != known.down {
			known.down, known.back = down, false
		}
		nodes = append(nodes, known)
	}
	slices.SortFunc(nodes, func(a, b *node) int { return strings.Compare(a.id, b.id) })
	t.nodes = nodes
	maps.DeleteFunc(t.leases, func(id string, until Moment) bool { return until <= now && t.find(id) == nil })
}

// Heard takes in a message of a node on the control path: a keepalive, or the
// answer to a probe. Incarnation is 0 if the message does not tell it.
// Errors: NotFound (it has to join), Conflict (it is an older copy of a node that
// has started again since).
func (t *Tracker) Heard(id string, incarnation uint64, now Moment) error {
	n := t.find(id)
	switch {
	case n == nil:
		return unknown("liveness.Heard", id)
	case incarnation != 0 && incarnation < n.incarnation:
		return errs.E("liveness.Heard", id, errs.Conflict,
			fmt.Errorf("its start number is %d, the last seen was %d", incarnation, n.incarnation))
	}
	n.incarnation = max(n.incarnation, incarnation)
	n.speak(now)
	return nil
}

// Took takes in that a node has taken a change that was pushed to it. It lives,
// and changes wait for it; but one that is down by the map is not back by that: it
// may not hear of its lease, nor be able to say that it is there, so that it would
// be down again as soon as there is no change to push.
func (t *Tracker) Took(id string, now Moment) {
	if n := t.find(id); n != nil {
		n.hear(now)
	}
}

// Welcome takes in that a node has joined, or has come back, in that start of its.
// One that has lost all it knew counts its starts anew.
func (t *Tracker) Welcome(id string, incarnation uint64, now Moment) {
	if n := t.find(id); n != nil {
		n.incarnation = incarnation
		n.speak(now)
	}
}

// Answered takes in that a node has answered a probe after so long.
// Errors: those of Heard.
func (t *Tracker) Answered(id string, incarnation uint64, took time.Duration, now Moment) error {
	if n := t.find(id); n != nil {
		n.probing = false
		n.rtt.Observe(took)
	}
	return t.Heard(id, incarnation, now)
}

// Missed takes in that a node has not answered a probe in time, or has refused it.
func (t *Tracker) Missed(id string) {
	if n := t.find(id); n != nil && n.probing {
		n.miss()
	}
}

// Doubt takes in that somebody could not reach a node, by whatever path. It is
// asked soon; nothing else follows.
func (t *Tracker) Doubt(id string) {
	if n := t.find(id); n != nil {
		n.doubted = true
	}
}

// Done takes in that what a decision wanted in the log is there, and in a map
// that was followed, or is not and will not be. As long as it may yet come, Done
// has to wait, however long that is.
func (t *Tracker) Done(id string) {
	delete(t.open, id)
}

// Tick returns what follows from the time that has passed, by node in ascending
// order. It is called at least once per Settings.Tick; when it was not, this
// process did not run, and could not hear either, so that this time does not
// count as silence.
func (t *Tracker) Tick(now Moment) []Decision {
	t.forgive(now)
	if t.storm() {
		t.calm = now
	}
	var decisions []Decision
	for _, n := range t.nodes {
		t.tell(n, now, &decisions)
		if n.probing && now.Sub(n.asked) > 2*t.settings.MaxTimeout {
			n.miss() // whoever asked has not come back
		}
		if n.wantsProbe(t.settings, now) {
			n.probing, n.asked, n.doubted = true, now, false
			decisions = append(decisions, Decision{Kind: Probe, Node: n.id, Timeout: n.rtt.Timeout(t.settings.MaxTimeout)})
		}
		if kind := t.due(n, now); kind != "" {
			t.open[n.id] = true
			decisions = append(decisions, n.decision(kind, now))
		}
	}
	return decisions
}

// forgive moves on what was heard by as long as this process did not run.
func (t *Tracker) forgive(now Moment) {
	if stall := now.Sub(t.ticked) - 2*t.settings.Tick; stall > 0 {
		t.stalled += stall
		for _, n := range t.nodes {
			n.heard = min(n.heard.Add(stall), now)
		}
	}
	t.ticked = max(t.ticked, now)
}

// tell adds that a node has become suspected, or is no longer.
func (t *Tracker) tell(n *node, now Moment, decisions *[]Decision) {
	if n.overdue(t.settings, now) {
		n.suspected = true
	}
	if n.suspected == n.told {
		return
	}
	n.told = n.suspected
	kind := Trust
	if n.suspected {
		kind = Suspect
	}
	*decisions = append(*decisions, n.decision(kind, now))
}

func (n *node) decision(kind Kind, now Moment) Decision {
	return Decision{Kind: kind, Node: n.id, Silent: now.Sub(n.heard), Misses: n.misses}
}

// due returns which change of a node has to be written now, "" for none.
func (t *Tracker) due(n *node, now Moment) Kind {
	silent := now.Sub(n.heard)
	switch {
	case t.open[n.id]:
	case n.down && !n.suspected:
		if n.back || n.self {
			return MarkUp
		}
	case !n.suspected:
	case !n.down && silent >= t.settings.Lease && t.Expired(n.id, now):
		return MarkDown
	case n.down && t.settings.EvictAfter > 0 && min(silent, now.Sub(t.calm)) >= t.settings.EvictAfter && t.placed(n):
		return Evict
	}
	return ""
}

// storm tells whether half of the placed targets are silent. The fault is not
// theirs then, or moving their objects is beyond the others; and when it is over
// they do not come back all at once.
func (t *Tracker) storm() bool {
	placed := t.m.InForce()
	silent := 0
	for _, n := range t.nodes {
		if n.suspected && placed.Has(n.id) {
			silent++
		}
	}
	return silent > 0 && 2*silent >= len(placed.Targets())
}

// placed tells whether n has a place, and is to keep it.
func (t *Tracker) placed(n *node) bool {
	service, found := t.m.Node(n.id)
	return found && !service.InMaintenance() && t.m.InForce().Has(n.id)
}

// Health returns what is thought of a node. One that is not in the map is down.
func (t *Tracker) Health(id string) cluster.Health {
	n := t.find(id)
	switch {
	case n == nil:
		return cluster.Down
	case !n.suspected:
		return cluster.Healthy
	case n.down, t.ticked.Sub(n.heard) >= t.settings.Lease && (!n.target || t.Expired(id, t.ticked)):
		return cluster.Down
	}
	return cluster.Suspected
}

// Known returns what is remembered of a node, for [cluster.CheckJoin].
func (t *Tracker) Known(id string, now Moment) cluster.Known {
	n := t.find(id)
	if n == nil {
		return cluster.Known{}
	}
	return cluster.Known{Incarnation: n.incarnation, Alive: now.Sub(n.heard) < t.settings.Lease}
}

// Stalled returns for how long in sum this process did not run when it should
// have.
func (t *Tracker) Stalled() time.Duration { return t.stalled }

// find returns the node with that id, nil if there is none.
func (t *Tracker) find(id string) *node {
	i, found := slices.BinarySearchFunc(t.nodes, id, func(n *node, id string) int { return strings.Compare(n.id, id) })
	if !found {
		return nil
	}
	return t.nodes[i]
}

func unknown(op, id string) error {
	return errs.E(op, id, errs.NotFound, errors.New("it is not in the cluster map: it has to join"))
}
