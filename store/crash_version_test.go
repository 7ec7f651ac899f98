package store_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/memsys"
	"aistore/store"
)

// versionStory is a series of changes, the last of which meet a crash.
type versionStory struct {
	name    string
	before  []change
	crashes []change
}

func versionStories() []versionStory {
	on, suspended := switchTo(wire.HistoryEnabled), switchTo(wire.HistorySuspended)
	put, del := putVersion, func(name string) change { return deleteLatest(name, false) }
	bury := func(name string) change { return deleteLatest(name, true) }
	spilled := func(name, text string) change {
		return putVersionAs(name, text, store.WriteOptions{Custom: large(text)})
	}
	list := func(all ...change) []change { return all }
	chunked := uploadOf("d/a", "first part", "second part")
	return []versionStory{
		{"first version", list(on), list(put("d/a", "one"))},
		{"second version", list(on, put("d/a", "one")), list(put("d/a", "two"), put("d/a", "three"))},
		{"over an object from before", list(put("d/a", "zero"), on), list(put("d/a", "one"), put("d/a", "two"))},
		{"delete marker", list(on, put("d/a", "one")), list(del("d/a"))},
		{"delete marker over an object from before", list(put("d/a", "zero"), on), list(del("d/a"), put("d/a", "one"))},
		{"delete marker of nothing", list(on), list(del("d/a"), del("d/a"))},
		{"put over a delete marker", list(on, put("a", "one"), del("a")), list(put("a", "two"), del("a"))},
		{"bury", list(on, put("d/a", "one"), put("d/a", "two")), list(bury("d/a"), put("d/a", "three"))},
		{"bury an object from before", list(put("d/a", "zero"), on), list(bury("d/a"), deleteAt("d/a", 0))},
		{"delete the latest of three", list(on, put("d/a", "one"), put("d/a", "two"), put("d/a", "three")), list(deleteAt("d/a", 0), deleteAt("d/a", 0), deleteAt("d/a", 0))},
		{"delete the oldest of three", list(on, put("d/a", "one"), put("d/a", "two"), put("d/a", "three")), list(deleteAt("d/a", 2), deleteAt("d/a", 1))},
		{"delete down to an object from before", list(put("d/a", "zero"), on, put("d/a", "one")), list(deleteAt("d/a", 0), put("d/a", "two"))},
		{"delete a delete marker", list(on, put("d/a", "one"), del("d/a")), list(deleteAt("d/a", 0), put("d/a", "two"))},
		{"delete the latest above a delete marker", list(on, put("d/a", "one"), del("d/a"), put("d/a", "two")), list(deleteAt("d/a", 0), deleteAt("d/a", 0))},
		{"delete one of two delete markers", list(on, put("d/a", "one"), del("d/a"), del("d/a")), list(deleteAt("d/a", 1), deleteAt("d/a", 0))},
		{"suspended put", list(put("d/a", "zero"), on, put("d/a", "one"), suspended), list(put("d/a", "two"), put("d/a", "three"))},
		{"suspended put over null", list(put("d/a", "zero"), suspended), list(put("d/a", "one"), put("d/a", "two"))},
		{"suspended delete", list(put("d/a", "zero"), on, put("d/a", "one"), suspended), list(del("d/a"), del("d/a"), put("d/a", "two"))},
		{"suspended delete of null", list(on, put("d/a", "one"), suspended, put("d/a", "two")), list(del("d/a"), deleteAt("d/a", 0))},
		{"enabled again", list(on, put("d/a", "one"), suspended, put("d/a", "two"), on), list(put("d/a", "three"), del("d/a"), deleteAt("d/a", 2))},
		{"null comes back", list(on, put("d/a", "one"), suspended, put("d/a", "two"), on, put("d/a", "three")), list(deleteAt("d/a", 0), put("d/a", "four"))},
		{"versions beside a directory", list(on, put("a", "one"), put("a/b", "two")), list(put("a", "three"), put("a/b", "four"), del("a"), deleteAt("a/b", 0))},
		{"versions moved aside", list(on, put("a", "one")), list(put("a", "two"), put("a/b", "three"), deleteAt("a", 0))},
		{"tags", list(on, put("d/a", "one"), put("d/a", "two")), list(tagAt("d/a", 1, "x"), tagAt("d/a", 0, "y"), put("d/a", "three"), deleteAt("d/a", 0))},
		{"spilled versions", list(on, spilled("d/a", "one")), list(spilled("d/a", "two"), put("d/a", "three"), deleteAt("d/a", 2), deleteAt("d/a", 0))},
		{"complete", append(list(on, put("d/a", "one")), chunked[:3]...), append(chunked[3:], put("d/a", "two"))},
		{"chunks come back", append(append(list(on), uploadOf("d/a", "first part", "second part")...), put("d/a", "two")), list(deleteAt("d/a", 0), deleteAt("d/a", 0))},
		{"chunks over chunks", append(list(on), uploadOf("d/a", "first part", "second part")...), append(uploadOf("d/a", "other part", "last part"), deleteAt("d/a", 1), del("d/a"))},
		{"special names", list(on), list(put("a//b", "one"), put("a/", "two"), put("./%", "three"), del("a//b"), put("./%", "four"))},
	}
}

