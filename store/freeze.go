package store

import (
	"context"
	"sync"

	"aistore/cluster"
	"aistore/errs"
)

// frozen are the ids of buckets whose objects nobody may change.
type frozen struct {
	mu  sync.RWMutex
	ids map[uint64]struct{} // guarded by mu
}

// Freeze makes every change of the objects of b fail, with Busy, from now on,
// and returns when those under way have ended: what is there then stays as it is
// until Thaw. Reads go on. Errors: the cause of ctx; the bucket is frozen then too.
func (s *Store) Freeze(ctx context.Context, b *cluster.Bucket) error {
	s.frozen.mu.Lock()
	if s.frozen.ids == nil {
		s.frozen.ids = map[uint64]struct{}{}
	}
	s.frozen.ids[b.ID()] = struct{}{}
	s.frozen.mu.Unlock()
	if err := s.names.drain(ctx); err != nil {
		return errs.E("store.Freeze", b.String(), "", err)
	}
	return nil
}

// Thaw ends what Freeze began. Thawing what is not frozen changes nothing.
func (s *Store) Thaw(b *cluster.Bucket) {
	s.frozen.mu.Lock()
	defer s.frozen.mu.Unlock()
	delete(s.frozen.ids, b.ID())
}

// check returns Busy if b is frozen. The caller holds the lock of a name.
func (f *frozen) check(b *cluster.Bucket) error {
	f.mu.RLock()
	_, is := f.ids[b.ID()]
	f.mu.RUnlock()
	if !is {
		return nil
	}
	e := errs.E("store", b.String(), errs.Busy, nil)
	e.Public = "bucket \"" + b.String() + "\" is being renamed: nothing in it can be changed until that is over, or stopped"
	return e
}

// drain returns when everybody who holds a lock exclusively has released it, or
// with the cause of ctx.
func (l *locks) drain(ctx context.Context) error {
	for i := range l.shards {
		for _, key := range l.shards[i].writers() {
			held, err := l.acquire(ctx, key, shared)
			if err != nil {
				return err
			}
			held.release()
		}
	}
	return nil
}

// writers returns the keys whose locks are held exclusively.
func (s *lockShard) writers() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []uint64
	for key, k := range s.held {
		if k.writer {
			keys = append(keys, key)
		}
	}
	return keys
}
