package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"aistore/internal/check"
)

func acquire(t *testing.T, l *locks, key uint64, as access) heldLock {
	t.Helper()
	h, err := l.acquire(t.Context(), key, as)
	check.NoError(t, err)
	return h
}

func TestLocksExclude(t *testing.T) {
	var l locks
	a := acquire(t, &l, 1, shared)
	b := acquire(t, &l, 1, shared)
	_, ok := l.tryAcquire(1, exclusive)
	check.Equal(t, ok, false)
	other, ok := l.tryAcquire(1+lockShards, exclusive)
	check.Equal(t, ok, true)
	other.release()
	a.release()
	b.release()
	c, ok := l.tryAcquire(1, exclusive)
	check.Equal(t, ok, true)
	_, ok = l.tryAcquire(1, shared)
	check.Equal(t, ok, false)
	check.Equal(t, c.covers(1), true)
	check.Equal(t, c.covers(2), false)
	check.Equal(t, heldLock{}.covers(0), false)
	c.release()
}

func TestLocksAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l locks
		var mu sync.Mutex
		var order []string // guarded by mu
		var group sync.WaitGroup
		first := acquire(t, &l, 1, shared)
		for _, who := range []struct {
			name string
			as   access
		}{{"w1", exclusive}, {"r1", shared}, {"r2", shared}, {"w2", exclusive}, {"r3", shared}} {
			group.Go(func() {
				h := acquire(t, &l, 1, who.as)
				mu.Lock()
				order = append(order, who.name)
				mu.Unlock()
				h.release()
			})
			synctest.Wait()
		}
		first.release()
		group.Wait()
		slices.Sort(order[1:3]) // the two readers come together
		check.Equal(t, order, []string{"w1", "r1", "r2", "w2", "r3"})
	})
}

func TestWhoGivesUpLetsOthersPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l locks
		first := acquire(t, &l, 1, shared)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("tired")
		var got error
		var group sync.WaitGroup
		group.Go(func() { _, got = l.acquire(ctx, 1, exclusive) })
		synctest.Wait()
		var passed atomic.Bool
		group.Go(func() {
			acquire(t, &l, 1, shared).release()
			passed.Store(true)
		})
		synctest.Wait()
		check.Equal(t, passed.Load(), false)
		cancel(cause)
		group.Wait()
		check.ErrorIs(t, got, cause)
		check.Equal(t, passed.Load(), true)
		first.release()
		check.Equal(t, len(l.shards[1].held), 0)
	})
}

func TestLocksUnderLoad(t *testing.T) {
	t.Parallel()
	const keys, workers, rounds = 3, 8, 2000
	var l locks
	var holders [keys]atomic.Int64 // readers, or -1
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := range rounds {
				key := uint64(i*7+worker) % keys
				as := access((i + worker) % 2)
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					cancel() // some give up as they are let in
				}
				h, err := l.acquire(ctx, key, as)
				cancel()
				if err != nil {
					continue
				}
				if as == exclusive {
					if !holders[key].CompareAndSwap(0, -1) {
						t.Error("an exclusive holder is not alone")
					}
					holders[key].Store(0)
				} else {
					if holders[key].Add(1) <= 0 {
						t.Error("a shared holder beside an exclusive one")
					}
					holders[key].Add(-1)
				}
				h.release()
			}
		})
	}
	group.Wait()
	for i := range l.shards {
		check.Equal(t, len(l.shards[i].held), 0)
	}
}

func TestFreeLocksDoNotAllocate(t *testing.T) {
	var l locks
	key := uint64(0)
	got := testing.AllocsPerRun(1000, func() {
		key++
		h, err := l.acquire(t.Context(), key%512, access(key%2))
		if err != nil {
			t.Fatal(err)
		}
		h.release()
	})
	check.Equal(t, got, 0)
}
