package store_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

func TestBucketsOfOneName(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	early := r.bucket
	r.mustPut(t, "a", "early")
	late := newBucket("b", early.ID()+1, wire.DurabilityFsync)

	// The later bucket takes the place of the earlier.
	check.NoError(t, r.CreateBucket(t.Context(), late))
	_, err := r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
	r.bucket = late
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	r.mustPut(t, "a", "late")

	// Who still has the earlier one in mind changes nothing.
	stale := &rig{Store: r.Store, fsys: r.fsys, mounts: r.mounts, bucket: early}
	_, err = stale.put(t.Context(), "a", []byte("stale"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, r.Delete(t.Context(), stale.name("a"), store.DeleteOptions{Tombstone: true}), errs.NotFound)
	check.NoError(t, r.DestroyBucket(t.Context(), early))
	check.Equal(t, r.mustRead(t, "a"), "late")

	// A node that starts hears of the earlier one first.
	check.ErrorIs(t, r.CreateBucket(t.Context(), early), errs.Unavailable)
	check.Equal(t, r.mustRead(t, "a"), "late")

	// Doing it again changes nothing.
	check.NoError(t, r.CreateBucket(t.Context(), late))
	check.Equal(t, r.mustRead(t, "a"), "late")
	check.NoError(t, r.DestroyBucket(t.Context(), late))
	check.NoError(t, r.DestroyBucket(t.Context(), late))
	_, err = r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
	_, err = r.put(t.Context(), "a", nil, store.WriteOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, errs.CodeOf(err), errs.CodeBucketNotFound)
}

func TestWriterOutlivedByItsBucket(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		r := newRig(t, 1)
		w, err := r.Create(t.Context(), r.name("dir/a"), store.WriteOptions{Size: 1})
		check.NoError(t, err)
		_, err = io.WriteString(w, "x")
		check.NoError(t, err)
		check.NoError(t, r.DestroyBucket(t.Context(), r.bucket))
		if again {
			r.bucket = newBucket("b", r.bucket.ID()+1, wire.DurabilityFsync)
			check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		}
		_, err = w.Commit(t.Context())
		check.ErrorIs(t, err, errs.NotFound)
		check.NoError(t, r.mounts.Available()[0].Suspected())
		check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	}
}

func TestBucketsWithNamespaces(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	names := []wire.Bucket{
		{Name: "b"}, {Name: "b", Provider: "aws"}, {Name: "b", Provider: "ais", Namespace: wire.Namespace{Name: "ns"}},
		{Name: "b", Provider: "ais", Namespace: wire.Namespace{UUID: "uuid", Name: "ns"}}, {Name: "b", Provider: "ais", Namespace: wire.Namespace{UUID: "uuid"}},
	}
	props := *r.bucket.Props
	for i, name := range names {
		own := props
		own.ID = uint64(100 + i)
		if name.Provider == "" {
			own.ID = props.ID // the same as ais://b
		}
		r.bucket = &cluster.Bucket{Bucket: name, Props: &own}
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		check.Equal(t, r.mustPut(t, "a", name.String()).Version, "1")
	}
	check.NoError(t, r.Collect(t.Context()))
	for i, name := range names {
		own := props
		own.ID = uint64(100 + i)
		if name.Provider == "" {
			own.ID = props.ID
		}
		r.bucket = &cluster.Bucket{Bucket: name, Props: &own}
		check.Equal(t, r.mustRead(t, "a"), name.String())
		check.Equal(t, r.names(t, store.WalkOptions{}), []string{"a"})
	}
}

func TestMountpathThatCameLaterGetsTheBucket(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.mustPut(t, "first", "x")
	check.NoError(t, r.mounts.Add("/mp2", ""))
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		_, err := r.Stat(t.Context(), r.name(name))
		check.ErrorIs(t, err, errs.NotFound)
		r.mustPut(t, name, name)
		check.Equal(t, r.mustRead(t, name), name)
	}
	entries, err := r.fsys.ReadDir("/mp2/@ais/b/%ob")
	check.NoError(t, err)
	if len(entries) == 0 {
		t.Fatal("nothing is on the second mountpath")
	}
	check.Equal(t, len(r.names(t, store.WalkOptions{})), 7)

	// Without it, its objects are not there; with it they are again.
	check.NoError(t, r.mounts.Disable("/mp2"))
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, len(r.names(t, store.WalkOptions{})), 7-len(entries))
	_, err = r.Stat(t.Context(), r.name(entries[0].Name))
	check.ErrorIs(t, err, errs.NotFound)
	check.NoError(t, r.mounts.Enable("/mp2"))
	check.Equal(t, r.mustRead(t, entries[0].Name), entries[0].Name)
	check.Equal(t, len(r.names(t, store.WalkOptions{Records: true})), 7)
}

