package primary

import (
	"context"
	"sync"

	"aistore/api/wire"
)

// names has the changes of one bucket come one after the other, so that each is
// told by the rules what the one before has left. The zero value is ready.
type names struct {
	mu   sync.Mutex
	held map[wire.Bucket]chan struct{} // guarded by mu; closed when the name is free again
}

// take waits until all the names, in ascending order, are free, and holds them
// until release is called. Errors: that of ctx.
func (n *names) take(ctx context.Context, list []wire.Bucket) (release func(), err error) {
	for i, name := range list {
		if err := n.takeOne(ctx, name); err != nil {
			n.free(list[:i])
			return nil, err
		}
	}
	return func() { n.free(list) }, nil
}

func (n *names) takeOne(ctx context.Context, name wire.Bucket) error {
	for {
		n.mu.Lock()
		busy := n.held[name]
		if busy == nil {
			if n.held == nil {
				n.held = map[wire.Bucket]chan struct{}{}
			}
			n.held[name] = make(chan struct{})
			n.mu.Unlock()
			return nil
		}
		n.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-busy:
		}
	}
}

func (n *names) free(list []wire.Bucket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range list {
		close(n.held[name])
		delete(n.held, name)
	}
}
