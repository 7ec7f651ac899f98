package listing

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/metrics"
	"aistore/module"
)

// lookEvery is how often walks are looked for that nobody goes on with.
const lookEvery = time.Second

// Listing is the module: it answers the merging nodes with the entries of its
// target.
type Listing struct {
	host    module.Host
	log     *slog.Logger
	open    *metrics.Gauge
	memory  *metrics.Gauge
	evicted *metrics.Counter

	mu    sync.Mutex
	walks map[walkKey]*walk // guarded by mu; bounded by limits.max_listings and max_listings_memory
	held  int64             // guarded by mu; bytes of walks
}

// Maker describes the module.
func Maker() module.Maker { return module.Maker{Name: Name, Make: newListing} }

func newListing(host module.Host) (module.Module, error) {
	l := &Listing{host: host, log: host.Log, walks: map[walkKey]*walk{}}
	l.open = host.Metrics.Gauge("listing_open", "walks kept open for the next page of a listing")
	l.memory = host.Metrics.Gauge("listing_open_bytes", "memory of walks kept open for the next page of a listing")
	l.evicted = host.Metrics.Counter("listing_evicted_total", "walks closed before their time since too many were open, or held too much memory")
	return l, nil
}

// Name is the name of the module.
func (l *Listing) Name() string { return Name }

// PeerCalls offers the call of merging nodes.
func (l *Listing) PeerCalls() map[string]module.PeerCall {
	return map[string]module.PeerCall{callChunk: l.chunk}
}

// Run forgets walks that nobody goes on with, until ctx ends; then all.
func (l *Listing) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			l.forget(func(*walk) bool { return true })
			return nil
		case now := <-tick.C:
			idle := l.host.Config.Get().List.Idle.Std()
			l.forget(func(w *walk) bool { return now.Sub(w.used) > idle })
		}
	}
}

// BucketChanged forgets the walks of a bucket that is gone.
func (l *Listing) BucketChanged(old, now *cluster.Bucket) {
	if old != nil && (now == nil || now.ID() != old.ID()) {
		l.forget(func(w *walk) bool { return w.key.bucket == old.ID() })
	}
}

// forget drops the walks that no page is being read from and that doomed
// accepts.
func (l *Listing) forget(doomed func(*walk) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.walks {
		if doomed(w) {
			l.remove(w)
		}
	}
	l.bound()
	l.show()
}

// remove drops a walk that is open, if w is not nil; the caller holds mu.
func (l *Listing) remove(w *walk) {
	if w != nil {
		delete(l.walks, w.key)
		l.held -= w.held
	}
}

// show sets the gauges; the caller holds mu.
func (l *Listing) show() {
	l.open.Set(int64(len(l.walks)))
	l.memory.Set(l.held)
}

// chunk answers one request of a merging node.
func (l *Listing) chunk(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	const op = "listing.chunk"
	r, err := decodeRequest(body)
	if err != nil {
		return nil, errs.E(op, b.String(), errs.Invalid, err)
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if r.PageSize <= 0 || r.PageSize > wire.MaxPageSize(b.Provider)+1 {
		r.PageSize = wire.MaxPageSize(b.Provider)
	}
	w, err := l.take(ctx, b, r)
	if err != nil {
		return nil, err
	}
	c, err := w.read(ctx, r.StartAfter, int(r.PageSize))
	if err != nil {
		return nil, err
	}
	if c.more {
		l.keep(w)
	}
	return c.encode(), nil
}

// take returns the open walk that the request goes on with, or a new one. The
// caller owns it until keep.
func (l *Listing) take(ctx context.Context, b *cluster.Bucket, r *chunkRequest) (*walk, error) {
	key := keyOf(b, r)
	l.mu.Lock()
	w := l.walks[key]
	l.remove(w)
	l.show()
	l.mu.Unlock()
	if w != nil && w.covers(r.StartAfter) {
		return w, nil
	}
	return newWalk(ctx, l.host, b, r, key)
}

// keep leaves a walk open for the next page; beyond the bounds those that were
// used longest ago are closed, in the end w itself: the next page walks again.
func (l *Listing) keep(w *walk) {
	w.used, w.held = time.Now(), w.memory()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(l.walks[w.key]) // another request of the same listing came first
	l.walks[w.key] = w
	l.held += w.held
	l.bound()
	l.show()
}

// bound closes walks beyond the bounds; the caller holds mu.
func (l *Listing) bound() {
	limits := &l.host.Config.Get().Limits
	for len(l.walks) > limits.Listings || l.held > int64(limits.ListingsMemory) {
		l.remove(l.oldest())
		l.evicted.Inc()
	}
}

// oldest returns the walk that was used longest ago; the caller holds mu.
func (l *Listing) oldest() *walk {
	var oldest *walk
	for _, w := range l.walks {
		if oldest == nil || w.used.Before(oldest.used) {
			oldest = w
		}
	}
	return oldest
}
