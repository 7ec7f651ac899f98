package shard_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/archive"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/metrics"
	"aistore/store"
	"aistore/store/shard"
)

// rig is a store with archives in it.
type rig struct {
	*shard.Shards
	store  *store.Store
	mounts *fs.Mounts
	fsys   *memfs.FS
	bucket *cluster.Bucket
	scope  *metrics.Scope
}

func open(t testing.TB, fsys *memfs.FS, incarnation uint64) *rig {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: fsys, Paths: []string{"/mp1"}, TargetID: "t1", Test: true})
	check.NoError(t, err)
	s, err := store.New(mounts, store.Options{Incarnation: incarnation})
	check.NoError(t, err)
	props := wire.DefaultProps(wire.ProviderAIS)
	props.ID, props.Durability = 7, wire.DurabilityFsync
	r := &rig{store: s, mounts: mounts, fsys: fsys, bucket: &cluster.Bucket{Bucket: wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, Props: &props}}
	check.NoError(t, s.CreateBucket(t.Context(), r.bucket))
	r.scope = metrics.NewRegistry().Scope(metrics.TargetPrefix)
	r.Shards, err = shard.New(s, shard.Options{Metrics: r.scope})
	check.NoError(t, err)
	return r
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := open(t, memfs.New(memfs.Options{}), 1)
	t.Cleanup(func() { r.mounts.Close() })
	return r
}

func (r *rig) name(object string) store.Name { return store.Name{Bucket: r.bucket, Object: object} }

// put stores bytes as they are.
func (r *rig) put(t testing.TB, object string, content []byte) *store.Object {
	t.Helper()
	w, err := r.store.Create(t.Context(), r.name(object), store.WriteOptions{Size: int64(len(content))})
	check.NoError(t, err)
	defer w.Abort()
	_, err = w.Write(content)
	check.NoError(t, err)
	o, err := w.Commit(t.Context())
	check.NoError(t, err)
	return o
}

// makeTar packs files, name and content in turn.
func makeTar(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		check.NoError(t, w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644}))
		_, err := io.WriteString(w, files[i+1])
		check.NoError(t, err)
	}
	check.NoError(t, w.Close())
	return out.Bytes()
}

// view is an archive opened on its object.
type view struct {
	*shard.Shard
	reader *store.Reader
}

func (r *rig) view(ctx context.Context, object string) (*view, error) {
	reader, err := r.store.Open(ctx, r.name(object))
	if err != nil {
		return nil, err
	}
	opened, err := r.Open(ctx, shard.Source{Name: r.name(object), Object: reader.Object, Content: reader})
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &view{opened, reader}, nil
}

func (v *view) Close() error { return errors.Join(v.Shard.Close(), v.reader.Close()) }

// members returns all members, as names and contents in turn.
func (r *rig) members(t testing.TB, object string) (all []string) {
	t.Helper()
	v, err := r.view(t.Context(), object)
	check.NoError(t, err)
	defer v.Close()
	for m, err := range v.Index.Members() {
		check.NoError(t, err)
		found, err := v.Find(m.Name)
		check.NoError(t, err)
		content, err := v.Archive.Open(t.Context(), found)
		check.NoError(t, err)
		text, err := io.ReadAll(content)
		check.NoError(t, err)
		all = append(all, m.Name, string(text))
	}
	return all
}

// indexed tells whether the index of an object is kept.
func (r *rig) indexed(t testing.TB, object string) bool {
	t.Helper()
	o, err := r.store.Stat(t.Context(), r.name(object))
	check.NoError(t, err)
	c, err := r.store.OpenSidecar(t.Context(), r.name(object), o)
	if errors.Is(err, errs.NotFound) {
		return false
	}
	check.NoError(t, err)
	check.NoError(t, c.Close())
	return true
}

func (r *rig) add(ctx context.Context, w *shard.Writer, files ...string) (*store.Object, error) {
	defer w.Abort()
	for i := 0; i < len(files); i += 2 {
		if err := w.Add(files[i], int64(len(files[i+1])), time.Unix(1, 0), strings.NewReader(files[i+1])); err != nil {
			return nil, err
		}
	}
	return w.Commit(ctx)
}

func (r *rig) create(ctx context.Context, object string, files ...string) (*store.Object, error) {
	w, err := r.Create(ctx, r.name(object), archive.OfName(object), store.WriteOptions{})
	if err != nil {
		return nil, err
	}
	return r.add(ctx, w, files...)
}

func (r *rig) grow(ctx context.Context, object string, files ...string) (*store.Object, error) {
	v, err := r.view(ctx, object)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	w, err := r.Append(ctx, r.name(object), v.Shard, store.WriteOptions{
		Conditions: store.Conditions{IfOrder: v.reader.Object.Order},
	})
	if err != nil {
		return nil, err
	}
	return r.add(ctx, w, files...)
}

