package store_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/memsys"
	"aistore/store"
)

// step is one operation of a story, and what its names hold when it has been
// acknowledged: content and user metadata, "" where there is no object.
type step struct {
	do     func(r *rig) error
	after  state
	buries string      // name that has a tombstone once it is gone
	upload *openUpload // what it has done to an upload; nil is nothing
}

type state map[string]string

// story is a series of operations, the last of which meet a crash.
type story struct {
	name    string
	before  []step
	crashes []step
}

const (
	spilling = 5000   // bytes of metadata that do not fit into an attribute
	syncing  = 10_000 // bytes of content that are synced on their own
)

// content returns a content that tells itself from others.
func content(text string, size int) string {
	return strings.Repeat(text+" ", size/(len(text)+1)+1)[:max(size, len(text))]
}

func putStep(object, text string, o store.WriteOptions) step {
	return step{
		do: func(r *rig) error {
			_, err := r.put(context.Background(), object, []byte(text), o)
			return err
		},
		after: state{object: show(cmp.Or(text, "(empty)"), o.Custom)},
	}
}

func deleteStep(object string, o store.DeleteOptions) step {
	return step{
		do: func(r *rig) error {
			err := r.Delete(context.Background(), r.name(object), o)
			if errors.Is(err, errs.NotFound) {
				return nil
			}
			return err
		},
		after:  state{object: ""},
		buries: map[bool]string{true: object}[o.Tombstone],
	}
}

func updateStep(object, text string, custom []store.Pair) step {
	return step{
		do: func(r *rig) error {
			_, err := r.Update(context.Background(), r.name(object), store.UpdateOptions{}, func(rec *store.Record) error {
				rec.Custom = custom
				return nil
			})
			return err
		},
		after: state{object: show(text, custom)},
	}
}

// show is how a state writes an object.
func show(text string, custom []store.Pair) string {
	shown := text
	for _, p := range custom {
		shown += "|" + p.Key + "=" + p.Value
	}
	return shown
}

func small(value string) []store.Pair { return []store.Pair{{Key: "k", Value: value}} }

func large(value string) []store.Pair {
	return []store.Pair{{Key: "k", Value: content(value, spilling)}}
}

