package fs_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// forest makes files in nested directories below dir, n in all.
func forest(t *testing.T, fsys fs.FS, dir string, n int) {
	t.Helper()
	for i := range n {
		put(t, fsys, fmt.Sprintf("%s/%d/%d/f", dir, i%7, i), "x")
	}
}

func trashed(t *testing.T, fsys fs.FS) int {
	t.Helper()
	entries, err := fsys.ReadDir("/mp1/$trash")
	check.NoError(t, err)
	return len(entries)
}

func TestTrashIsEmptiedStepByStep(t *testing.T) {
	t.Parallel()
	disk := rack(t, 1)
	mp := first(t, open(t, options(disk, 1)))
	forest(t, disk, "/mp1/@ais/b", 40)
	put(t, disk, "/mp1/@ais/file", "x")
	check.NoError(t, mp.Trash("/mp1/@ais/b"))
	check.NoError(t, mp.Trash("/mp1/@ais/file"))
	check.NoError(t, mp.Trash("/mp1/@ais/missing"))
	check.Equal(t, exists(disk, "/mp1/@ais/b"), false)
	check.Equal(t, trashed(t, disk), 2)

	steps := 0
	for more := true; more; steps++ {
		before := disk.Ops()
		var err error
		more, err = mp.EmptyTrash(t.Context(), 10)
		check.NoError(t, err)
		check.Equal(t, disk.Ops()-before <= 10, true)
	}
	check.Equal(t, steps, 9) // 41 files, 48 directories
	check.Equal(t, trashed(t, disk), 0)
}

func TestTrashOfEarlierRunsIsEmptied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := rack(t, 1)
		mounts, err := fs.OpenMounts(t.Context(), options(disk, 1))
		check.NoError(t, err)
		forest(t, disk, "/mp1/@ais/b", 1000)
		check.NoError(t, first(t, mounts).Trash("/mp1/@ais/b"))
		check.NoError(t, mounts.Close())

		mounts = open(t, options(disk, 1))
		ctx, cancel := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() { check.NoError(t, mounts.Run(ctx)) })
		time.Sleep(time.Minute)
		check.Equal(t, trashed(t, disk), 0)

		// What comes while it runs goes at once too.
		forest(t, disk, "/mp1/@ais/c", 1000)
		check.NoError(t, first(t, mounts).Trash("/mp1/@ais/c"))
		time.Sleep(time.Second)
		check.Equal(t, trashed(t, disk), 0)
		cancel()
		group.Wait()
		open(t, options(disk, 1)) // Run has closed the mountpaths
	})
}

func TestTrashLeavesWhatCannotBeRemoved(t *testing.T) {
	t.Parallel()
	disk := faultfs.New(rack(t, 1))
	mp := first(t, open(t, options(disk, 1)))
	forest(t, disk, "/mp1/@ais/b", 20)
	check.NoError(t, mp.Trash("/mp1/@ais/b"))
	fault := disk.Inject(faultfs.Rule{Op: faultfs.Remove, Path: "/3/10/f", Err: fs.ErrPermission})
	more, err := mp.EmptyTrash(t.Context(), 1000)
	check.ErrorIs(t, err, fs.ErrPermission)
	check.Equal(t, more, false)
	check.Equal(t, trashed(t, disk), 1)
	check.Equal(t, fault.Hits(), 1)
	fault.End()

	// The next thing in the trash takes it along.
	check.NoError(t, disk.Mkdir("/mp1/@ais/c"))
	check.NoError(t, mp.Trash("/mp1/@ais/c"))
	_, err = mp.EmptyTrash(t.Context(), 1000)
	check.NoError(t, err)
	check.Equal(t, trashed(t, disk), 0)
}

func TestTrashSurvivesPowerLoss(t *testing.T) {
	t.Parallel()
	const bucket = "/mp1/@ais/b"
	for n := 0; ; n++ {
		disk := rack(t, 1)
		mounts, err := fs.OpenMounts(t.Context(), options(disk, 1))
		check.NoError(t, err)
		put(t, disk, bucket+"/f", "x")
		for _, dir := range []string{"/mp1", "/mp1/@ais", bucket} {
			check.NoError(t, disk.SyncDir(dir))
		}
		disk.StopAfter(n)
		err = first(t, mounts).Trash(bucket)
		for seed := range uint64(10) {
			after := disk.Crash(memfs.KeepRandom, rand.New(rand.NewPCG(seed, 0)))
			kept, gone := exists(after, bucket+"/f"), trashed(t, after) == 1
			if kept == gone || (err == nil && kept) {
				t.Fatalf("after %d operations, seed %d: in place %v, in the trash %v", n, seed, kept, gone)
			}
		}
		if !disk.Stopped() {
			check.NoError(t, err)
			return
		}
	}
}
