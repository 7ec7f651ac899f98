package store

import (
	"context"
	"sync"
)

const (
	lockShards   = 128 // a power of two
	idlePerShard = 32  // unused locks kept by each shard, so that taking one allocates nothing
)

// access is how a lock is held.
type access uint8

const (
	shared    access = iota // together with other shared holders
	exclusive               // alone
)

// locks are fair read-write locks on 64-bit keys: who asks first gets first, a
// shared request behind a waiting exclusive one waits too. Memory follows the
// number of keys held at the moment. Two names of one key share a lock, which
// is slow but right; nobody takes one key twice (see heldLock.covers). The zero
// value is ready.
type locks struct {
	shards [lockShards]lockShard
}

type lockShard struct {
	mu      sync.Mutex
	held    map[uint64]*keyLock // guarded by mu; locks that somebody holds
	idle    *keyLock            // guarded by mu; list of unused locks
	numIdle int                 // guarded by mu
}

// keyLock is the state of one key. Guarded by its shard's mu.
type keyLock struct {
	readers     int
	writer      bool
	first, last *lockWaiter // in the order of arrival
	next        *keyLock    // in the idle list
}

type lockWaiter struct {
	as      access
	granted chan struct{} // closed by who grants the lock; no capacity needed
	next    *lockWaiter
}

// heldLock is a lock that the caller holds until release.
type heldLock struct {
	shard *lockShard
	key   uint64
	as    access
}

// acquire waits for the lock of key. It returns the cause of ctx if that ends
// first, and then holds nothing.
func (l *locks) acquire(ctx context.Context, key uint64, as access) (heldLock, error) {
	shard := &l.shards[key%lockShards]
	h := heldLock{shard: shard, key: key, as: as}
	shard.mu.Lock()
	k := shard.lockOf(key)
	if k.first == nil && k.admits(as) {
		k.admit(as)
		shard.mu.Unlock()
		return h, nil
	}
	w := &lockWaiter{as: as, granted: make(chan struct{})}
	k.enqueue(w)
	shard.mu.Unlock()
	select {
	case <-w.granted:
		return h, nil
	case <-ctx.Done():
		h.abandon(w)
		return heldLock{}, context.Cause(ctx)
	}
}

// tryAcquire takes the lock of key if nobody is in the way.
func (l *locks) tryAcquire(key uint64, as access) (heldLock, bool) {
	shard := &l.shards[key%lockShards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	k := shard.lockOf(key)
	if k.first != nil || !k.admits(as) {
		return heldLock{}, false
	}
	k.admit(as)
	return heldLock{shard: shard, key: key, as: as}, true
}

// state returns how a key is held.
func (l *locks) state(key uint64) LockState {
	shard := &l.shards[key%lockShards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	k := shard.held[key]
	switch {
	case k == nil:
		return Unlocked
	case k.writer:
		return WriteLocked
	}
	return ReadLocked
}

// covers tells whether h is also the lock of key.
func (h heldLock) covers(key uint64) bool { return h.shard != nil && h.key == key }

// release gives the lock to those who wait.
func (h heldLock) release() {
	h.shard.mu.Lock()
	defer h.shard.mu.Unlock()
	k := h.shard.held[h.key]
	if h.as == exclusive {
		k.writer = false
	} else {
		k.readers--
	}
	h.shard.settle(h.key, k)
}

// abandon takes w out of the queue; if it was granted meanwhile, the lock is
// released.
func (h heldLock) abandon(w *lockWaiter) {
	h.shard.mu.Lock()
	k := h.shard.held[h.key]
	if k != nil && k.remove(w) {
		h.shard.settle(h.key, k) // those behind w may go now
		h.shard.mu.Unlock()
		return
	}
	h.shard.mu.Unlock()
	h.release()
}

// lockOf returns the lock of key, made if nobody holds it. Called with mu.
func (s *lockShard) lockOf(key uint64) *keyLock {
	if k := s.held[key]; k != nil {
		return k
	}
	k := s.idle
	if k == nil {
		k = &keyLock{}
	} else {
		s.idle, k.next = k.next, nil
		s.numIdle--
	}
	if s.held == nil {
		s.held = make(map[uint64]*keyLock)
	}
	s.held[key] = k
	return k
}

// settle lets in who may come in, and drops the lock if nobody wants it.
// Called with mu.
func (s *lockShard) settle(key uint64, k *keyLock) {
	for k.first != nil && k.admits(k.first.as) {
		w := k.first
		k.first = w.next
		if k.first == nil {
			k.last = nil
		}
		k.admit(w.as)
		close(w.granted)
	}
	if k.readers > 0 || k.writer || k.first != nil {
		return
	}
	delete(s.held, key)
	if s.numIdle < idlePerShard {
		s.idle, k.next = k, s.idle
		s.numIdle++
	}
}

func (k *keyLock) admits(as access) bool {
	return !k.writer && (as == shared || k.readers == 0)
}

func (k *keyLock) admit(as access) {
	if as == exclusive {
		k.writer = true
	} else {
		k.readers++
	}
}

func (k *keyLock) enqueue(w *lockWaiter) {
	if k.last == nil {
		k.first = w
	} else {
		k.last.next = w
	}
	k.last = w
}

// remove takes w out of the queue. False if it is not in it.
func (k *keyLock) remove(w *lockWaiter) bool {
	var before *lockWaiter
	for at := k.first; at != nil; before, at = at, at.next {
		if at != w {
			continue
		}
		if before == nil {
			k.first = w.next
		} else {
			before.next = w.next
		}
		if k.last == w {
			k.last = before
		}
		return true
	}
	return false
}