func stories() []story {
	type options = store.WriteOptions
	plain, buried := store.DeleteOptions{}, store.DeleteOptions{Tombstone: true}
	deep := "x/y/z/" + strings.Repeat("n", 300)
	moved := cluster.Order{Map: 3, Incarnation: 9, Counter: 4}
	put := func(object, text string) step { return putStep(object, text, options{}) }
	spilled := func(object, text, value string) step { return putStep(object, text, options{Custom: large(value)}) }
	return []story{
		{"put", nil, []step{put("a", "one")}},
		{"put deep", nil, []step{put(deep, "one")}},
		{"put into a directory", []step{put("d/a", "one")}, []step{put("d/b", "two")}},
		{"put empty", nil, []step{put("d/empty", "")}},
		{"put of unknown size", nil, []step{putStep("d/a", "one", options{Size: -1})}},
		{"put large", nil, []step{put("d/a", content("large", syncing+100))}},
		{"overwrite", []step{put("d/a", "one")}, []step{put("d/a", "two two"), put("d/a", "three")}},
		{"overwrite with a sidecar", []step{put("a", "one")}, []step{sidecarStep("a"), put("a", "two two")}},
		{"delete with a sidecar", []step{put("a", "one"), sidecarStep("a")}, []step{deleteStep("a", plain)}},
		{"overwrite large", []step{put("a", content("one", syncing))}, []step{put("a", content("two", syncing))}},
		{"put below an object", []step{put("a", "one")}, []step{put("a/b", "two")}},
		{"put far below objects", []step{put("a", "one"), put("a/b", "two")}, []step{put("a/b/c/d", "three")}},
		{"put beside a directory", []step{put("a/b", "one")}, []step{put("a", "two")}},
		{"overwrite beside a directory", []step{put("a", "one"), put("a/b", "two")}, []step{put("a", "three"), put("a/b", "four")}},
		{"delete", []step{put("a", "one"), put("b", "two")}, []step{deleteStep("a", plain)}},
		{"delete the last of directories", []step{put("d/e/a", "one")}, []step{deleteStep("d/e/a", plain), put("d/e/b", "two")}},
		{"delete beside a directory", []step{put("a", "one"), put("a/b", "two")}, []step{deleteStep("a", plain), put("a", "three")}},
		{"delete below an object", []step{put("a", "one"), put("a/b", "two")}, []step{deleteStep("a/b", plain), put("a", "three"), deleteStep("a", plain)}},
		{"delete and put below", []step{put("a/b", "one"), put("a", "two")}, []step{deleteStep("a/b", plain), put("a/b", "three")}},
		{"bury", []step{put("d/a", "one")}, []step{deleteStep("d/a", buried)}},
		{"bury what is not there", nil, []step{deleteStep("d/a", buried)}},
		{"bury and put", []step{put("d/a", "one")}, []step{deleteStep("d/a", buried), put("d/a", "two"), deleteStep("d/a", buried)}},
		{"bury below", []step{put("a", "one"), put("a/b", "two"), deleteStep("a", buried)}, []step{deleteStep("a/b", buried), put("a", "three")}},
		{"bury above", []step{put("a", "one"), put("a/b", "two"), deleteStep("a/b", buried)}, []step{deleteStep("a", buried), put("a/b", "three")}},
		{"update", []step{put("d/a", "one")}, []step{updateStep("d/a", "one", small("x")), updateStep("d/a", "one", small("y"))}},
		{"update into spill and back", []step{put("d/a", "one")}, []step{updateStep("d/a", "one", large("x")), updateStep("d/a", "one", large("y")), updateStep("d/a", "one", small("z"))}},
		{"put with spill", nil, []step{spilled("d/a", "one", "x")}},
		{"overwrite spill", []step{spilled("d/a", "one", "x")}, []step{spilled("d/a", "two", "y"), put("d/a", "three")}},
		{"delete spill", []step{spilled("a", "one", "x"), spilled("b", "one", "x")}, []step{deleteStep("a", plain), deleteStep("b", buried)}},
		{"spill moved aside", []step{spilled("a", "one", "x")}, []step{put("a/b", "two"), spilled("a", "three", "y")}},
		{"move here", []step{put("a", "one")}, []step{putStep("a", "two", options{Order: moved, Version: "7"}), putStep("b", "three", options{Order: moved})}},
		{"special names", nil, []step{put("a//b", "one"), put("a/", "two"), put("./%", "three"), deleteStep("a//b", plain)}},
	}
}

// outcomes are the ways in which a disk comes back, -1 a process killed with
// the disk untouched, 0 everything unsynced lost, 1 all kept, from 2 on some.
const (
	killed     = -1
	dropAll    = 0
	keepAll    = 1
	numOutcome = 11
)

func TestCrashAfterEveryOperation(t *testing.T) {
	var cases atomic.Int64
	pool := testPool(t)
	t.Cleanup(func() { t.Logf("%d crashes", cases.Load()) })
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for outcome := killed; outcome < numOutcome; outcome++ {
				runs(t, s, outcome, wire.DurabilityFsync, pool, &cases)
			}
			for _, outcome := range []int{killed, keepAll} {
				runs(t, s, outcome, wire.DurabilityRelaxed, pool, &cases)
			}
		})
	}
}

// firstStop is after how many operations the first crash comes: so that where not all
// are tried with one outcome, the others are with another.
func firstStop(outcome int) int { return (outcome - killed) % everyStop }

// runs stops a story after each of its operations in turn.
func runs(t *testing.T, s story, outcome int, durability string, pool *memsys.Pool, cases *atomic.Int64) {
	for stop := firstStop(outcome); ; stop += everyStop {
		c := &crashCase{T: t, story: s, stop: stop, outcome: outcome, durability: durability, options: store.Options{Pool: pool}}
		c.run()
		cases.Add(1)
		if c.finished {
			return
		}
	}
}

