package store_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/memsys"
	"aistore/store"
)

// rig is a store with what is under it.
type rig struct {
	*store.Store
	fsys   fs.FS
	mounts *fs.Mounts
	bucket *cluster.Bucket
}

// paths are the mountpaths of tests.
func paths(n int) []string {
	return []string{"/mp1", "/mp2", "/mp3", "/mp4"}[:n]
}

// testPool lends buffers to all stores of the tests.
func testPool(t testing.TB) *memsys.Pool {
	t.Helper()
	pool, err := memsys.New(memsys.Options{})
	check.NoError(t, err)
	return pool
}

// newBucket returns a bucket with the default properties.
func newBucket(name string, id uint64, durability string) *cluster.Bucket {
	props := wire.DefaultProps(wire.ProviderAIS)
	props.ID = id
	props.Durability = durability
	return &cluster.Bucket{Bucket: wire.Bucket{Name: name, Provider: wire.ProviderAIS}, Props: &props}
}

// open opens a store on fsys, as a target does when it starts, and closes it
// with the test.
func open(t testing.TB, fsys fs.FS, mountpaths int, o store.Options) *rig {
	t.Helper()
	r := openUnowned(t, fsys, mountpaths, o)
	t.Cleanup(func() { r.mounts.Close() })
	return r
}

// openUnowned is open for who closes the mountpaths.
func openUnowned(t testing.TB, fsys fs.FS, mountpaths int, o store.Options) *rig {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: fsys, Paths: paths(mountpaths), TargetID: "t1", Test: true})
	check.NoError(t, err)
	if o.Incarnation == 0 {
		o.Incarnation = 1
	}
	if o.Pool == nil {
		o.Pool = testPool(t)
	}
	s, err := store.New(mounts, o)
	check.NoError(t, err)
	return &rig{Store: s, fsys: fsys, mounts: mounts}
}

// newRig opens a store in memory with one durable bucket.
func newRig(t testing.TB, mountpaths int) *rig {
	t.Helper()
	r := open(t, memfs.New(memfs.Options{}), mountpaths, store.Options{})
	r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	return r
}

// newFaultyRig is newRig on a disk that can be broken: faulty is what the store
// sees of disk.
func newFaultyRig(t testing.TB) (r *rig, faulty *faultfs.FS, disk *memfs.FS) {
	t.Helper()
	disk = memfs.New(memfs.Options{})
	faulty = faultfs.New(disk)
	r = open(t, faulty, 1, store.Options{})
	r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	return r, faulty, disk
}

func (r *rig) name(object string) store.Name { return store.Name{Bucket: r.bucket, Object: object} }

// put stores content as an object.
func (r *rig) put(ctx context.Context, object string, content []byte, o store.WriteOptions) (*store.Object, error) {
	if o.Size == 0 {
		o.Size = int64(len(content))
	}
	w, err := r.Create(ctx, r.name(object), o)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := w.ReadFrom(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	return w.Commit(ctx)
}

func (r *rig) mustPut(t testing.TB, object, content string) *store.Object {
	t.Helper()
	o, err := r.put(t.Context(), object, []byte(content), store.WriteOptions{})
	check.NoError(t, err)
	return o
}

// read returns the content of an object.
func (r *rig) read(ctx context.Context, object string) (string, error) {
	reader, err := r.Open(ctx, r.name(object))
	if err != nil {
		return "", err
	}
	defer reader.Close()
	if err := reader.Verify(ctx); err != nil {
		return "", err
	}
	content, err := io.ReadAll(reader)
	return string(content), err
}

func (r *rig) mustRead(t testing.TB, object string) string {
	t.Helper()
	content, err := r.read(t.Context(), object)
	check.NoError(t, err)
	return content
}

// list returns the entries of a walk.
func (r *rig) list(t testing.TB, o store.WalkOptions) []store.Entry {
	t.Helper()
	w, err := r.Walk(t.Context(), r.bucket, o)
	check.NoError(t, err)
	defer w.Close()
	var entries []store.Entry
	for {
		e, ok := w.Next(t.Context())
		if !ok {
			check.NoError(t, w.Err())
			return entries
		}
		entries = append(entries, e)
	}
}

// names returns the names of a walk.
func (r *rig) names(t testing.TB, o store.WalkOptions) []string {
	t.Helper()
	names := []string{}
	for _, e := range r.list(t, o) {
		check.NoError(t, e.Problem)
		names = append(names, e.Name)
	}
	return names
}