func names() []string { return []string{"d/s.tar", "d/s.tgz", "d/s.tar.lz4", "d/s.zip"} }

func TestArchiveIsWrittenWithItsIndex(t *testing.T) {
	for _, object := range names() {
		r := newRig(t)
		_, err := r.create(t.Context(), object, "a", "one", "b/c", "two")
		check.NoError(t, err)
		check.Equal(t, r.indexed(t, object), true)
		check.Equal(t, r.members(t, object), []string{"a", "one", "b/c", "two"})
		_, err = r.grow(t.Context(), object, "d", "three")
		check.NoError(t, err)
		check.Equal(t, r.indexed(t, object), true)
		check.Equal(t, r.members(t, object), []string{"a", "one", "b/c", "two", "d", "three"})
	}
}

func TestIndexIsMadeOnFirstUse(t *testing.T) {
	r := newRig(t)
	r.put(t, "s.tar", makeTar(t, "a", "one"))
	check.Equal(t, r.indexed(t, "s.tar"), false)
	check.Equal(t, r.members(t, "s.tar"), []string{"a", "one"})
	check.Equal(t, r.indexed(t, "s.tar"), true)

	r.put(t, "s.tar", makeTar(t, "b", "two"))
	check.Equal(t, r.indexed(t, "s.tar"), false)
	check.Equal(t, r.members(t, "s.tar"), []string{"b", "two"})

	// found by its content where its name says nothing
	r.put(t, "plain", makeTar(t, "c", "three"))
	check.Equal(t, r.members(t, "plain"), []string{"c", "three"})
	check.NoError(t, r.store.Delete(t.Context(), r.name("plain"), store.DeleteOptions{}))
	_, err := r.view(t.Context(), "plain")
	check.ErrorIs(t, err, errs.NotFound)
}

func TestWhatIsNoArchiveHasNoIndex(t *testing.T) {
	r := newRig(t)
	r.put(t, "text", []byte("not an archive"))
	_, err := r.view(t.Context(), "text")
	check.ErrorIs(t, err, errs.Invalid)
	r.put(t, "broken.tar", makeTar(t, "a", "one")[:700])
	_, err = r.view(t.Context(), "broken.tar")
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, r.indexed(t, "broken.tar"), false)
}

// An index that was damaged on disk is made again.
func TestDamagedIndexIsMadeAgain(t *testing.T) {
	r := newRig(t)
	_, err := r.create(t.Context(), "s.tar", "a", "one", "b", "two")
	check.NoError(t, err)
	entries, err := r.fsys.ReadDir("/mp1/@ais/b/%sc")
	check.NoError(t, err)
	check.Equal(t, len(entries), 1)
	path := "/mp1/@ais/b/%sc/" + entries[0].Name
	info, err := r.fsys.Lstat(path)
	check.NoError(t, err)
	for _, at := range []int64{0, 20, info.Size - 100, info.Size - 1} {
		f, err := r.fsys.OpenFile(path, 2)
		check.NoError(t, err)
		_, err = f.WriteAt([]byte("!"), at)
		check.NoError(t, err)
		check.NoError(t, f.Close())
		check.Equal(t, r.members(t, "s.tar"), []string{"a", "one", "b", "two"})
	}
	check.Equal(t, r.indexed(t, "s.tar"), true)
}

func TestAppendNamesTheGenerationItContinues(t *testing.T) {
	r := newRig(t)
	_, err := r.create(t.Context(), "s.tar", "a", "one")
	check.NoError(t, err)
	v, err := r.view(t.Context(), "s.tar")
	check.NoError(t, err)
	defer v.Close()
	w, err := r.Append(t.Context(), r.name("s.tar"), v.Shard, store.WriteOptions{
		Conditions: store.Conditions{IfOrder: v.reader.Object.Order},
	})
	check.NoError(t, err)
	_, err = r.grow(t.Context(), "s.tar", "b", "two")
	check.NoError(t, err)
	_, err = r.add(t.Context(), w, "c", "three")
	check.ErrorIs(t, err, errs.Precondition)
	check.Equal(t, r.members(t, "s.tar"), []string{"a", "one", "b", "two"})
	_, err = r.grow(t.Context(), "s.tar", "b", "again")
	check.ErrorIs(t, err, errs.Exists)
}

// Power loss after any operation of creating and appending leaves the archive of
// before or after, whole, and an index that is right or made again.
func TestCrashDuringCreateAndAppend(t *testing.T) {
	var crashes atomic.Int64
	t.Cleanup(func() { t.Logf("%d crashes", crashes.Load()) })
	for _, object := range names() {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				for stop, done := 0, false; !done; stop++ {
					done = crash(t, object, stop, seed)
					crashes.Add(1)
				}
			}
		})
	}
}