// crashCase is one story with one crash.
type crashCase struct {
	*testing.T
	story      story
	stop       int // operations before the crash
	outcome    int
	durability string
	options    store.Options
	finished   bool                     // the story ended before the crash
	then       func(r *rig, seen state) // what else is tried after the crash; nil is nothing

	disk    *memfs.FS
	bucket  *cluster.Bucket
	certain state           // what was acknowledged
	may     state           // what the step that met the crash would have left
	buried  map[string]bool // names whose last step buries them
	upload  uploadState
}

func (c *crashCase) run() {
	c.disk = memfs.New(memfs.Options{})
	check.NoError(c, c.disk.Mkdir("/mp1"))
	check.NoError(c, c.disk.SyncDir("/"))
	c.bucket = newBucket("b", 1<<63|7, c.durability)
	c.certain, c.may, c.buried, c.upload = state{}, state{}, map[string]bool{}, uploadState{}
	first := c.open(1)
	check.NoError(c, first.CreateBucket(c.Context(), c.bucket))
	for _, s := range c.story.before {
		c.must(s.do(first), "before the crash")
		c.learn(s)
	}
	c.disk.StopAfter(c.stop)
	c.finished = true
	for _, s := range c.story.crashes {
		if err := s.do(first); err != nil {
			c.finished, c.may = false, s.after
			c.buried[s.buries] = c.certain[s.buries] != "" // gone only with its tombstone
			c.upload.inFlight = s.upload
			break
		}
		c.learn(s)
	}
	c.restart(first)
	second := c.open(2)
	seen := c.judge(second, "after the crash")
	if c.outcome == killed {
		c.losePower(seen)
	}
	third := c.judgeLeftovers(second, seen)
	c.judgeUploads(third, seen)
	if c.then != nil {
		c.then(third, seen)
	}
	c.goOn(third, seen)
}

// restart brings the disk back.
func (c *crashCase) restart(r *rig) {
	random := rand.New(rand.NewPCG(uint64(c.outcome), uint64(c.stop)))
	switch c.outcome {
	case killed:
		c.disk.StopAfter(-1)
		c.must(r.mounts.Close(), "closing the mountpaths")
	case dropAll:
		c.disk = c.disk.Crash(memfs.DropAll, nil)
	case keepAll:
		c.disk = c.disk.Crash(memfs.KeepAll, nil)
	default:
		c.disk = c.disk.Crash(memfs.KeepRandom, random)
	}
}

// losePower checks that a loss of power now would take back nothing that was seen. The
// story goes on without it.
func (c *crashCase) losePower(seen state) {
	c.Helper()
	disk := c.disk
	defer func() { c.disk = disk }()
	c.disk = disk.Crash(memfs.DropAll, nil)
	if again := c.judge(c.open(2), "after power was lost, too"); !maps.Equal(again, seen) {
		c.fail("after a kill %v was seen, and once power was lost %v", seen, again)
	}
}

func (c *crashCase) open(incarnation uint64) *rig {
	c.options.Incarnation = incarnation
	r := openUnowned(c, c.disk, 1, c.options)
	r.bucket = c.bucket
	r.SetLarge(syncing)
	r.SetJoin(10, 4)
	return r
}

func (c *crashCase) learn(s step) {
	for name, value := range s.after {
		c.certain[name] = value
		c.buried[name] = s.buries == name
	}
	c.upload.learn(s.upload)
}

func (c *crashCase) must(err error, when string) {
	c.Helper()
	if err != nil {
		c.fail("%s: %v", when, err)
	}
}

func (c *crashCase) fail(format string, arguments ...any) {
	c.Helper()
	log := c.disk.Log()
	c.Fatalf("story %q, outcome %d, stopped after %d operations: %s\n%s", c.story.name, c.outcome, c.stop,
		fmt.Sprintf(format, arguments...), strings.Join(log[max(0, len(log)-40):], "\n"))
}

