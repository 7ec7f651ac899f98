package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// worker writes and deletes one name and remembers what was acknowledged.
type worker struct {
	name         string
	last, flying string // content, "" for none
	done         atomic.Int64
}

// work goes on until something fails, and returns that.
func (w *worker) work(r *rig, random *rand.Rand) error {
	for i := 0; ; i++ {
		w.flying = ""
		if random.IntN(3) > 0 {
			w.flying = fmt.Sprintf("%s %d", w.name, i)
		}
		var err error
		if w.flying == "" {
			err = r.Delete(context.Background(), r.name(w.name), store.DeleteOptions{Tombstone: random.IntN(2) == 0})
			if errors.Is(err, errs.NotFound) {
				err = nil
			}
		} else {
			_, err = r.put(context.Background(), w.name, []byte(w.flying), store.WriteOptions{})
		}
		if err != nil {
			return err
		}
		w.last = w.flying
		w.done.Add(1)
	}
}

// jittery lets others go first before some operations.
func jittery(disk fs.FS) fs.FS {
	faulty := faultfs.New(disk)
	faulty.Inject(faultfs.Rule{Path: "/@ais/", Before: func(faultfs.Call) {
		if rand.IntN(4) == 0 {
			for range rand.IntN(20) {
				runtime.Gosched()
			}
		}
	}})
	return faulty
}

// TestCrashAmongMany crashes while many write and delete in directories that
// come and go with that: what one writer relies on, another takes away.
func TestCrashAmongMany(t *testing.T) {
	t.Parallel()
	const rounds = 300
	pool := testPool(t)
	for round := range rounds {
		random := rand.New(rand.NewPCG(uint64(round), 3))
		disk := memfs.New(memfs.Options{})
		check.NoError(t, disk.Mkdir("/mp1"))
		check.NoError(t, disk.SyncDir("/"))
		r := openUnowned(t, jittery(disk), 1, store.Options{Pool: pool})
		r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		workers := []*worker{{name: "a"}, {name: "a/b/c"}, {name: "a/b/d"}, {name: "a/b/e/f"}, {name: "a/b/e/g"}, {name: "a/b/e/h"}}
		disk.StopAfter(20 + random.IntN(300))
		var group sync.WaitGroup
		for i, w := range workers {
			group.Go(func() {
				if err := w.work(r, rand.New(rand.NewPCG(uint64(round), uint64(i)))); !disk.Stopped() {
					t.Errorf("%q: %v", w.name, err)
				}
			})
		}
		group.Wait()
		mode := []memfs.Mode{memfs.DropAll, memfs.KeepRandom}[round%2]
		after := openUnowned(t, disk.Crash(mode, random), 1, store.Options{Pool: pool, Incarnation: 2})
		after.bucket = r.bucket
		for _, w := range workers {
			got, err := after.read(t.Context(), w.name)
			if err != nil && !errors.Is(err, errs.NotFound) {
				t.Fatalf("round %d, %v: %q: %v", round, mode, w.name, err)
			}
			if got != w.last && got != w.flying {
				t.Fatalf("round %d, %v: %q is %q; acknowledged is %q, in flight %q", round, mode, w.name, got, w.last, w.flying)
			}
		}
		check.NoError(t, after.Collect(t.Context()))
	}
}
