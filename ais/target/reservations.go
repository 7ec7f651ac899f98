package target

import (
	"context"
	"slices"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Bounds of what a target reserves.
const (
	reserveTime     = 30 * time.Second // for a change to come that was begun
	maxReservations = 4096
)

// reservation is one change that this target lets happen.
type reservation struct {
	id, reign string
	number    uint64
	names     []wire.Bucket // that no other change may touch
	makes     []wire.Bucket // whose directories it has prepared, if they are new
	until     time.Time     // no longer; it lapses by itself

	closes []*cluster.Bucket // that are to be removed empty, and take no writes
}

// reservations are the changes that were begun and have not come. A name in one
// is closed to other changes, but only of the same primary, and not for long:
// what decides is the log.
type reservations struct {
	wake chan struct{} // capacity 1: there is one more

	mu   sync.Mutex
	byID map[string]*reservation // guarded by mu
}

func newReservations() *reservations {
	return &reservations{wake: make(chan struct{}, 1), byID: map[string]*reservation{}}
}

// take reserves names for a change, or has it last longer. It forgets those of
// changes that are over: of another primary, or begun before by the same, which
// changes a bucket only when it has done with the change before; a target that was
// paused hears of them late. What those close stays closed for its time, since the log
// may have more of them than this target has heard. Errors: Busy (a change of one of
// the names that was begun later, or too many).
func (r *reservations) take(n *reservation) error {
	const op = "target.begin"
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, other := range r.byID {
		switch {
		case id == n.id || !overlap(other.names, n.names):
		case other.reign != n.reign || other.number < n.number:
			delete(r.byID, id)
		case time.Now().Before(other.until):
			e := errs.E(op, n.id, errs.Busy, nil)
			e.Public = "another change of bucket \"" + n.names[0].String() + "\" is under way: nothing was changed, try again"
			return e
		}
	}
	if r.byID[n.id] == nil && len(r.byID) >= maxReservations {
		e := errs.E(op, n.id, errs.Busy, nil)
		e.Public = "too many changes of buckets are under way: nothing was changed, try again"
		return e
	}
	n.until = time.Now().Add(reserveTime)
	r.byID[n.id] = n
	select {
	case r.wake <- struct{}{}:
	default:
	}
	return nil
}

// holds tells whether a change is still let happen.
func (r *reservations) holds(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id] != nil
}

// drop forgets a change, and returns it; nil if it is not known.
func (r *reservations) drop(id string) *reservation {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.byID[id]
	delete(r.byID, id)
	return n
}

// reopen calls open for the buckets that n closes and no other change does.
func (r *reservations) reopen(n *reservation, open func(*cluster.Bucket)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range n.closes {
		closed := false
		for _, other := range r.byID {
			closed = closed || other != n && slices.ContainsFunc(other.closes, func(c *cluster.Bucket) bool { return c.ID() == b.ID() })
		}
		if !closed {
			open(b)
		}
	}
}

// lapsed forgets the changes that have not come in time, and returns them, and
// when the next one lapses; zero for never.
func (r *reservations) lapsed(now time.Time) (over []*reservation, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.byID {
		switch {
		case !now.Before(n.until):
			delete(r.byID, id)
			over = append(over, n)
		case next.IsZero() || n.until.Before(next):
			next = n.until
		}
	}
	return over, next
}

// came forgets the changes of the buckets that have changed.
func (r *reservations) came(names []wire.Bucket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.byID {
		if overlap(n.names, names) {
			delete(r.byID, id)
		}
	}
}

func overlap(a, b []wire.Bucket) bool {
	return slices.ContainsFunc(a, func(name wire.Bucket) bool { return slices.Contains(b, name) })
}

// settleReservations ends those of changes that have come.
func (t *Target) settleReservations(changes []cluster.BucketChange, next *cluster.State) {
	var names []wire.Bucket
	for _, c := range changes {
		for _, b := range []*cluster.Bucket{c.Old, c.New} {
			if b != nil {
				names = append(names, b.Bucket)
			}
		}
	}
	for _, j := range next.Jobs.All() {
		t.begun.drop(j.ID)
	}
	if len(names) > 0 {
		t.begun.came(names)
	}
}

// keepReservations ends reservations whose time is over, until ctx ends.
func (t *Target) keepReservations(ctx context.Context) error {
	for {
		over, next := t.begun.lapsed(time.Now())
		for _, n := range over {
			t.log.Warn("a change was begun and has not come", "change", n.id)
			t.abandon(ctx, n)
		}
		pause := time.Hour
		if !next.IsZero() {
			pause = time.Until(next)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-t.begun.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// abandon undoes what was prepared for a change.
func (t *Target) abandon(ctx context.Context, n *reservation) {
	t.begun.reopen(n, t.store.Reopen)
	for _, b := range n.makes {
		if err := t.store.AbandonBucket(ctx, b); err != nil && ctx.Err() == nil {
			t.log.Warn("the directory of a bucket that has not come is left", "bucket", b.String(), "err", err)
		}
	}
}
