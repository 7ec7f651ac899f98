package liveness

import (
	"sync"
	"sync/atomic"
	"time"
)

// Lease says until when a target may write, and may answer reads without a
// mark. The zero value has run out. It is for any number of goroutines.
//
// A lease runs from the moment at which the target sent the keepalive that the
// primary answered: the primary counts from when it received it, so it never
// takes a lease for over that is not.
type Lease struct {
	until atomic.Int64 // a Moment

	mu      sync.Mutex
	revoked Moment // guarded by mu; what was sent before has no effect
	term    uint64 // guarded by mu; how often it has begun anew
}

// Extend takes in, at now, that the primary has granted a lease of d in answer
// to a keepalive sent at that moment. An answer that comes late grants what is
// left of it. It never shortens a lease. One that has run out begins anew.
func (l *Lease) Extend(sent Moment, d time.Duration, now Moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := int64(sent.Add(d))
	if sent < l.revoked || until <= l.until.Load() {
		return
	}
	if !l.Valid(now) {
		l.term++
	}
	l.until.Store(until)
}

// Term returns how often the lease has begun anew, and whether it is valid now.
// Between two moments at which the answer was the same and valid, it has not run
// out: whoever asks before and after something knows that nobody could take the
// target for fenced meanwhile.
func (l *Lease) Term(now Moment) (term uint64, valid bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term, l.Valid(now)
}

// Revoke ends the lease: the target was told to stop, or is stopping. Answers to
// keepalives sent before now have no effect any more.
func (l *Lease) Revoke(now Moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revoked = now
	l.until.Store(int64(min(Moment(l.until.Load()), now)))
}

// Valid tells whether the target may write now.
func (l *Lease) Valid(now Moment) bool { return l.Left(now) > 0 }

// Left returns for how long it may still write, 0 or less if it may not.
func (l *Lease) Left(now Moment) time.Duration { return Moment(l.until.Load()).Sub(now) }
