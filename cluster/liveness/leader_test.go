package liveness_test

import (
	"errors"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/errs"
)

// leadership is a model of the primary: it drives the rules as package primary does.
type leadership struct {
	m       *member
	term    int
	tracker *liveness.Tracker
	logs    map[string]cluster.Log
	voting  bool // a change of voters is under way
	fencing bool // a change of the placement is
	joining map[string]bool
	prefer  string
	lost    time.Duration // for how long no majority has answered
	since   time.Duration
}

const tickEvery = 250 * time.Millisecond

func (m *member) beginToLead(term int) {
	l := m.w.log
	if !l.confirms(m, term) {
		l.resign(m, term)
		return
	}
	m.stuck = 0
	m.learn(l.state) // it has every entry
	m.lead = &leadership{
		m: m, term: term, logs: map[string]cluster.Log{}, joining: map[string]bool{}, since: m.w.now,
		tracker: liveness.NewTracker(m.w.settings, []string{m.id}, m.state.Map, m.clock()),
	}
	m.primary = m
	if m.proxy {
		m.lead.propose(func(*cluster.State) []cluster.Change { return []cluster.Change{cluster.SetPrimary(m.id)} }, func(error) {})
	}
	m.lead.tick()
}

func (p *leadership) resign() {
	if p.m.lead == p {
		p.m.lead = nil
		p.m.w.log.resign(p.m, p.term)
	}
}

// propose writes changes. Answer is told when the outcome is known, which may
// take longer than the changes do. A target that leads is a caretaker: it
// changes voters until it can hand the lead to a proxy, and nothing else.
func (p *leadership) propose(build func(*cluster.State) []cluster.Change, answer func(error)) {
	w := p.m.w
	if !p.m.proxy {
		return
	}
	p.m.after(w.writing(), func() {
		err := w.log.commit(p.m, p.term, build)
		late := time.Duration(0)
		if w.rng.IntN(50) == 0 {
			late = w.between(0, 5*time.Second)
		}
		p.m.after(late, func() {
			if errors.Is(err, errNotLeader) {
				p.resign()
			}
			if p.m.lead == p {
				p.tracker.Follow(p.m.state.Map, p.m.clock())
				answer(err)
			}
		})
	})
}

// verify asks a majority whether m leads, and tells when it began to ask.
func (p *leadership) verify(answer func(began liveness.Moment)) {
	began := p.m.clock()
	p.m.w.after(p.m.w.delay(), func() {
		confirmed := p.m.w.log.confirms(p.m, p.term)
		p.m.after(p.m.w.delay(), func() {
			switch {
			case !confirmed:
				p.resign()
			case p.m.lead == p:
				answer(began)
			}
		})
	})
}

// receive takes in a keepalive.
func (m *member) receive(k keepalive) {
	p := m.lead
	if p == nil {
		if leader := m.w.log.leader; leader != m { // as it has heard
			m.w.send(m, k.from, func() { k.from.primary, k.from.waiting = leader, 0 })
		}
		return
	}
	received := m.clock()
	p.tracker.Follow(m.state.Map, received)
	switch err := p.tracker.Heard(k.from.id, k.incarnation, received); {
	case errors.Is(err, errs.NotFound):
		p.join(k.from)
		return
	case err != nil:
		m.w.count.Stale++
		return
	}
	p.tracker.Acknowledge(k.from.id, k.fenced)
	p.logs[k.from.id] = cluster.Log{ID: k.log, Current: k.index+3 >= m.w.log.index}
	m.w.history.heard(p, k.from)
	if k.mapVersion < m.state.Map.Version() {
		state := m.state
		m.w.send(m, k.from, func() { k.from.learn(state) })
	}
	if k.from.proxy || !m.proxy {
		m.w.send(m, k.from, func() { k.from.answered(k.sent, 0) })
		return
	}
	p.verify(func(began liveness.Moment) {
		p.tracker.Follow(m.state.Map, m.clock())
		granted, err := p.tracker.Grant(liveness.Request{
			Node: k.from.id, Incarnation: k.incarnation, Map: k.mapVersion, Received: received,
		}, began)
		if err != nil {
			m.w.count.Refused++
		} else {
			m.w.count.Grants++
		}
		m.w.send(m, k.from, func() { k.from.answered(k.sent, granted) })
	})
}

