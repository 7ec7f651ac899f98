package liveness_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"aistore/cluster/liveness"
)

// world is a simulated cluster: members with clocks of their own, a network that
// loses and delays, a log of metadata that is right by construction, and the
// model of a primary that drives the rules as a real one has to. Everything
// happens in one goroutine, and follows from the seed.
type world struct {
	t        testing.TB
	seed     uint64
	rng      *rand.Rand
	settings liveness.Settings
	now      time.Duration
	queue    queue
	members  []*member // in order of their ids
	cuts     map[[2]*member]bool
	quiet    bool // all is well
	log      *log
	history  history
	count    counters
	digests  []uint64
}

// counters say what has happened, so that a run that tests nothing is noticed.
type counters struct {
	Elections, Caretakers, Transfers, VoterSteps, Wipes                 int
	Suspected, Unfounded, Trusted, MarkedDown, MarkedUp, Evicted, Stale int
	Prepared, Committed, Aborted                                        int
	Grants, Refused                                                     int
	Calms, Checks                                                       int
}

// happen lets time pass until end.
func (w *world) happen(end time.Duration) {
	for len(w.queue.events) > 0 && w.queue.events[0].at <= end && !w.t.Failed() {
		e := w.queue.pop()
		w.now = e.at
		e.fn()
	}
	w.now = end
}

// after has fn happen d from now.
func (w *world) after(d time.Duration, fn func()) { w.queue.push(w.now+d, fn) }

// fail ends the simulation.
func (w *world) fail(format string, arguments ...any) {
	w.t.Errorf("seed %d at %v: %s", w.seed, w.now, fmt.Sprintf(format, arguments...))
}

// between returns a random duration, short ones more often.
func (w *world) between(shortest, longest time.Duration) time.Duration {
	f := w.rng.Float64()
	return shortest + time.Duration(f*f*float64(longest-shortest))
}

// delay is how long a message or a write takes, most of the time.
func (w *world) delay() time.Duration {
	if w.rng.IntN(200) == 0 {
		return w.between(10*time.Millisecond, 3*time.Second)
	}
	return w.between(200*time.Microsecond, 8*time.Millisecond)
}

// writing is how long it takes until a change is committed.
func (w *world) writing() time.Duration {
	if w.rng.IntN(4) == 0 {
		return w.between(10*time.Millisecond, 4*time.Second)
	}
	return w.delay()
}

// send has fn happen at the receiver, if the message gets there.
func (w *world) send(from, to *member, fn func()) {
	if from == to {
		fn()
		return
	}
	if w.cuts[[2]*member{from, to}] {
		return
	}
	w.after(w.delay(), func() {
		if !w.cuts[[2]*member{from, to}] {
			to.handle(fn)
		}
	})
}

// linked tells whether a and b reach each other.
func (w *world) linked(a, b *member) bool {
	return a == b || !w.cuts[[2]*member{a, b}] && !w.cuts[[2]*member{b, a}]
}

func (w *world) find(id string) *member {
	for _, m := range w.members {
		if m.id == id {
			return m
		}
	}
	return nil
}

// queue is a heap of what is to happen, the next first.
type queue struct {
	events []event
	pushed uint64
}

type event struct {
	at  time.Duration
	seq uint64
	fn  func()
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.seq < f.seq }

func (q *queue) push(at time.Duration, fn func()) {
	q.pushed++
	q.events = append(q.events, event{at, q.pushed, fn})
	h := q.events
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *queue) pop() event {
	h := q.events
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h[last] = event{}
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	q.events = h
	return top
}
