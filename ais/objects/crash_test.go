package objects_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/units"
	"aistore/memsys"
	"aistore/store"
	"aistore/store/shard"
)

// contents are the objects that there are, with their user metadata, by key, see
// [crashCase.name]; and under sourceFile the file to promote.
type contents map[string]string

const (
	sourceFile = "file"
	sourcePath = "/source/file"
)

// crashStep is one verb, and what it does to what there is.
type crashStep struct {
	do     func(c *crashCase) error
	change func(s contents)   // what it has done when it was acknowledged; nil is nothing
	middle []func(s contents) // what else a crash in it may leave, beside all or nothing
}

// crashStory is a series of verbs, the last of which meet a crash.
type crashStory struct {
	name    string
	targets int // 0 is 1
	before  []crashStep
	crashes []crashStep
}

// Ways in which disks come back: of a process killed, as of a loss of power that
// takes all that was not synced, and, from then on, some of it.
const (
	killed = iota
	dropAll
	firstRandom
	numOutcomes = firstRandom + 3
)

// crashCase is one story with one crash.
type crashCase struct {
	*testing.T
	*rig
	story    *crashStory
	pool     *memsys.Pool
	disks    map[string]*memfs.FS
	mounts   map[string]*fs.Mounts
	starts   uint64
	abandon  bool              // uploads are collected at once
	names    map[string]string // of objects, by key
	handle   string            // of the appends so far
	certain  contents          // what was acknowledged
	crash    string            // where it was, for messages
	archives map[string]*objects.Archives
}

// TestCrashOfVerbs stops each target after each operation of its disk, in the
// middle of every verb, loses what was not synced, and checks that each verb has
// done all or nothing, that nothing is left over, and that the story goes on from
// there to the end that it would have had.
func TestCrashOfVerbs(t *testing.T) {
	t.Parallel()
	pool, err := memsys.New(memsys.Options{})
	check.NoError(t, err)
	var total atomic.Int64
	t.Cleanup(func() { t.Logf("%d crashes", total.Load()) })
	for _, story := range slices.Concat(appendStories(), copyStories(), renameStories(), promoteStories(), memberStories()) {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			crashes := runStory(t, &story, pool)
			t.Logf("%d crashes", crashes)
			total.Add(crashes)
		})
	}
}

func runStory(t *testing.T, story *crashStory, pool *memsys.Pool) (crashes int64) {
	t.Helper()
	first := newCrashCase(t, story, pool)
	for outcome := range numOutcomes {
		for id := range first.disks {
			for stop, finished := outcome%everyStop, false; !finished; stop += everyStop {
				c := first.clone()
				c.crash = fmt.Sprintf("outcome %d, %s stopped after %d operations", outcome, id, stop)
				finished = c.run(id, stop, outcome)
				crashes++
			}
		}
	}
	return crashes
}

// newCrashCase makes the cluster and does what comes before the crash.
func newCrashCase(t *testing.T, story *crashStory, pool *memsys.Pool) *crashCase {
	t.Helper()
	c := &crashCase{
		T: t, story: story, pool: pool, disks: map[string]*memfs.FS{}, names: map[string]string{}, certain: contents{}, crash: "before",
		rig: &rig{down: map[string]error{}},
	}
	c.rig.state = newRig(t, "target01").state
	other := wire.DefaultProps(wire.ProviderAIS)
	other.Checksum.Type, other.Versioning.Enabled = string(checksum.MD5), false
	c.apply(t, cluster.CreateBucket(wire.Bucket{Name: "c", Provider: wire.ProviderAIS}, other))
	for i := range max(story.targets, 1) {
		id := fmt.Sprint("target0", i+1)
		if i > 0 {
			c.apply(t, cluster.PutNode(wireNode(id, wire.NodeTarget)))
		}
		c.disks[id] = memfs.New(memfs.Options{})
	}
	c.start()
	for _, s := range story.before {
		check.NoError(t, s.do(c))
		s.apply(c.certain)
	}
	c.stop()
	return c
}

// clone returns the case with disks of its own, on which everything is durable.
func (c *crashCase) clone() *crashCase {
	n := *c
	n.rig = &rig{state: c.rig.state, down: map[string]error{}}
	n.disks, n.certain = maps.Clone(c.disks), maps.Clone(c.certain)
	for id, disk := range n.disks {
		n.disks[id] = disk.Crash(memfs.KeepAll, nil)
	}
	return &n
}

