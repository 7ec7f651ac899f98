package liveness_test

import (
	"time"

	"aistore/api/wire"
	"aistore/cluster"
)

// disturb does something bad now and then, until a calm begins.
func (w *world) disturb(end time.Duration) {
	if w.now >= end {
		return
	}
	w.after(w.between(time.Second, 40*time.Second), func() { w.disturb(end) })
	m := w.members[w.rng.IntN(len(w.members))]
	switch w.rng.IntN(20) {
	case 0, 1, 2:
		m.pause(w.between(100*time.Millisecond, 30*time.Second))
	case 3, 4:
		w.isolate(m, w.between(time.Second, time.Minute))
	case 5, 6:
		w.cut(m, w.members[w.rng.IntN(len(w.members))], w.between(time.Second, time.Minute))
	case 7, 8:
		w.kill(m, false)
	case 9:
		w.kill(m, w.mayLose(m))
	case 10, 16, 17:
		w.maintain(m)
	case 11:
		w.elect(m)
	case 12:
		w.prefer(m)
	case 13:
		w.starve(w.log.leader, 20)
	case 18, 19:
		w.split()
	case 14:
		m.stuck = w.now + w.between(0, time.Minute)
	case 15: // it comes back from a while alone, and hears nothing new
		d := w.between(10*time.Second, 40*time.Second)
		w.isolate(m, d)
		m.stuck = w.now + d + w.between(0, 30*time.Second)
	}
}

// kill ends a process, and starts it later; wiped, it has lost what it had on disk.
func (w *world) kill(m *member, wipe bool) {
	if !m.up {
		return
	}
	m.stop()
	if wipe {
		delete(w.log.has, m.logID)
		m.newLog()
		m.state, m.fenced = cluster.NewState(), 0
	}
	w.after(w.between(500*time.Millisecond, 90*time.Second), func() {
		if !m.up {
			m.start()
		}
	})
}

// mayLose tells whether a majority of voters is left without the log of m.
func (w *world) mayLose(m *member) bool {
	left := 0
	for _, id := range w.log.voters {
		if o := w.log.owner(id); o != nil && o != m {
			left++
		}
	}
	return 2*left > len(w.log.voters)
}

func (w *world) cut(from, to *member, d time.Duration) {
	if from == to {
		return
	}
	link := [2]*member{from, to}
	w.cuts[link] = true
	from.troubled, to.troubled = max(from.troubled, w.now+d), max(to.troubled, w.now+d)
	w.after(d, func() { delete(w.cuts, link) })
}

// isolate cuts a member off, in one direction or both.
func (w *world) isolate(m *member, d time.Duration) {
	direction := w.rng.IntN(3)
	for _, other := range w.members {
		if direction != 0 {
			w.cut(m, other, d)
		}
		if direction != 1 {
			w.cut(other, m, d)
		}
	}
}

// split cuts the primary and some others off from the rest. The primary sleeps
// until the rest may have another one.
func (w *world) split() {
	d := w.between(5*time.Second, time.Minute)
	var parts [2][]*member
	for _, m := range w.members {
		part := w.rng.IntN(2)
		if m == w.log.leader {
			part = 0
			m.pause(w.between(0, 6*time.Second))
		}
		parts[part] = append(parts[part], m)
	}
	for _, a := range parts[0] {
		for _, b := range parts[1] {
			w.cut(a, b, d)
			w.cut(b, a, d)
		}
	}
}

// starve pauses a member again and again.
func (w *world) starve(m *member, times int) {
	if times > 0 {
		m.pause(w.between(100*time.Millisecond, 3*time.Second))
		w.after(w.between(time.Second, 5*time.Second), func() { w.starve(m, times-1) })
	}
}

// command has the primary, if there is one, write a change of an administrator.
func (w *world) command(c cluster.Change) {
	if p := w.log.leader.lead; p != nil {
		p.propose(func(*cluster.State) []cluster.Change { return []cluster.Change{c.Fenced()} }, func(error) {})
	}
}

// maintain takes a target out of service, or back into it, or out for good.
func (w *world) maintain(m *member) {
	n, found := w.log.state.Map.Node(m.id)
	switch {
	case !found || m.proxy:
	case n.InMaintenance():
		w.command(cluster.SetFlags(m.id, 0, wire.NodeMaintenance|wire.NodeDecommission))
	case w.rng.IntN(3) == 0:
		w.command(cluster.SetFlags(m.id, wire.NodeDecommission, 0))
	case len(w.log.state.Map.InForce().Targets()) > 2:
		w.command(cluster.SetFlags(m.id, wire.NodeMaintenance, 0))
	}
}

// elect makes a proxy electable or not, as long as two others are.
func (w *world) elect(m *member) {
	n, found := w.log.state.Map.Node(m.id)
	if !found || !m.proxy {
		return
	}
	if n.Has(wire.NodeNonElectable) {
		w.command(cluster.SetFlags(m.id, 0, wire.NodeNonElectable))
		return
	}
	others := 0
	for _, p := range w.log.state.Map.Proxies() {
		if p != n && !p.Has(wire.NodeNonElectable) {
			others++
		}
	}
	if others >= 2 {
		w.command(cluster.SetFlags(m.id, wire.NodeNonElectable, 0))
	}
}

func (w *world) prefer(m *member) {
	if p := w.log.leader.lead; p != nil && m.proxy {
		p.prefer = m.id
	}
}

// heal ends whatever is wrong.
func (w *world) heal() {
	w.quiet = true
	clear(w.cuts)
	for _, m := range w.members {
		m.paused, m.stuck = 0, 0
		if !m.up {
			m.start()
		}
	}
}