func TestCrashOfVersions(t *testing.T) { crashVersions(t, versionStories()) }

// crashVersions runs stories with a crash after every operation, and every outcome.
func crashVersions(t *testing.T, stories []versionStory) {
	var cases atomic.Int64
	pool := testPool(t)
	t.Cleanup(func() { t.Logf("%d crashes", cases.Load()) })
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for outcome := killed; outcome < numOutcome-7; outcome++ {
				runVersions(t, s, outcome, wire.DurabilityFsync, pool, &cases)
			}
			for _, outcome := range []int{killed, keepAll} {
				runVersions(t, s, outcome, wire.DurabilityRelaxed, pool, &cases)
			}
		})
	}
}

func runVersions(t *testing.T, s versionStory, outcome int, durability string, pool *memsys.Pool, cases *atomic.Int64) {
	for stop := firstStop(outcome); ; stop += everyStop {
		c := &versionCase{versions: s}
		c.crashCase = crashCase{
			T: t, stop: stop, outcome: outcome, durability: durability,
			story: story{name: s.name}, options: store.Options{Pool: pool},
		}
		c.run()
		cases.Add(1)
		if c.finished {
			return
		}
	}
}

// versionCase is one story with one crash.
type versionCase struct {
	crashCase
	versions versionStory
	certain  histories // what was acknowledged
	may      histories // what the change that met the crash would have left; nil if none did
	inFlight *change   // that change
}

func (c *versionCase) run() {
	c.disk = memfs.New(memfs.Options{})
	check.NoError(c, c.disk.Mkdir("/mp1"))
	check.NoError(c, c.disk.SyncDir("/"))
	c.bucket = newBucket("b", 1<<63|7, c.durability)
	c.certain = histories{}
	first := c.open(1)
	check.NoError(c, first.CreateBucket(c.Context(), c.bucket))
	for _, ch := range c.versions.before {
		c.must(c.make(first, ch), "before the crash")
	}
	c.disk.StopAfter(c.stop)
	c.finished = true
	for _, ch := range c.versions.crashes {
		may := c.certain.clone()
		ch.apply(may, first.bucket.Props.Versioning.History)
		if c.make(first, ch) != nil {
			c.finished, c.may, c.inFlight = false, may, &ch
			break
		}
	}
	c.restart(first)
	second := c.open(2)
	seen := c.judge(second, "after the crash")
	c.must(second.Collect(c.Context()), "collecting")
	c.certain, c.may = seen, nil
	third := c.reopen(second, 3)
	c.judge(third, "after collecting")
	c.judgeFiles(third)
	if c.inFlight != nil && c.inFlight.repeats {
		c.must(c.make(third, *c.inFlight), "repeating")
		c.judge(third, "after it was repeated")
	}
	c.goOn(third)
}

// make does one change, and learns what it has done.
func (c *versionCase) make(r *rig, ch change) error {
	if ch.mode != nil {
		c.bucket = as(c.bucket, *ch.mode)
		r.bucket = c.bucket
	}
	if err := ch.do(r); err != nil {
		return err
	}
	ch.apply(c.certain, r.bucket.Props.Versioning.History)
	return nil
}

// judge reads all versions of every name in every way, and checks that they are
// those that were acknowledged, or those that the change in flight would have left.
func (c *versionCase) judge(r *rig, when string) histories {
	c.Helper()
	seen, present, any := histories{}, []string{}, []string{}
	for _, name := range c.names() {
		got := c.see(r, name)
		old, next := c.certain[name], c.may[name]
		if !sameVersions(got, old) && (c.may == nil || !sameVersions(got, next)) {
			c.fail("%s: the versions of %q are %.200v; acknowledged are %.200v, in flight %.200v", when, name, got, old, next)
		}
		seen[name] = got
		if len(got) > 0 {
			any = append(any, name)
			if got[0].text != marker {
				present = append(present, name)
			}
		}
	}
	if listed := r.names(c, store.WalkOptions{}); !slices.Equal(listed, present) {
		c.fail("%s: names %q are listed, %q are there", when, listed, present)
	}
	listed := slices.DeleteFunc(r.names(c, store.WalkOptions{Versions: true}), func(name string) bool {
		return len(seen[name]) == 0 && slices.Contains(c.names(), name) // an empty directory came back
	})
	if !slices.Equal(listed, any) {
		c.fail("%s: names %q are listed with versions, %q are there", when, listed, any)
	}
	return seen
}