// crash creates an archive and appends to it twice, until the disk stops.
func crash(t *testing.T, object string, stop int, seed uint64) (done bool) {
	t.Helper()
	disk := memfs.New(memfs.Options{})
	r := open(t, disk, 1)
	states := [][]string{nil, {"a", "one"}, {"a", "one", "b", strings.Repeat("two", 500)}, {"a", "one", "b", strings.Repeat("two", 500), "c", ""}}
	disk.StopAfter(stop)
	reached := 0
	if _, err := r.create(t.Context(), object, states[1]...); err == nil {
		reached++
		if _, err := r.grow(t.Context(), object, states[2][2:]...); err == nil {
			reached++
			if _, err := r.grow(t.Context(), object, states[3][4:]...); err == nil {
				reached++
			}
		}
	}
	mode := []memfs.Mode{memfs.DropAll, memfs.KeepAll, memfs.KeepRandom, memfs.KeepRandom}[seed]
	_ = r.mounts.Close() // the disk may have stopped
	after := open(t, disk.Crash(mode, rand.New(rand.NewPCG(seed, uint64(stop)))), 2)
	defer after.mounts.Close()
	var got []string
	if _, err := after.store.Stat(t.Context(), after.name(object)); !errors.Is(err, errs.NotFound) {
		check.NoError(t, err)
		got = after.members(t, object)
	}
	text := fmt.Sprint(got)
	if text != fmt.Sprint(states[reached]) && (reached == 3 || text != fmt.Sprint(states[reached+1])) {
		t.Fatalf("stopped after %d operations, %d steps done: the archive has %.100s", stop, reached, text)
	}
	check.NoError(t, after.store.Collect(t.Context()))
	entries, err := after.fsys.ReadDir("/mp1/@ais/b/%wk")
	check.NoError(t, err)
	if len(entries) > 0 {
		t.Fatalf("stopped after %d operations: work files are left: %v", stop, entries)
	}
	if got != nil { // and it goes on
		_, err := after.grow(t.Context(), object, "last", "four")
		check.NoError(t, err)
		check.Equal(t, after.members(t, object), append(got, "last", "four"))
	}
	return reached == 3
}

func TestArchivesHaveABound(t *testing.T) {
	r := newRig(t)
	shards, err := shard.New(r.store, shard.Options{MaxSize: func() int64 { return 4000 }})
	check.NoError(t, err)
	r.Shards = shards
	_, err = r.create(t.Context(), "s.tar", "a", strings.Repeat("a", 1000))
	check.NoError(t, err)
	_, err = r.grow(t.Context(), "s.tar", "b", strings.Repeat("b", 3000))
	check.ErrorIs(t, err, errs.TooLarge)
	check.Contains(t, err.Error(), "limits.max_object")
	check.Equal(t, r.members(t, "s.tar"), []string{"a", strings.Repeat("a", 1000)})
}

// A request that gives up leaves the making of an index to go on: the next finds
// it. Many requests for one archive make its index once.
func TestIndexIsMadeWithoutTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, stop := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() { check.NoError(t, r.Run(ctx)) })
		synctest.Wait()
		r.put(t, "s.tar", makeTar(t, "a", "one"))
		impatient, giveUp := context.WithCancel(t.Context())
		giveUp()
		reader, err := r.store.Open(t.Context(), r.name("s.tar"))
		check.NoError(t, err)
		defer reader.Close()
		opened, err := r.Open(impatient, shard.Source{Name: r.name("s.tar"), Object: reader.Object, Content: reader})
		if err == nil {
			check.NoError(t, opened.Close())
		} else {
			check.ErrorIs(t, err, errs.Canceled)
		}
		synctest.Wait()
		check.Equal(t, r.indexed(t, "s.tar"), true)

		r.put(t, "many.tar", makeTar(t, "b", "two"))
		for range 20 {
			group.Go(func() { check.Equal(t, r.members(t, "many.tar"), []string{"b", "two"}) })
		}
		synctest.Wait()
		r.put(t, "broken.tar", makeTar(t, "a", "one")[:700])
		_, err = r.view(t.Context(), "broken.tar")
		check.ErrorIs(t, err, errs.Invalid)
		stop()
		group.Wait()
		check.Equal(t, r.scope.Snapshot()["archive_index_built_total"], int64(2))
		r.put(t, "late.tar", makeTar(t, "c", "three"))
		check.Equal(t, r.members(t, "late.tar"), []string{"c", "three"})
	})
}
