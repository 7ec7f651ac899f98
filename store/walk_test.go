package store_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// TestWalkOnDisk compares every walk over a small tree on the real file system
// with what the names say.
func TestWalkOnDisk(t *testing.T) {
	t.Parallel()
	r := osRig(t)
	r.bucket = newBucket("b2", 1<<63|9, wire.DurabilityRelaxed)
	m := model{rig: r, objects: map[string]modelObject{}}
	names := []string{"a", "a-b", "a/b", "a/b/c", "a/b/c/d", "a/b-", "b", "c/d/e", "c/", "c//x", "d/" + strings.Repeat("long", 60), "d/" + strings.Repeat("long", 60) + "/x"}
	for i := range 100 { // more than a glance shows
		names = append(names, fmt.Sprintf("many/%02d", i), fmt.Sprintf("deep/%02d/x", i))
	}
	for _, name := range names {
		r.mustPut(t, name, "")
		m.objects[name] = modelObject{}
	}
	root := r.mounts.Available()[0].Root() + "/@ais/b2/%ob/"
	for _, empty := range []string{"empty", "empty2/deeper", "a/b/c/empty"} {
		_, err := fs.MakeDirs(fs.NewOS(), root, empty)
		check.NoError(t, err)
	}
	cuts := []string{"", "a", "a/", "a/b", "a/b/", "a/b/c", "b", "c", "c/", "c//", "d/", "d/longlong", "deep", "deep/", "deep/50", "deep/50/", "e", "many/", "many/5", "many/99", "n", ".."}
	for _, prefix := range cuts {
		for _, after := range cuts {
			for _, delimiter := range []string{"", "/"} {
				o := store.WalkOptions{Prefix: prefix, After: after, Delimiter: delimiter}
				if got, want := r.names(t, o), m.want(o); !slices.Equal(got, want) {
					t.Errorf("walk %+v: got %q, want %q", o, got, want)
				}
			}
		}
	}
}

func TestWalkRefusesBadOptions(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	for _, o := range []store.WalkOptions{{Delimiter: "-"}, {Delimiter: "/", Tombstones: true}} {
		_, err := r.Walk(t.Context(), r.bucket, o)
		check.ErrorIs(t, err, errs.Invalid)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.mustPut(t, "a", "x")
	w, err := r.Walk(ctx, r.bucket, store.WalkOptions{})
	check.NoError(t, err)
	cancel()
	_, ok := w.Next(ctx)
	check.Equal(t, ok, false)
	check.ErrorIs(t, w.Err(), errs.Canceled)
}

// wide shows a directory with many files that are not there.
type wide struct {
	fs.FS
	entries []fs.Entry
}

func (w wide) ReadDir(path string) ([]fs.Entry, error) {
	if !strings.HasSuffix(path, "/%ob/dir") {
		return w.FS.ReadDir(path)
	}
	return w.entries, nil
}

func TestWalkOfAMillionNamesTakesModestMemory(t *testing.T) {
	const count, most = 1_000_000, 120 // names, bytes for each beside its text
	disk := wide{FS: memfs.New(memfs.Options{})}
	for i := range count {
		disk.entries = append(disk.entries, fs.Entry{Name: fmt.Sprintf("%08d", i*7919%count), Regular: true})
	}
	r := open(t, disk, 1, store.Options{})
	r.bucket = newBucket("b", 7, wire.DurabilityRelaxed)
	r.mustPut(t, "dir/x", "")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w, err := r.Walk(t.Context(), r.bucket, store.WalkOptions{})
	check.NoError(t, err)
	last := ""
	for range count / 2 {
		e, ok := w.Next(t.Context())
		if !ok || e.Name <= last {
			t.Fatalf("%q after %q, %v", e.Name, last, w.Err())
		}
		last = e.Name
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took := int64(after.HeapAlloc) - int64(before.HeapAlloc); took > count*most {
		t.Fatalf("the walk holds %d bytes for %d names", took, count)
	}
	runtime.KeepAlive(w)
}
