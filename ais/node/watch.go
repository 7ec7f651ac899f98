package node

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"aistore/api/wire"
)

const (
	// watchPause is how long nothing may happen before a node is asked whether it
	// lives, and how long it has to say so.
	watchPause = 2 * time.Second
	// watchMisses is how often in a row it has not said so when it is given up.
	watchMisses = 3
)

// watch looks after a request to another node until the answer begins. While nothing
// happens it asks, on connections that wait for no others, whether the node lives,
// and cuts the request off if it does not: so a request may take as long as it has to
// at a node that lives, and not much longer than a few pauses at one that does not,
// whether the cluster knows that already or not.
type watch struct {
	lives func(context.Context) error
	pause time.Duration
	cut   context.CancelCauseFunc // ends the request

	asking context.Context // ends when the watch does
	end    context.CancelFunc
	timer  *time.Timer
	done   chan struct{} // closed when run has returned
	over   bool          // it has ended; of the goroutine that began it

	reading atomic.Int32 // reads of what the client sends, which is waited for
	moved   atomic.Bool  // something has come from there meanwhile
}

// watch begins to look after a request to a node, which takes the context that is
// returned. Who has begun it calls stop.
func (p *Peers) watch(ctx context.Context, node *wire.Node) (context.Context, *watch) {
	w := &watch{pause: p.pause, done: make(chan struct{})}
	w.lives = func(ctx context.Context) error {
		_, err := p.Probe(ctx, node)
		return err
	}
	ctx, w.cut = context.WithCancelCause(ctx)
	w.asking, w.end = context.WithCancel(ctx)
	w.timer = time.AfterFunc(w.pause, w.run)
	return ctx, w
}

// run looks after the request once it has taken a pause, and returns when the watch
// has ended or the request is cut off.
func (w *watch) run() {
	defer close(w.done)
	for misses := 0; ; {
		if w.moved.Swap(false) || w.reading.Load() > 0 || w.asked() {
			misses = 0
		} else if misses++; misses == watchMisses && w.asking.Err() == nil {
			w.cut(errors.New("the node says nothing, also when it is asked whether it lives"))
			return
		}
		select {
		case <-w.asking.Done():
			return
		case <-time.After(w.pause):
		}
	}
}

// asked asks the node, and tells whether it lives.
func (w *watch) asked() bool {
	ctx, cancel := context.WithTimeout(w.asking, w.pause)
	defer cancel()
	return w.lives(ctx) == nil
}

// answered ends the watch: from now on the request is cut off by nobody.
func (w *watch) answered() {
	if w.over {
		return
	}
	w.over = true
	w.end()
	if !w.timer.Stop() {
		<-w.done
	}
}

// stop ends the watch and the request.
func (w *watch) stop() {
	w.answered()
	w.cut(nil)
}

// body is what a client sends, while a request with it is watched: its pauses are
// not those of the node.
func (w *watch) body(r io.Reader) io.ReadCloser { return &watchedBody{watch: w, inner: r} }

type watchedBody struct {
	watch *watch
	inner io.Reader
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.reading.Add(1)
	n, err := b.inner.Read(p)
	b.watch.moved.Store(true)
	b.watch.reading.Add(-1)
	return n, err
}

// Close closes nothing: the server does.
func (b *watchedBody) Close() error { return nil }
