package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// call is one operation of a history on one name; its output is the content
// found, "" for none.
type call struct {
	name string
	verb string // "put", "get", "delete"
	text string
}

// register is a name as a register: what a get finds is what the last put left.
func register() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byName := map[string][]porcupine.Operation{}
			for _, op := range history {
				name := op.Input.(call).name
				byName[name] = append(byName[name], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range byName {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			switch c := input.(call); c.verb {
			case "put":
				return true, c.text
			case "delete":
				return (output.(string) == "") == (state.(string) == ""), ""
			default:
				return output == state, state
			}
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %q", input, output) },
	}
}

// TestHistoriesAreLinearizable runs all verbs against each other on names that
// are in each other's way, also by way of a cache that is much too small.
func TestHistoriesAreLinearizable(t *testing.T) {
	t.Parallel()
	const workers, rounds = 6, 250
	names := []string{"a", "a/b", "a/b/c", "d/e"}
	r := newRig(t, 2)
	began := time.Now()
	histories := make([][]porcupine.Operation, workers)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for i := range rounds {
				c := call{name: names[random.IntN(len(names))], verb: []string{"put", "get", "get", "delete"}[random.IntN(4)]}
				c.text = fmt.Sprintf("%s by %d, %d, %s", c.name, worker, i, content("x", random.IntN(200)))
				op := porcupine.Operation{ClientId: worker, Input: c, Call: int64(time.Since(began))}
				var err error
				if op.Output, err = r.carryOut(t.Context(), c, random); err != nil {
					t.Errorf("%+v: %v", c, err)
					return
				}
				op.Return = int64(time.Since(began))
				histories[worker] = append(histories[worker], op)
			}
		})
	}
	group.Wait()
	history := slices.Concat(histories...)
	if result := porcupine.CheckOperationsTimeout(register(), history, time.Minute); result != porcupine.Ok {
		t.Fatalf("the history of %d operations is not linearizable: %v", len(history), result)
	}
	check.NoError(t, r.Collect(t.Context()))
}

// carryOut makes a call and returns what it found.
func (r *rig) carryOut(ctx context.Context, c call, random *rand.Rand) (string, error) {
	if random.IntN(3) == 0 {
		r.Forget(r.name(c.name))
	}
	switch c.verb {
	case "put":
		_, err := r.put(ctx, c.name, []byte(c.text), store.WriteOptions{})
		return "", err
	case "delete":
		err := r.Delete(ctx, r.name(c.name), store.DeleteOptions{Tombstone: random.IntN(2) == 0})
		if errors.Is(err, errs.NotFound) {
			return "", nil
		}
		return "deleted", err
	}
	if random.IntN(2) == 0 {
		text, err := r.read(ctx, c.name)
		if errors.Is(err, errs.NotFound) {
			return "", nil
		}
		return text, err
	}
	buf := make([]byte, 1000)
	o, err := r.ReadSmall(ctx, r.name(c.name), buf)
	if errors.Is(err, errs.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(buf[:o.Size]), nil
}

// TestWalksAreExactBesideWriters walks while others make and remove names
// around some that stay: each of these is listed exactly once.
func TestWalksAreExactBesideWriters(t *testing.T) {
	for name, make := range map[string]func(testing.TB) *rig{"memory": memoryRig, "disk": osRig} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			walkBesideWriters(t, make(t))
		})
	}
}

func memoryRig(t testing.TB) *rig { return newRig(t, 2) }

func walkBesideWriters(t *testing.T, r *rig) {
	const walks, writers = 300, 3
	r.bucket = newBucket("churn", 1<<63|11, wire.DurabilityRelaxed)
	stay := []string{"a", "a/b/c", "b", "d/e/f", "d/e/g/h", "x", "x-y"}
	for _, name := range stay {
		r.mustPut(t, name, "stays")
	}
	churn := []string{"a/1", "a/b", "a/b/c/d/e", "b/1/2", "b-", "d/e/f/g", "d/e/g", "d/e", "d", "x/y/z", "x/y", "y"}
	var done atomic.Bool
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(writer), 2))
			for !done.Load() {
				name := churn[random.IntN(len(churn))]
				if _, err := r.put(t.Context(), name, []byte(name), store.WriteOptions{}); err != nil {
					t.Errorf("put %q: %v", name, err)
					return
				}
				name = churn[random.IntN(len(churn))]
				if err := r.Delete(t.Context(), r.name(name), store.DeleteOptions{}); err != nil && !errors.Is(err, errs.NotFound) {
					t.Errorf("delete %q: %v", name, err)
					return
				}
				name = stay[random.IntN(len(stay))]
				if _, err := r.put(t.Context(), name, []byte("stays on"), store.WriteOptions{}); err != nil {
					t.Errorf("put %q: %v", name, err)
					return
				}
			}
		})
	}
	for i := range walks {
		names := pages(t, r, store.WalkOptions{Records: i%2 == 0}, i%7+1)
		if !slices.IsSortedFunc(names, func(a, b string) int {
			if a == b {
				return 1 // twice is wrong too
			}
			return map[bool]int{true: -1, false: 1}[a < b]
		}) {
			t.Errorf("walk %d: out of order: %q", i, names)
		}
		kept := slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(stay, name) })
		if !slices.Equal(kept, stay) {
			t.Errorf("walk %d: of the names that stay, %q are listed", i, kept)
		}
	}
	done.Store(true)
	group.Wait()
}

// pages walks in pages of at most size names.
func pages(t *testing.T, r *rig, o store.WalkOptions, size int) (names []string) {
	for {
		w, err := r.Walk(t.Context(), r.bucket, o)
		check.NoError(t, err)
		for range size {
			e, ok := w.Next(t.Context())
			if !ok {
				check.NoError(t, w.Err())
				return names
			}
			check.NoError(t, e.Problem)
			names = append(names, e.Name)
		}
		w.Close()
		o.After = names[len(names)-1]
	}
}

// TestDirectoriesComeAndGo writes and deletes in one directory from many
// sides: no writer fails since its directory has just been removed.
func TestDirectoriesComeAndGo(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	var group sync.WaitGroup
	for worker := range 6 {
		group.Go(func() {
			for i := range 200 {
				name := fmt.Sprintf("a/b/c/%d", worker)
				if i%3 == 0 {
					name = "a/b" // in the others' way
				}
				if _, err := r.put(t.Context(), name, nil, store.WriteOptions{}); err != nil {
					t.Errorf("put %q: %v", name, err)
				}
				if err := r.Delete(t.Context(), r.name(name), store.DeleteOptions{}); err != nil && !errors.Is(err, errs.NotFound) {
					t.Errorf("delete %q: %v", name, err)
				}
			}
		})
	}
	group.Wait()
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	entries, err := r.fsys.ReadDir("/mp1/@ais/b/%ob")
	check.NoError(t, err)
	check.Equal(t, len(entries), 0)
}