func (p *leadership) join(m *member) {
	if p.joining[m.id] {
		return
	}
	p.joining[m.id] = true
	p.propose(
		func(*cluster.State) []cluster.Change { return []cluster.Change{cluster.PutNode(m.node()).Fenced()} },
		func(error) { delete(p.joining, m.id) })
}

// tick does what is due every quarter of a second.
func (p *leadership) tick() {
	m := p.m
	if m.lead != p {
		return
	}
	m.after(tickEvery, p.tick)
	if p.lost += tickEvery; m.w.log.confirms(m, p.term) {
		p.lost = 0
	}
	if p.lost > electionTimeout {
		p.resign()
		return
	}
	p.tracker.Follow(m.state.Map, m.clock())
	for _, d := range p.tracker.Tick(m.clock()) {
		p.carryOut(d)
	}
	p.place()
	p.vote()
	p.release()
}

func (p *leadership) carryOut(d liveness.Decision) {
	c := &p.m.w.count
	var change cluster.Change
	switch d.Kind {
	case liveness.Probe:
		p.probe(d)
		return
	case liveness.Suspect:
		c.Suspected++
		p.m.w.history.checkSuspicion(p, d)
		return
	case liveness.Trust:
		c.Trusted++
		return
	case liveness.MarkDown:
		change = cluster.SetFlags(d.Node, wire.NodeDown, 0)
	case liveness.MarkUp:
		change = cluster.SetFlags(d.Node, 0, wire.NodeDown)
	case liveness.Evict:
		p.m.w.history.checkEviction(p, d)
		change = cluster.SetFlags(d.Node, wire.NodeDecommission, 0)
	}
	p.propose(
		func(*cluster.State) []cluster.Change { return []cluster.Change{change.Fenced()} },
		func(error) { p.tracker.Done(d.Node) })
}

func (p *leadership) probe(d liveness.Decision) {
	w, m, to := p.m.w, p.m, p.m.w.find(d.Node)
	answered := false
	sent := m.clock()
	w.send(m, to, func() {
		incarnation := to.incarnation
		w.send(to, m, func() {
			if m.lead == p && !answered {
				answered = true
				_ = p.tracker.Answered(d.Node, incarnation, m.clock().Sub(sent), m.clock())
			}
		})
	})
	timeout := d.Timeout
	if !to.up && w.linked(m, to) {
		timeout = w.delay() // refused
	}
	m.after(timeout, func() {
		if m.lead == p && !answered {
			answered = true
			p.tracker.Missed(d.Node)
		}
	})
}

// place drives the fence of placement.
func (p *leadership) place() {
	if p.fencing {
		return
	}
	due, _ := p.tracker.Fence(p.m.state.Map, p.m.clock())
	if due.Kind == "" {
		return
	}
	p.fencing = true
	p.propose(func(*cluster.State) []cluster.Change { return []cluster.Change{due} }, func(error) { p.fencing = false })
}

func (p *leadership) electorate() cluster.Electorate {
	l := p.m.w.log
	return cluster.Electorate{
		Map: p.m.state.Map, Self: p.m.logID, Voters: l.voters, Learners: l.learners, Logs: p.logs,
		Health: p.tracker.Health, Seats: p.m.w.seats(), Prefer: p.prefer,
	}
}

// vote takes the step of voters that is due.
func (p *leadership) vote() {
	if p.voting {
		return
	}
	step := cluster.NextVoter(p.electorate())
	if step.Step == cluster.VoterNone {
		return
	}
	p.voting = true
	w := p.m.w
	p.m.after(w.delay(), func() {
		p.voting = false
		if err := w.log.change(p.m, p.term, step); err == nil {
			w.count.VoterSteps++
		} else if errors.Is(err, errNotLeader) {
			p.resign()
		}
	})
}

// release takes out of the map what is being decommissioned and has no place
// any more.
func (p *leadership) release() {
	m := p.m.state.Map
	if _, pending := m.Pending(); pending || p.fencing {
		return
	}
	for _, t := range m.Targets() {
		if t.Has(wire.NodeDecommission) && !m.InForce().Has(t.ID) && cluster.MayLeave(p.electorate(), t.ID) {
			p.fencing = true
			p.propose(
				func(*cluster.State) []cluster.Change { return []cluster.Change{cluster.RemoveNode(t.ID).Fenced()} },
				func(error) { p.fencing = false })
			return
		}
	}
}