func sameVersions(a, b []version) bool { return slices.Equal(a, b) }

func (c *versionCase) names() []string {
	var names []string
	all := histories{}
	for _, ch := range slices.Concat(c.versions.before, c.versions.crashes) {
		func() {
			defer func() { _ = recover() }() // of a deletion of what is not there: only names matter
			ch.apply(all, wire.HistoryEnabled)
		}()
	}
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// see returns the versions of a name, each read in every way.
func (c *versionCase) see(r *rig, name string) []version {
	c.Helper()
	all, err := r.Versions(c.Context(), r.name(name))
	c.must(err, "versions of "+name)
	var seen []version
	for i, o := range all {
		v := version{text: marker, null: o.PublicVersion() == store.NullVersion, lock: showLock(o.Retention)}
		if !o.DeleteMarker {
			v.text = c.readVersion(r, name, o.PublicVersion())
		}
		same, err := r.Version(c.Context(), r.name(name), o.PublicVersion())
		c.must(err, "version of "+name)
		if same.VersionID != o.VersionID || same.DeleteMarker != o.DeleteMarker || (i > 0) != o.IsOlder() && !all[0].DeleteMarker {
			c.fail("version %d of %q is not the one that is listed", i, name)
		}
		seen = append(seen, v)
	}
	text, err := r.read(c.Context(), name)
	switch {
	case errors.Is(err, errs.NotFound):
		if len(seen) > 0 && seen[0].text != marker {
			c.fail("%q is not there, its latest version is %q", name, seen[0].text)
		}
	case err != nil:
		c.fail("reading %q: %v", name, err)
	case len(seen) == 0 || seen[0].text != text:
		c.fail("%q is %q, its versions are %v", name, text, seen)
	}
	return seen
}

func (c *versionCase) readVersion(r *rig, name, id string) string {
	c.Helper()
	reader, err := r.OpenVersion(c.Context(), r.name(name), id)
	c.must(err, "opening a version of "+name)
	defer reader.Close()
	c.must(reader.Verify(c.Context()), "verifying a version of "+name)
	text, err := io.ReadAll(reader)
	c.must(err, "reading a version of "+name)
	return string(text)
}

// judgeFiles checks that nothing is left over.
func (c *versionCase) judgeFiles(r *rig) {
	c.Helper()
	older, spilled, chunked := 0, 0, 0
	for _, name := range c.names() {
		all, err := r.Versions(c.Context(), r.name(name))
		c.must(err, "versions of "+name)
		for i, o := range all {
			if i > 0 || o.DeleteMarker {
				older++
			}
			if len(o.Custom) > 0 {
				spilled++
			}
			if len(o.Chunks) > 0 {
				chunked++
			}
		}
	}
	if work := c.entries(fs.Work); len(work) > 0 {
		c.fail("work files are left: %v", work)
	}
	if got := len(c.entries(fs.Spill)); got != spilled {
		c.fail("%d spill files are left, %d are in use", got, spilled)
	}
	if open := len(c.entries(fs.Uploads)); open == 0 && len(c.entries(fs.Chunks)) != chunked {
		c.fail("%d directories of chunks are left, %d are in use", len(c.entries(fs.Chunks)), chunked)
	}
	if got := c.files("/mp1/@ais/b/%" + string(fs.Versions)); got != older {
		c.fail("%d files of older versions are left, %d are in use", got, older)
	}
}

// files counts the files below a directory.
func (c *versionCase) files(dir string) (n int) {
	entries, err := c.disk.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.fail("%v", err)
	}
	for _, e := range entries {
		if e.Dir {
			n += c.files(dir + "/" + e.Name)
		} else {
			n++
		}
	}
	return n
}

// goOn changes every name again, loses all that is not synced, and checks that the
// second start has not built on what the first had left unsynced.
func (c *versionCase) goOn(r *rig) {
	c.Helper()
	r = c.reopen(r, 4)
	c.must(c.make(r, switchTo(wire.HistoryEnabled)), "enabling")
	for i, name := range c.names() {
		again := []change{putVersion(name, "later "+name), deleteLatest(name, false)}
		if n := len(c.certain[name]); n > 0 {
			again = append(again, deleteUnlocked(name, (i+c.stop)%n), deleteUnlocked(name, 0))
		}
		for _, ch := range again {
			c.must(c.make(r, ch), fmt.Sprintf("going on with %q", name))
		}
	}
	mode := memfs.DropAll
	if c.durability == wire.DurabilityRelaxed {
		mode = memfs.KeepAll
	}
	c.disk = c.disk.Crash(mode, nil)
	c.judge(c.open(5), "after a second crash")
}
