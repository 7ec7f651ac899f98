package store_test

import (
	"errors"
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

// TestFaultAtEveryOperation lets each operation of each story fail once, and
// checks that the object is as before, or unknown only where the error says
// so; that the store goes on; and that nothing is left over.
func TestFaultAtEveryOperation(t *testing.T) {
	var cases atomic.Int64
	pool := testPool(t)
	t.Cleanup(func() { t.Logf("%d faults", cases.Load()) })
	full := func(call faultfs.Call) bool {
		switch call.Op {
		case faultfs.Create, faultfs.Mkdir, faultfs.Write, faultfs.SetXattr, faultfs.Preallocate:
			return true
		}
		return false
	}
	rules := map[string]faultfs.Rule{
		"broken disk": {Path: "/@ais/", Err: fs.ErrIO, Times: 1},
		"dead disk":   {Path: "/@ais/", Err: fs.ErrIO, Times: 0},
		"full disk":   {Path: "/@ais/", Err: fs.ErrNoSpace, Times: 1, When: full},
		"half write":  {Path: "/@ais/", Err: fs.ErrNoSpace, Times: 1, Op: faultfs.Write, Half: true},
		"full device": {Path: "/@ais/", Err: fs.ErrNoSpace, Times: 0, When: full},
	}
	for _, s := range stories() {
		for name, rule := range rules {
			t.Run(s.name+", "+name, func(t *testing.T) {
				t.Parallel()
				for rule.After = 0; ; rule.After++ {
					c := &crashCase{T: t, story: s, stop: rule.After, durability: wire.DurabilityFsync, options: store.Options{Pool: pool}}
					cases.Add(1)
					if !c.fault(rule) {
						break
					}
				}
			})
		}
	}
}

// fault runs the story with one fault; false if the fault was not met.
func (c *crashCase) fault(rule faultfs.Rule) bool {
	c.disk = memfs.New(memfs.Options{})
	disk := faultfs.New(c.disk)
	c.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
	c.certain, c.may, c.buried = state{}, state{}, map[string]bool{}
	c.options.Incarnation = 1
	r := openUnowned(c, disk, 1, c.options)
	r.bucket = c.bucket
	r.SetLarge(syncing)
	check.NoError(c, r.CreateBucket(c.Context(), c.bucket))
	for _, s := range c.story.before {
		c.must(s.do(r), "before the fault")
		c.learn(s)
	}
	fault := disk.Inject(rule)
	for _, s := range c.story.crashes {
		err := s.do(r)
		if err == nil {
			c.learn(s)
			c.may = nil
			continue
		}
		if errors.Is(err, errs.Unavailable) {
			c.may = s.after // a sync has failed: either
		}
		fault.End()
		c.judge(r, "after the fault")
		check.NoError(c, r.mounts.Available()[0].Recheck())
		c.must(s.do(r), "again after the fault")
		c.learn(s)
		c.may = nil
	}
	fault.End()
	check.NoError(c, r.mounts.Available()[0].Recheck())
	seen := c.judge(r, "at the end")
	r = c.judgeLeftovers(r, seen)
	c.must(r.mounts.Close(), "closing")
	return fault.Hits() > 0
}

func TestFailedSyncIsNotRepeated(t *testing.T) {
	t.Parallel()
	r, faulty, _ := newFaultyRig(t)
	r.mustPut(t, "a", "one")

	syncs := 0
	fault := faulty.Inject(faultfs.Rule{Op: faultfs.Sync, Path: "/%wk/", Err: fs.ErrIO, Times: 1})
	counted := faulty.Inject(faultfs.Rule{Op: faultfs.Sync, Path: "/%wk/", Before: func(faultfs.Call) { syncs++ }})
	_, err := r.put(t.Context(), "a", []byte("two"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	check.ErrorIs(t, err, fs.ErrIO)
	check.Equal(t, fault.Hits(), 1)
	check.Equal(t, syncs, 0)
	fault.End()
	counted.End()
	check.Equal(t, r.mustRead(t, "a"), "one")

	// The mountpath is suspect: nothing is written, all is read.
	_, err = r.put(t.Context(), "b", nil, store.WriteOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}), errs.Unavailable)
	_, err = r.Update(t.Context(), r.name("a"), store.UpdateOptions{}, func(*store.Record) error { return nil })
	check.ErrorIs(t, err, errs.Unavailable)
	check.NoError(t, r.mounts.Available()[0].Recheck())
	r.mustPut(t, "a", "two")
}

func TestFullDiskKeepsItsReserve(t *testing.T) {
	t.Parallel()
	disk := memfs.New(memfs.Options{Capacity: 8 << 20})
	r := open(t, disk, 1, store.Options{})
	r.bucket = newBucket("b", 7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	r.mustPut(t, "a", "small")
	for _, size := range []int64{7<<20 + 1, -1} {
		_, err := r.put(t.Context(), "large", make([]byte, 7<<20+1), store.WriteOptions{Size: size})
		check.ErrorIs(t, err, errs.NoSpace)
	}
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{"a"})
	check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
}

func TestReadsOfAnUnmountedDiskAreNotNotFound(t *testing.T) {
	t.Parallel()
	disk := memfs.New(memfs.Options{})
	check.NoError(t, disk.Mkdir("/mp1"))
	check.NoError(t, disk.Mount("/mp1", 1<<30))
	r := open(t, disk, 1, store.Options{})
	r.bucket = newBucket("b", 7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	r.mustPut(t, "dir/a", "one")
	w, err := r.Walk(t.Context(), r.bucket, store.WalkOptions{})
	check.NoError(t, err)
	check.NoError(t, disk.Unmount("/mp1"))
	_, err = r.Open(t.Context(), r.name("dir/a"))
	check.ErrorIs(t, err, errs.Unavailable)
	_, err = r.Stat(t.Context(), r.name("dir/b"))
	check.ErrorIs(t, err, errs.Unavailable)
	_, err = r.put(t.Context(), "dir/a", nil, store.WriteOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("dir/a"), store.DeleteOptions{}), errs.Unavailable)
	_, more := w.Next(t.Context())
	check.Equal(t, more, false)
	check.ErrorIs(t, w.Err(), errs.Unavailable)
	_, err = r.Walk(t.Context(), r.bucket, store.WalkOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
}