// start opens the stores of all targets, as a start of the cluster does.
func (c *crashCase) start() {
	c.Helper()
	c.starts++
	c.verbs, c.gates, c.stores = map[string]*objects.Verbs{}, map[string]*objects.Gate{}, map[string]*store.Store{}
	c.mounts, c.archives = map[string]*fs.Mounts{}, map[string]*objects.Archives{}
	o := store.Options{Incarnation: c.starts, Pool: c.pool, Uploads: c.limits}
	for id, disk := range c.disks {
		c.mounts[id] = c.openOn(c.T, id, disk, o)
		shards, err := shard.New(c.stores[id], shard.Options{})
		check.NoError(c, err)
		c.archives[id] = objects.NewArchives(c.verbs[id], shards)
	}
}

func (c *crashCase) limits() store.UploadLimits {
	if c.abandon {
		return store.UploadLimits{Time: units.Duration(time.Nanosecond)}
	}
	return store.UploadLimits{}
}

func (c *crashCase) stop() {
	for _, mounts := range c.mounts {
		c.must(mounts.Close())
	}
}

// lose ends the cluster and brings the disks back.
func (c *crashCase) lose(outcome, stop int) {
	for id, disk := range c.disks {
		switch outcome {
		case killed:
			c.disks[id] = disk.Crash(memfs.KeepAll, nil)
		case dropAll:
			c.disks[id] = disk.Crash(memfs.DropAll, nil)
		default:
			c.disks[id] = disk.Crash(memfs.KeepRandom, rand.New(rand.NewPCG(uint64(outcome), uint64(stop))))
		}
	}
}

// apply makes the change of a step.
func (s *crashStep) apply(to contents) {
	if s.change != nil {
		s.change(to)
	}
}

// outcomes are the states that a crash in the step may leave of one.
func (s *crashStep) outcomes(of contents) []contents {
	all := []contents{of}
	for _, change := range append(slices.Clone(s.middle), s.apply) {
		after := maps.Clone(of)
		change(after)
		all = append(all, after)
	}
	return all
}

// run goes through the story with one crash, and reports whether the crash came
// after its end.
func (c *crashCase) run(id string, stop, outcome int) (finished bool) {
	c.Helper()
	c.start()
	c.disks[id].StopAfter(stop)
	steps, done := c.story.crashes, 0
	for ; done < len(steps) && steps[done].do(c) == nil; done++ {
		steps[done].apply(c.certain)
	}
	if finished = !c.disks[id].Stopped(); finished && done < len(steps) {
		c.fail("step %d: %v", done, steps[done].do(c))
	}
	may := []contents{c.certain}
	if done < len(steps) {
		may = steps[done].outcomes(c.certain)
	}
	c.lose(outcome, stop)
	c.start()
	seen := c.see()
	if !slices.ContainsFunc(may, seen.is) {
		c.fail("step %d: there is %.200q; it may be any of %.500q", done, seen, may)
	}
	c.collect()
	if again := c.see(); !again.is(seen) {
		c.fail("collecting has changed %.200q to %.200q", seen, again)
	}
	c.goOn(steps[done:])
	return finished
}

// goOn takes the rest of the story to its end, from the step that met the crash,
// and loses all that is not durable then.
func (c *crashCase) goOn(steps []crashStep) {
	c.Helper()
	for i := range steps {
		err := steps[i].do(c)
		steps[i].apply(c.certain)
		// It may have been done, all but the answer, and find nothing to do.
		if seen := c.see(); !seen.is(c.certain) {
			c.fail("going on: error %v; there is %.200q, want %.200q", err, seen, c.certain)
		}
	}
	c.lose(dropAll, 0)
	c.abandon = true
	c.start()
	c.collect()
	if seen := c.see(); !seen.is(c.certain) {
		c.fail("at the end: there is %.200q, want %.200q", seen, c.certain)
	}
	c.judgeUploads()
	c.stop()
}

// is tells whether there is what there should be. A file that was promoted and
// removed may be there again: its directory is not ours to sync.
func (s contents) is(want contents) bool {
	if _, back := s[sourceFile]; back && want[sourceFile] == "" {
		s = maps.Clone(s)
		delete(s, sourceFile)
	}
	return maps.Equal(s, want)
}

// keys are those of all objects of the story.
func (c *crashCase) keys() []string {
	all := contents{}
	for _, s := range slices.Concat(c.story.before, c.story.crashes) {
		after := contents{}
		s.apply(after)
		maps.Copy(all, after)
	}
	delete(all, sourceFile)
	return slices.Sorted(maps.Keys(all))
}

