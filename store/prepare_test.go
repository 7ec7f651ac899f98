package store_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// bucketDirs are the directories of buckets on the mountpaths.
func bucketDirs(t testing.TB, fsys fs.FS, mountpaths int) string {
	t.Helper()
	var found []string
	for _, root := range paths(mountpaths) {
		entries, err := fsys.ReadDir(root + "/@ais")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		check.NoError(t, err)
		for _, e := range entries {
			found = append(found, root+"/"+e.Name)
		}
	}
	return strings.Join(found, " ")
}

func TestAPreparedBucketIsTakenOverOrAbandoned(t *testing.T) {
	t.Parallel()
	r := open(t, memfs.New(memfs.Options{}), 2, store.Options{})
	b := newBucket("b", 1<<63|7, "fsync")
	const both = "/mp1/b /mp2/b"
	for range 2 {
		check.NoError(t, r.PrepareBucket(t.Context(), b.Bucket))
		check.NoError(t, r.Collect(t.Context())) // not as long as it may come
		check.Equal(t, bucketDirs(t, r.fsys, 2), both)
	}
	check.NoError(t, r.AbandonBucket(t.Context(), b.Bucket))
	check.NoError(t, r.AbandonBucket(t.Context(), b.Bucket))
	check.Equal(t, bucketDirs(t, r.fsys, 2), "")

	check.NoError(t, r.PrepareBucket(t.Context(), b.Bucket))
	check.NoError(t, r.CreateBucket(t.Context(), b))
	r.bucket = b
	r.mustPut(t, "o", "text")
	// What is there is not undone by who asked for it, nor by who asks again.
	check.NoError(t, r.AbandonBucket(t.Context(), b.Bucket))
	check.NoError(t, r.PrepareBucket(t.Context(), b.Bucket))
	check.NoError(t, r.AbandonBucket(t.Context(), b.Bucket))
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, bucketDirs(t, r.fsys, 2), both)
	got, err := r.read(t.Context(), "o")
	check.NoError(t, err)
	check.Equal(t, got, "text")
	check.NoError(t, r.DestroyBucket(t.Context(), b))
	check.Equal(t, bucketDirs(t, r.fsys, 2), "")
}

func TestADirectoryWithoutIDStaysUnlessItIsEmpty(t *testing.T) {
	t.Parallel()
	r := open(t, memfs.New(memfs.Options{}), 2, store.Options{})
	for _, dir := range []string{"/mp1/@ais", "/mp1/@ais/empty", "/mp1/@ais/restored", "/mp1/@ais/restored/%ob"} {
		check.NoError(t, r.fsys.Mkdir(dir))
	}
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, bucketDirs(t, r.fsys, 1), "/mp1/restored")
}

// Whatever keeps a mountpath from taking a bucket is told by its name, and
// nothing is left on the others.
func TestPrepareBucketRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		harm func(*faultfs.FS)
		want error
	}{
		{"full", func(f *faultfs.FS) { f.Full("/mp2/") }, errs.NoSpace},
		{"read-only", func(f *faultfs.FS) { f.ReadOnly("/mp2/") }, errs.Unavailable},
		{"dead", func(f *faultfs.FS) { f.Dead("/mp2/") }, errs.Unavailable},
		{"no room for a directory", func(f *faultfs.FS) {
			f.Inject(faultfs.Rule{Op: faultfs.Mkdir, Path: "/mp2/", Err: fs.ErrNoSpace})
		}, errs.NoSpace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			disk := memfs.New(memfs.Options{})
			faulty := faultfs.New(disk)
			r := open(t, faulty, 3, store.Options{})
			b := newBucket("b", 1<<63|7, "fsync")
			test.harm(faulty)
			_, err := r.mounts.Available()[1].Refresh()
			if test.name != "dead" {
				check.NoError(t, err)
			}
			err = r.PrepareBucket(t.Context(), b.Bucket)
			check.ErrorIs(t, err, test.want)
			check.Contains(t, errs.PublicOf(err), "mountpath /mp2: ")
			check.Equal(t, bucketDirs(t, disk, 3), "")
		})
	}
}

// TestCrashOfPreparedBuckets stops a bucket that is prepared twice, once for
// nothing, after each operation.
func TestCrashOfPreparedBuckets(t *testing.T) {
	t.Parallel()
	pool := testPool(t)
	crashes := 0
	for outcome := killed; outcome < numOutcome; outcome++ {
		for stop, done := 0, 0; done < 4; stop++ {
			crashes++
			disk := memfs.New(memfs.Options{})
			for _, path := range paths(2) {
				check.NoError(t, disk.Mkdir(path))
			}
			check.NoError(t, disk.SyncDir("/"))
			b := newBucket("b", 1<<63|7, "fsync")
			r := openUnowned(t, disk, 2, store.Options{Pool: pool})
			disk.StopAfter(stop)
			done = prepareAndCreate(t, r, b)
			if outcome == killed {
				disk.StopAfter(-1)
				check.NoError(t, r.mounts.Close())
			} else {
				mode := []memfs.Mode{memfs.DropAll, memfs.KeepAll, memfs.KeepRandom}[min(outcome, 2)]
				disk = disk.Crash(mode, rand.New(rand.NewPCG(uint64(outcome), uint64(stop))))
			}
			r = openUnowned(t, disk, 2, store.Options{Pool: pool, Incarnation: 2})
			r.bucket = b
			check.NoError(t, r.Collect(t.Context()))
			if left := bucketDirs(t, disk, 2); done < 3 && left != "" {
				t.Fatalf("outcome %d, stopped after %d operations: %s are left", outcome, stop, left)
			}
			// Whether the change was committed or not, the bucket can be made, and used.
			check.NoError(t, r.PrepareBucket(t.Context(), b.Bucket))
			check.NoError(t, r.CreateBucket(t.Context(), b))
			r.mustPut(t, "o", "text")
			check.NoError(t, r.DestroyBucket(t.Context(), b))
			check.Equal(t, bucketDirs(t, disk, 2), "")
			check.NoError(t, r.mounts.Close())
		}
	}
	t.Logf("%d crashes", crashes)
}

// prepareAndCreate returns how many of its steps were acknowledged.
func prepareAndCreate(t *testing.T, r *rig, b *cluster.Bucket) (done int) {
	for _, step := range []func() error{
		func() error { return r.PrepareBucket(t.Context(), b.Bucket) },
		func() error { return r.AbandonBucket(t.Context(), b.Bucket) },
		func() error { return r.PrepareBucket(t.Context(), b.Bucket) },
		func() error { return r.CreateBucket(t.Context(), b) },
	} {
		if step() != nil {
			break
		}
		done++
	}
	return done
}
