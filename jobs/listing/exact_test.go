package listing_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// writer puts and deletes names at the target that owns them, until it is stopped.
type writer struct {
	*rig
	t      *testing.T
	random *rand.Rand
}

// at is the target that owns a name.
func (r *rig) at(name string) *node {
	owner, err := r.state.Map.Owner(store.Name{Bucket: r.bucket, Object: name}.Digest())
	if err != nil {
		return nil
	}
	return r.nodes[owner.ID]
}

// put writes an object as a target does that owns it, of that many bytes.
func (w *writer) put(name string, size int) {
	n := store.Name{Bucket: w.bucket, Object: name}
	out, err := w.at(name).store.Create(w.t.Context(), n, store.WriteOptions{Size: int64(size), MapVersion: w.state.Map.Version()})
	if err == nil {
		defer out.Abort()
		if _, err = out.Write(make([]byte, size)); err == nil {
			_, err = out.Commit(w.t.Context())
		}
	}
	if err != nil {
		w.t.Errorf("put of %q: %v", name, err)
	}
}

// remove deletes an object, with a tombstone while objects may be elsewhere.
func (w *writer) remove(name string) {
	n := store.Name{Bucket: w.bucket, Object: name}
	o := store.DeleteOptions{MapVersion: w.state.Map.Version(), Tombstone: len(w.state.Map.Placements()) > 1}
	if err := w.at(name).store.Delete(w.t.Context(), n, o); err != nil && !errors.Is(err, errs.NotFound) {
		w.t.Errorf("delete of %q: %v", name, err)
	}
}

// Sizes in bytes of objects by which they are told apart.
const (
	stale   = 7  // at an earlier owner, written over or deleted since
	staying = 20 // and more
	coming  = 3
)

// TestListingsAreExact lists by small pages while writers put, overwrite and delete
// in all directories: what is there all the time is in each listing, once, in order;
// and nothing is listed as it was before it was deleted or overwritten.
func TestListingsAreExact(t *testing.T) {
	t.Parallel()
	for _, joined := range []bool{false, true} {
		t.Run(fmt.Sprint("joined ", joined), func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			r := newRig(t, 3)
			stays, comes := exactNames()
			if joined {
				old := r.state.Map.Version()
				for _, name := range slices.Concat(stays, comes) { // before the join, anywhere
					for id := range r.nodes {
						r.put(t, id, name, strings.Repeat("x", stale), store.WriteOptions{MapVersion: old})
					}
				}
				r.join(t, "target04")
			}
			first := &writer{rig: r, t: t}
			for _, name := range stays {
				first.put(name, staying)
			}
			for _, name := range comes {
				first.remove(name)
			}
			var stopped atomic.Bool
			var group sync.WaitGroup
			defer group.Wait()
			defer stopped.Store(true)
			for i := range 4 {
				w := &writer{rig: r, t: t, random: rand.New(rand.NewPCG(seed, uint64(i)))}
				// Each writer has names of its own, so that none is deleted twice.
				mine := slices.DeleteFunc(slices.Clone(comes), func(name string) bool { return slices.Index(comes, name)%4 != i })
				group.Go(func() { w.work(&stopped, mine, stays) })
			}
			random := rand.New(rand.NewPCG(seed, 100))
			for range 8 {
				request := wire.ListRequest{PageSize: 1 + random.Int64N(9), Props: "name,size"}
				if random.IntN(3) == 0 {
					request.Prefix = []string{"d/", "d/0", "e"}[random.IntN(3)]
				}
				if random.IntN(3) == 0 {
					request.StartAfter = stays[random.IntN(len(stays))]
				}
				checkExact(t, r.all(t, request), &request, stays)
			}
		})
	}
}

// exactNames are names that stay, and names that come and go around them: in the
// same directories, above and below them, and in directories of their own.
func exactNames() (stays, comes []string) {
	for i := range 40 {
		name := fmt.Sprintf([]string{"s%02d", "d/%02d", "d/%02d/x", "e%02d/f/g"}[i%4], i)
		stays = append(stays, name)
		for _, suffix := range []string{"/below", "-beside", "/below/deep", "%"} {
			comes = append(comes, name+suffix)
		}
		comes = append(comes, fmt.Sprintf("own%d/%d", i%5, i), fmt.Sprintf("own%d", i%5))
	}
	slices.Sort(stays)
	slices.Sort(comes)
	return stays, slices.Compact(comes)
}

func (w *writer) work(stopped *atomic.Bool, comes, stays []string) {
	there := map[string]bool{}
	for !stopped.Load() {
		if w.random.IntN(4) == 0 {
			w.put(stays[w.random.IntN(len(stays))], staying+w.random.IntN(5))
			continue
		}
		name := comes[w.random.IntN(len(comes))]
		if there[name] {
			w.remove(name)
		} else {
			w.put(name, coming)
		}
		there[name] = !there[name]
	}
}

func checkExact(t *testing.T, entries []*wire.ListEntry, request *wire.ListRequest, stays []string) {
	t.Helper()
	last, listed := "", map[string]bool{}
	for _, e := range entries {
		if e.Name <= last {
			t.Fatalf("%+v: %q comes after %q", request, e.Name, last)
		}
		last, listed[e.Name] = e.Name, true
		if !strings.HasPrefix(e.Name, request.Prefix) || e.Name <= request.StartAfter {
			t.Fatalf("%+v: %q was not asked for", request, e.Name)
		}
		if _, stays := slices.BinarySearch(stays, e.Name); stays != (e.Size >= staying) || e.Size == stale {
			t.Fatalf("%+v: %q has %d bytes, as it was long ago", request, e.Name, e.Size)
		}
	}
	for _, name := range stays {
		if !listed[name] && strings.HasPrefix(name, request.Prefix) && name > request.StartAfter {
			t.Fatalf("%+v: %q is missing", request, name)
		}
	}
	check.Equal(t, len(listed), len(entries))
}