// see reads all that there is.
func (c *crashCase) see() contents {
	c.Helper()
	seen := contents{}
	for _, key := range c.keys() {
		if text, there := c.read(key); there {
			seen[key] = text
		}
	}
	listed := 0
	for id, s := range c.stores {
		for b := range c.state.Buckets.All() {
			w, err := s.Walk(c.Context(), b, store.WalkOptions{Records: true})
			c.must(err)
			for e, ok := w.Next(c.Context()); ok; e, ok = w.Next(c.Context()) {
				if listed++; e.Problem != nil {
					c.fail("%s lists %q: %v", id, e.Name, e.Problem)
				}
			}
			c.must(w.Err())
		}
	}
	if listed != len(seen) {
		c.fail("%d objects are listed, %d are there: %.200q", listed, len(seen), seen)
	}
	if f, err := c.disks["target01"].Open(sourcePath); err == nil {
		text, err := io.ReadAll(f)
		c.must(errors.Join(err, f.Close()))
		seen[sourceFile] = string(text)
	}
	return seen
}

// read reads an object as a client does.
func (c *crashCase) read(key string) (string, bool) {
	c.Helper()
	content, err := c.verbsOf(key).Open(c.Context(), c.name(key))
	if errors.Is(err, errs.NotFound) {
		return "", false
	}
	c.must(err)
	defer content.Close()
	o := content.Object
	body, err := content.Section(c.Context(), c.name(key), 0, o.Size)
	c.must(err)
	text, err := io.ReadAll(checksum.NewVerifier(body, o.Checksum))
	c.must(err)
	if n := c.name(key); strings.Contains(n.Object, ".tar") {
		return c.members(key), true
	}
	return show(string(text), o.Custom...), true
}

// show is how contents write an object.
func show(text string, custom ...store.Pair) string {
	for _, p := range custom {
		text += "|" + p.Key + "=" + p.Value
	}
	return text
}

// collect collects on all targets and checks that no work files are left.
func (c *crashCase) collect() {
	c.Helper()
	for id, s := range c.stores {
		c.must(s.Collect(c.Context()))
		if left := c.left(id, fs.Work); left > 0 {
			c.fail("%d work files are left on %s", left, id)
		}
	}
}

// judgeUploads checks that nothing is left of uploads: no object is large enough to
// stay in chunks.
func (c *crashCase) judgeUploads() {
	c.Helper()
	for id := range c.disks {
		if left := c.left(id, fs.Uploads) + c.left(id, fs.Chunks); left > 0 {
			c.fail("%d uploads, or chunks, are left on %s", left, id)
		}
	}
}

// left counts what there is of a content type on a target.
func (c *crashCase) left(id string, content fs.Content) (left int) {
	for b := range c.state.Buckets.All() {
		for _, mountpath := range []string{"/mp1", "/mp2"} {
			entries, err := c.disks[id].ReadDir(mountpath + "/@ais/" + b.Name + "/%" + string(content))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				c.must(err)
			}
			left += len(entries)
		}
	}
	return left
}

// name returns the object of a key, "<target>/<bucket>/<object>": one that the
// target of that number owns, whose name begins so.
func (c *crashCase) name(key string) store.Name {
	c.Helper()
	parts := strings.SplitN(key, "/", 3)
	b, ok := c.state.Buckets.Get(wire.Bucket{Name: parts[1], Provider: wire.ProviderAIS})
	if !ok {
		c.fail("there is no bucket of %q", key)
	}
	n := store.Name{Bucket: b, Object: c.names[key]}
	for i := 0; n.Object == ""; i++ {
		n.Object = parts[2]
		if i > 0 {
			n.Object = fmt.Sprint(i, parts[2])
		}
		if owner, err := c.state.Map.Owner(n.Digest()); err != nil || owner.ID != "target0"+parts[0] {
			n.Object = ""
		}
	}
	c.names[key] = n.Object
	return n
}

// verbsOf returns the verbs of the target of a key.
func (c *crashCase) verbsOf(key string) *objects.Verbs { return c.verbs["target0"+key[:1]] }

func (c *crashCase) must(err error) {
	c.Helper()
	if err != nil {
		c.fail("%v", err)
	}
}

func (c *crashCase) fail(format string, arguments ...any) {
	c.Helper()
	for id, disk := range c.disks {
		log := disk.Log()
		c.Logf("%s:\n%s", id, strings.Join(log[max(0, len(log)-40):], "\n"))
	}
	c.Fatalf("%s: %s", c.crash, fmt.Sprintf(format, arguments...))
}

// putStep stores an object.
func putStep(key, text string, custom ...store.Pair) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			_, err := c.verbsOf(key).Put(c.Context(), c.name(key), strings.NewReader(text), store.WriteOptions{Size: int64(len(text)), Custom: custom})
			return err
		},
		change: func(s contents) { s[key] = show(text, custom...) },
	}
}

// deleteStep deletes an object.
func deleteStep(key string) crashStep {
	return crashStep{
		do: func(c *crashCase) error {
			return c.verbsOf(key).Delete(c.Context(), c.name(key), store.DeleteOptions{})
		},
		change: func(s contents) { delete(s, key) },
	}
}
