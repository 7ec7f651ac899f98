package liveness_test

import (
	"fmt"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
)

// member is one node. What is below the line does not survive a restart.
type member struct {
	w           *world
	id          string
	proxy       bool
	origin      liveness.Moment // of its clock
	rate        float64         // of its clock
	incarnation uint64
	state       *cluster.State // what it knows to be committed, on disk
	fenced      int64          // version of the pending placement that it has acknowledged, on disk
	logID       string
	up          bool
	paused      time.Duration // does nothing before that
	stopped     time.Duration // when it last ended
	troubled    time.Duration // until when something was wrong with it
	stuck       time.Duration // takes in no state before that

	lease    *liveness.Lease
	primary  *member // whom it takes for it
	waiting  int     // keepalives without an answer
	draining int64   // version of the pending placement that it will acknowledge
	lead     *leadership
}

// keepalive is what a node tells the primary every second.
type keepalive struct {
	from        *member
	incarnation uint64
	mapVersion  int64
	fenced      int64
	log         string
	index       uint64
	sent        liveness.Moment
}

func (w *world) newMember(id string, proxy bool) *member {
	m := &member{
		w: w, id: id, proxy: proxy, state: cluster.NewState(),
		origin: liveness.Moment(w.between(0, 1000*time.Hour)),
		rate:   1 + (w.rng.Float64()-0.5)/float64(drift)*1.8,
	}
	m.newLog()
	w.members = append(w.members, m)
	return m
}

// drift bounds the rates of clocks as the package promises to bear.
const drift = 100

func (m *member) clock() liveness.Moment {
	return m.origin.Add(time.Duration(float64(m.w.now) * m.rate))
}

// runs tells whether the process does anything now.
func (m *member) runs() bool { return m.up && m.w.now >= m.paused }

// handle has fn happen as soon as the process runs.
func (m *member) handle(fn func()) {
	switch {
	case !m.up:
	case m.w.now < m.paused:
		m.after(m.paused-m.w.now, fn)
	default:
		fn()
	}
}

// after has fn happen d from now, unless the process has ended by then.
func (m *member) after(d time.Duration, fn func()) {
	incarnation := m.incarnation
	m.w.after(d, func() {
		if m.incarnation == incarnation {
			m.handle(fn)
		}
	})
}

func (m *member) newLog() {
	m.w.count.Wipes++
	m.logID = fmt.Sprintf("%s.%d", m.id, m.w.count.Wipes)
}

func (m *member) start() {
	m.up, m.paused, m.troubled = true, 0, m.w.now
	m.incarnation++
	m.lease, m.primary, m.waiting, m.draining, m.lead = new(liveness.Lease), m.w.members[0], 0, 0, nil
	if p := m.state.Map.Primary(); p != nil {
		m.primary = m.w.find(p.ID)
	}
	m.prepare()
	m.after(m.w.between(0, time.Second), m.beat)
}

func (m *member) stop() {
	m.w.log.resign(m, m.w.log.term)
	m.up, m.lead, m.stopped = false, nil, m.w.now
}

// beat sends a keepalive, to another proxy when there was no answer.
func (m *member) beat() {
	m.after(time.Second, m.beat)
	m.call()
}

func (m *member) call() {
	if m.waiting > 1 {
		m.waiting = 0
		m.primary = m.w.members[m.w.rng.IntN(len(m.w.members))]
	}
	m.waiting++
	primary := m.primary
	k := keepalive{m, m.incarnation, m.state.Map.Version(), m.fenced, m.logID, m.w.log.has[m.logID], m.clock()}
	m.w.send(m, primary, func() { primary.receive(k) })
}

// answered takes in the answer to the keepalive sent at that moment.
func (m *member) answered(sent liveness.Moment, granted time.Duration) {
	m.waiting = 0
	if granted > 0 {
		m.lease.Extend(sent, granted, m.clock())
	}
}

// learn takes in a committed state, unless it has a later one.
func (m *member) learn(s *cluster.State) {
	if m.w.now >= m.stuck && s.Map.Version() > m.state.Map.Version() {
		m.state = s
		m.prepare()
	}
}

// prepare fences the names that move, from now on, and says so when no write of
// them is in flight any more.
func (m *member) prepare() {
	p, is := m.state.Map.Pending()
	if !is || m.proxy || m.draining == p.Version() || m.fenced == p.Version() {
		return
	}
	m.draining = p.Version()
	drain := m.w.between(0, 100*time.Millisecond)
	if m.w.rng.IntN(10) == 0 && !m.w.quiet {
		drain = m.w.between(0, 10*time.Second)
	}
	m.after(drain, func() {
		if m.draining == p.Version() {
			m.fenced = p.Version()
			m.call()
		}
	})
}

// writes tells whether m would write the name with this digest now.
func (m *member) writes(digest uint64) bool {
	if m.proxy || !m.up || !m.lease.Valid(m.clock()) {
		return false
	}
	owner, err := m.state.Map.Owner(digest)
	return err == nil && owner.ID == m.id && !m.state.Map.Moves(digest)
}

// pause stops the process for d.
func (m *member) pause(d time.Duration) {
	m.paused = max(m.paused, m.w.now+d)
	m.troubled = max(m.troubled, m.paused)
}

func (m *member) node() *wire.Node { return describe(m.id) }
