package run

import (
	"context"
	"sync/atomic"
)

// Each calls fn for every item, at most limit at a time (below 1 is 1), in
// order of the items as far as starting goes. The first error ends the
// context of the others and keeps further items from starting; Each returns
// it after every call has returned. When ctx ends before all items were
// started, the cause of that is the error.
func Each[T any](ctx context.Context, limit int, items []T, fn func(context.Context, T) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var first firstError
	var next atomic.Int64
	worker := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(items) {
				return
			}
			if inner.Err() != nil {
				first.set(context.Cause(inner))
				return
			}
			if err := fn(inner, items[i]); err != nil {
				first.set(err)
				cancel(err)
				return
			}
		}
	}
	var group Group
	for range min(limit, len(items)) - 1 {
		group.Go(worker)
	}
	worker() // the caller is one of the workers
	group.Wait()
	return first.get()
}
