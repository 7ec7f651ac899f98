package primary

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/errs"
)

// placing is what the primary does about leases and placements: it grants
// leases to targets, and prepares, commits or aborts the changes of the placement
// that follow from the map. It holds nothing that a new primary could not find
// out: from the map what is pending, from keepalives who has acknowledged, and by
// waiting who has no lease.
type placing struct {
	primary *Primary
	due     chan struct{} // capacity 1: something may be due

	mu      sync.Mutex
	tracker *liveness.Tracker // guarded by mu; of the time for which this node leads
	ready   map[string]bool   // guarded by mu; nodes that have sent a keepalive since they have joined
	waiting string            // guarded by mu; for whom, as logged last
	shorter shorter           // guarded by mu
}

// shorter is when the time of a lease was reduced, and when no lease is left of
// the time before, as far as this primary can tell.
type shorter struct {
	version int64 // of the configuration; 0 if all leases are as it says
	over    liveness.Moment
}

func newPlacing(primary *Primary) *placing {
	p := &placing{primary: primary, due: make(chan struct{}, 1)}
	p.begin()
	return p
}

func (p *placing) settings() liveness.Settings { return settingsOf(p.primary.log.State()) }

func settingsOf(s *cluster.State) liveness.Settings {
	settings := liveness.SettingsOf(s.Config)
	settings.Longest = s.LongestLease()
	return settings
}

// begin forgets what was known when this node led before.
func (p *placing) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = map[string]bool{}
	p.shorter = shorter{}
	p.tracker = liveness.NewTracker(p.settings(), p.primary.selfIDs(), p.primary.log.State().Map, p.primary.o.Now())
}

// follow takes in the latest state. The caller holds mu.
func (p *placing) follow() {
	state, now := p.primary.log.State(), p.primary.o.Now()
	p.tracker.Configure(settingsOf(state))
	p.tracker.Follow(state.Map, now)
	if state.Leases.Since != p.shorter.version {
		p.shorter = shorter{version: state.Leases.Since, over: liveness.RunOut(state.LongestLease(), now)}
	}
}

// hear takes in a keepalive, and returns for how long the target that has sent it
// may write; 0 is not at all. Errors: Conflict, Unavailable (this node may lead no
// more).
func (p *placing) hear(ctx context.Context, k *Keepalive, received liveness.Moment) (time.Duration, error) {
	target, err := p.note(k, received)
	if err != nil || target == "" {
		return 0, err
	}
	checked := p.primary.o.Now()
	if err := p.primary.log.Verify(ctx); err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow()
	lease, err := p.tracker.Grant(liveness.Request{
		Node: target, Incarnation: k.Incarnation, Map: k.Map, Fenced: k.Fenced, Received: received,
	}, checked)
	if errors.Is(err, errs.Unavailable) {
		return 0, nil // it asks again
	}
	return lease, err
}

// note takes in what a keepalive says, and returns the id of the node as a target,
// "" if it is none.
func (p *placing) note(k *Keepalive, received liveness.Moment) (target string, err error) {
	defer notify(p.due)
	m := p.primary.log.State().Map
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracker.Follow(m, received)
	for _, id := range k.IDs {
		if err := p.tracker.Heard(id, k.Incarnation, received); err != nil {
			return "", err
		}
		p.ready[id] = true
		if n, ok := m.Node(id); ok && n.IsTarget() {
			p.tracker.Acknowledge(id, k.Fenced)
			target = id
		}
	}
	return target, nil
}

// welcome takes in that nodes have joined, or have come back, in this start of
// theirs.
func (p *placing) welcome(ids []string, incarnation uint64) {
	defer notify(p.due)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow()
	m := p.primary.log.State().Map
	maps.DeleteFunc(p.ready, func(id string, _ bool) bool { return !hasNode(m, id) })
	for _, id := range ids {
		delete(p.ready, id)
		p.tracker.Welcome(id, incarnation, p.primary.o.Now())
	}
}

// keep makes the changes that are due, until ctx ends.
func (p *placing) keep(ctx context.Context) {
	for {
		err := p.step(ctx)
		pause := p.settings().Tick
		if err != nil && ctx.Err() == nil {
			p.primary.o.Logger.Warn("cannot change the targets of the cluster", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.due:
		case <-time.After(pause):
		}
	}
}

// step makes the one change of the placement that is due, if any.
func (p *placing) step(ctx context.Context) error {
	if p.primary.announced.Load() == nil {
		return nil
	}
	m := p.primary.log.State().Map
	due := p.decide(m)
	if due.Kind == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.settings().Deadline)
	defer cancel()
	_, err := p.primary.propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		if s.Map.Version() != m.Version() {
			return nil, nil // it was decided for another map
		}
		return []cluster.Change{due}, nil
	})
	notify(p.due) // something else may follow
	return err
}

// decide returns what is due by the map m.
func (p *placing) decide(m *cluster.Map) cluster.Change {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow()
	now := p.primary.o.Now()
	if p.shorter.version != 0 && now >= p.shorter.over {
		return cluster.EndLeases(p.shorter.version)
	}
	due, waiting := p.tracker.Fence(m, now)
	if due.Kind == cluster.ChangePrepare {
		if waiting = p.starting(m, due.Targets); len(waiting) > 0 {
			due = cluster.Change{}
		}
	}
	p.report(due, waiting)
	return due
}

// starting returns the targets that are to come in and do not serve anybody yet.
// The caller holds mu.
func (p *placing) starting(m *cluster.Map, targets []string) []string {
	return slices.DeleteFunc(slices.Clone(targets), func(id string) bool { return m.InForce().Has(id) || p.ready[id] })
}

// report logs what is due, or whom a change waits for, once. The caller holds mu.
func (p *placing) report(due cluster.Change, waiting []string) {
	names := strings.Join(waiting, " ")
	log := p.primary.o.Logger
	switch {
	case due.Kind == cluster.ChangeAbort:
		log.Warn("a change of the targets is given up, and tried again later", "waited for", names)
	case due.Kind != "":
		log.Info("the targets change", "step", string(due.Kind), "targets", strings.Join(due.Targets, " "))
	case names != p.waiting && names != "":
		log.Info("a change of the targets waits", "for", names)
	}
	p.waiting = names
}

// AwaitPlacement returns when no change of the placement is pending and the map is
// as holds says. Errors: Unavailable (not in time: a target that has to agree does
// not answer, or this node leads no more).
func (p *Primary) AwaitPlacement(ctx context.Context, holds func(*cluster.Map) bool) error {
	pushing, err := p.leading()
	if err != nil {
		return err
	}
	err = pushing.await(ctx, func() bool {
		m := p.log.State().Map
		_, pending := m.Pending()
		return !pending && holds(m)
	})
	if err != nil {
		e := errs.E("primary.AwaitPlacement", "", errs.Unavailable, err)
		e.Public = "the targets of the cluster have not changed yet: one that has to agree does not answer"
		return e
	}
	return nil
}
