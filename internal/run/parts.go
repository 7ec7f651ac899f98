package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Part is something that runs: a listener, a collector, a keepalive.
type Part interface {
	// Run works until ctx ends or it cannot go on, and returns only after
	// its own children have. Ended by ctx it returns nil or an error that
	// wraps context.Canceled; either counts as a clean end.
	Run(ctx context.Context) error
}

// Readier is a Part that says when the next part may start. The channel is
// closed once, by the part; a part that ends without closing it ends them all.
type Readier interface {
	Ready() <-chan struct{}
}

// Named is a Part with the name that its errors carry.
type Named struct {
	Name string
	Part
}

// Func is a function as a Part.
type Func func(ctx context.Context) error

// Run calls f.
func (f Func) Run(ctx context.Context) error { return f(ctx) }

// Parts runs parts, started first to last; a Readier holds back those after
// it until it is ready. When ctx ends or any part returns, with an error or
// without, all are stopped last to first, each after the one behind it has
// returned. Parts returns when all have, with the first error that was not
// the end of a context, prefixed with the part's name, else nil.
//
// A part's context keeps the values of ctx, not its end: parts that others
// lean on live until those are gone.
//
// With ctx already ended nothing starts.
func Parts(ctx context.Context, parts []Named) error {
	if ctx.Err() != nil {
		return nil
	}
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	var first firstError
	started := make([]*running, 0, len(parts))
	for _, p := range parts {
		one := start(ctx, p, func(err error) {
			first.set(err)
			stop()
		})
		started = append(started, one)
		if !one.awaitReady(stopping.Done()) {
			break
		}
	}
	<-stopping.Done()
	for _, one := range slices.Backward(started) {
		one.cancel()
		<-one.done
	}
	return first.get()
}

// running is a part that has been started.
type running struct {
	part   Part
	cancel context.CancelFunc
	done   chan struct{} // closed by the part's goroutine when it has returned
}

// start runs p in a goroutine and calls ended with its result.
func start(ctx context.Context, p Named, ended func(error)) *running {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one := &running{part: p.Part, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(one.done)
		err := p.Run(inner)
		if err != nil && !errors.Is(err, context.Canceled) {
			ended(fmt.Errorf("%s: %w", p.Name, err))
			return
		}
		ended(nil)
	}()
	return one
}

// awaitReady waits until the part is ready, and is false when everything
// stops before that.
func (one *running) awaitReady(stopping <-chan struct{}) bool {
	if readier, ok := one.part.(Readier); ok {
		select {
		case <-readier.Ready():
		case <-stopping:
		}
	}
	select {
	case <-stopping:
		return false
	default:
		return true
	}
}

// firstError keeps the first error that it is given.
type firstError struct {
	mu  sync.Mutex
	err error // guarded by mu
}

func (f *firstError) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