func TestBucketDirectoryWithoutID(t *testing.T) {
	t.Parallel()
	disk := memfs.New(memfs.Options{})
	r := open(t, disk, 1, store.Options{})
	_, err := fs.MakeDirs(disk, "/mp1", "@ais/b/%ob")
	check.NoError(t, err)
	r.bucket = newBucket("b", 7, wire.DurabilityFsync)
	_, err = r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket)) // takes it over
	r.mustPut(t, "a", "x")
	check.Equal(t, r.mustRead(t, "a"), "x")
}

func TestNewWantsAnIncarnation(t *testing.T) {
	t.Parallel()
	_, err := store.New(newRig(t, 1).mounts, store.Options{})
	check.ErrorIs(t, err, errs.Invalid)
}

func TestDestroyOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	kept := r.bucket
	r.mustPut(t, "a", "kept")
	for i, name := range []string{"other", "another"} {
		r.bucket = newBucket(name, uint64(20+i), wire.DurabilityFsync)
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		r.mustPut(t, "a", "x")
	}
	r.bucket = kept
	check.NoError(t, r.DestroyOthers(t.Context(), func(b wire.Bucket, id uint64) bool {
		return b.Name == "b" && id == kept.ID() || b.Name == "other" && id == 20
	}))
	check.Equal(t, r.mustRead(t, "a"), "kept")
	r.bucket = newBucket("other", 20, wire.DurabilityFsync)
	check.Equal(t, r.mustRead(t, "a"), "x")
	r.bucket = newBucket("another", 21, wire.DurabilityFsync)
	_, err := r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestWriteThatMeetsAnotherSetOfMountpaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	writers := map[string]*store.Writer{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		w, err := r.Create(t.Context(), r.name(name), store.WriteOptions{})
		check.NoError(t, err)
		writers[name] = w
	}
	check.NoError(t, r.mounts.Add("/mp2", ""))
	stay := 0
	for name, w := range writers {
		_, err := w.Commit(t.Context())
		if r.Owner(r.name(name)).Root() == "/mp1" {
			check.NoError(t, err)
			stay++
			continue
		}
		check.ErrorIs(t, err, errs.Unavailable) // nobody would look for it there
	}
	if stay == 0 || stay == len(writers) {
		t.Fatalf("%d of %d names stay where they were", stay, len(writers))
	}
}

// Who opens a bucket for reading at the same time as others do for writing must
// not take it away from them.
func TestABucketIsOpenedOnce(t *testing.T) {
	t.Parallel()
	disk, bucket := memfs.New(memfs.Options{}), newBucket("b", 1<<63|7, wire.DurabilityRelaxed)
	first := openUnowned(t, disk, 1, store.Options{})
	check.NoError(t, first.CreateBucket(t.Context(), bucket))
	check.NoError(t, first.mounts.Close())
	for round := range 20 {
		r := openUnowned(t, disk, 1, store.Options{Incarnation: uint64(round + 2)})
		r.bucket = bucket
		var group run.Group
		release, waiting := r.HoldBucket(r.bucket)
		for i := range 4 {
			group.Go(func() {
				_, err := r.Stat(context.Background(), r.name("none"))
				check.ErrorIs(t, err, errs.NotFound)
			})
			group.Go(func() {
				_, err := r.put(context.Background(), fmt.Sprint("o", i), []byte("x"), store.WriteOptions{})
				check.NoError(t, err)
			})
		}
		check.Eventually(t, func() bool { return waiting() == 8 })
		release()
		group.Wait()
		check.NoError(t, r.mounts.Close())
	}
}
