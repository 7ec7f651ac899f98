package objects

import (
	"context"
	"sync"

	"aistore/errs"
)

// turns lets who works on one name wait for each other. How many may wait is
// bounded by the requests in flight.
type turns struct {
	mu    sync.Mutex
	names map[uint64]*turn // guarded by mu; those that somebody has or waits for
}

// turn is the queue of one name.
type turn struct {
	held  chan struct{} // holds one while somebody has the turn
	users int           // who have it or wait for it; guarded by turns.mu
}

func newTurns() *turns { return &turns{names: map[uint64]*turn{}} }

// wait waits for the turn of a name; the caller calls done. Errors: Canceled,
// Unavailable (the deadline).
func (t *turns) wait(ctx context.Context, digest uint64) (done func(), err error) {
	t.mu.Lock()
	one := t.names[digest]
	if one == nil {
		one = &turn{held: make(chan struct{}, 1)}
		t.names[digest] = one
	}
	one.users++
	t.mu.Unlock()
	select {
	case one.held <- struct{}{}:
		return func() { <-one.held; t.leave(digest, one) }, nil
	case <-ctx.Done():
		t.leave(digest, one)
		return nil, errs.E("objects.turns", "", "", context.Cause(ctx))
	}
}

func (t *turns) leave(digest uint64, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.names, digest)
	}
}
