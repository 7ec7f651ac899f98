package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// shut are the ids of buckets that are about to be destroyed if nothing is in
// them.
type shut struct {
	mu    sync.RWMutex
	until map[uint64]time.Time // guarded by mu
}

// Shut makes every change of the objects of b fail, with Unavailable, from now on
// and for that long, unless Reopen comes before, and returns when those under way
// have ended: if b is Empty then, it stays so. Reads go on. Errors: the cause of ctx;
// the bucket is shut then too.
func (s *Store) Shut(ctx context.Context, b *cluster.Bucket, within time.Duration) error {
	s.shut.mu.Lock()
	if s.shut.until == nil {
		s.shut.until = map[uint64]time.Time{}
	}
	s.shut.until[b.ID()] = time.Now().Add(within)
	s.shut.mu.Unlock()
	if err := s.names.drain(ctx); err != nil {
		return errs.E("store.Shut", b.String(), "", err)
	}
	return nil
}

// Reopen ends what Shut began. Reopening what is not shut changes nothing.
func (s *Store) Reopen(b *cluster.Bucket) {
	s.shut.mu.Lock()
	defer s.shut.mu.Unlock()
	delete(s.shut.until, b.ID())
}

// check returns Unavailable if b is shut. The caller holds the lock of a name.
func (f *shut) check(b *cluster.Bucket) error {
	f.mu.RLock()
	until, is := f.until[b.ID()]
	f.mu.RUnlock()
	if !is || !time.Now().Before(until) {
		return nil
	}
	e := errs.E("store", b.String(), errs.Unavailable, nil)
	e.Code, e.RetryAfter = errs.CodeNotNow, time.Second
	e.Public = "bucket \"" + b.String() + "\" is being deleted: nothing was changed, try again"
	return e
}

// Empty tells whether a bucket has no objects on this target, older versions and
// delete markers among them. Errors: Unavailable, Canceled.
func (s *Store) Empty(ctx context.Context, b *cluster.Bucket) (bool, error) {
	history := b.Props.Versioning.History != wire.HistoryNone
	w, err := s.Walk(ctx, b, WalkOptions{Versions: history})
	if err != nil {
		return false, err
	}
	defer w.Close()
	for {
		entry, ok := w.Next(ctx)
		switch {
		case !ok:
			return w.Err() == nil, w.Err()
		case !history || entry.Problem != nil:
			return false, nil
		}
		kept, err := s.Versions(ctx, Name{Bucket: b, Object: entry.Name})
		if err != nil && !errors.Is(err, errs.NotFound) {
			return false, err
		}
		if len(kept) > 0 {
			return false, nil
		}
	}
}