// names returns all names of the story, sorted.
func (c *crashCase) names() []string {
	var names []string
	for _, s := range slices.Concat(c.story.before, c.story.crashes) {
		for name := range s.after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// judge reads every name in every way and checks that each way gives the same,
// which is what was acknowledged or what the step in flight would have left.
func (c *crashCase) judge(r *rig, when string) state {
	c.Helper()
	seen := state{}
	var present []string
	for _, name := range c.names() {
		value := c.see(r, name)
		if again := c.see(r, name); again != value {
			c.fail("%s: %q is %.50q and then %.50q", when, name, value, again)
		}
		may, isOpen := c.may[name]
		if value != c.certain[name] && (!isOpen || value != may) {
			c.fail("%s: %q is %.50q; acknowledged is %.50q, in flight %.50q", when, name, value, c.certain[name], may)
		}
		_, isBuried, err := r.Tombstone(c.Context(), r.name(name))
		if c.must(err, when); value == "" && c.buried[name] && !isBuried {
			c.fail("%s: %q is gone, and has no tombstone", when, name)
		}
		seen[name] = value
		if value != "" {
			present = append(present, name)
		}
	}
	for _, records := range []bool{false, true} {
		if listed := r.names(c, store.WalkOptions{Records: records}); !slices.Equal(listed, present) {
			c.fail("%s: names %q are listed (records: %v), %q are there", when, listed, records, present)
		}
	}
	return seen
}

// see returns what an object is, "" if it is not there.
func (c *crashCase) see(r *rig, name string) string {
	c.Helper()
	text, err := r.read(c.Context(), name)
	if errors.Is(err, errs.NotFound) {
		_, err := r.Stat(c.Context(), r.name(name))
		check.ErrorIs(c, err, errs.NotFound)
		return ""
	}
	c.must(err, "reading "+name)
	o, err := r.Stat(c.Context(), r.name(name))
	c.must(err, "stat of "+name)
	if sum := checksum.Of(o.Checksum.Kind, []byte(text)); !sum.Equal(o.Checksum) {
		c.fail("%q: checksum %v, recorded is %v", name, sum, o.Checksum)
	}
	if text == "" {
		text = "(empty)"
	}
	return show(text, o.Custom)
}

// judgeLeftovers collects, and checks that nothing is left over and nothing
// else is gone. It returns the store opened again.
func (c *crashCase) judgeLeftovers(r *rig, seen state) *rig {
	c.Helper()
	c.must(r.Collect(c.Context()), "collecting")
	spilled := 0
	for _, value := range seen {
		if len(value) > spilling && strings.Contains(value, "|") {
			spilled++
		}
	}
	if work := c.entries(fs.Work); len(work) > 0 {
		c.fail("work files are left: %v", work)
	}
	if spill := c.entries(fs.Spill); len(spill) != spilled {
		c.fail("%d spill files are left, %d are in use", len(spill), spilled)
	}
	r = c.reopen(r, 3)
	if again := c.judge(r, "after collecting"); !equalStates(again, seen) {
		c.fail("collecting has changed %v to %v", seen, again)
	}
	return r
}

func (c *crashCase) entries(content fs.Content) []fs.Entry {
	entries, err := c.disk.ReadDir("/mp1/@ais/b/%" + string(content))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.fail("%v", err)
	}
	return entries
}

func (c *crashCase) reopen(r *rig, incarnation uint64) *rig {
	c.must(r.mounts.Close(), "closing the mountpaths")
	return c.open(incarnation)
}

// goOn writes again, loses all that is not synced, and checks that the second
// start has not built on what the first had left unsynced.
func (c *crashCase) goOn(r *rig, seen state) {
	c.Helper()
	names := c.names()
	r = c.reopen(r, 4)
	for i, name := range names {
		var s step
		switch {
		case i%3 == 2 && seen[name] != "":
			s = deleteStep(name, store.DeleteOptions{})
		default:
			s = putStep(name, "later "+name, store.WriteOptions{})
		}
		c.must(s.do(r), "writing again")
		c.learn(s)
	}
	c.may = nil
	if c.durability == wire.DurabilityRelaxed {
		c.disk = c.disk.Crash(memfs.KeepAll, nil)
	} else {
		c.disk = c.disk.Crash(memfs.DropAll, nil)
	}
	c.judge(c.open(5), "after a second crash")
}

func equalStates(a, b state) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
