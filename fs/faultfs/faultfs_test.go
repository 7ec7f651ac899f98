package faultfs_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/fstest"
	"aistore/fs/memfs"
	"aistore/internal/check"
)

func TestWithoutRulesNothingFails(t *testing.T) {
	t.Parallel()
	fstest.Run(t, func(t *testing.T) (fs.FS, string) {
		if t.Name()[len(t.Name())-1]%2 == 0 { // over either kind
			return faultfs.New(fs.NewOS()), t.TempDir()
		}
		disk := faultfs.New(memfs.New(memfs.Options{}))
		check.NoError(t, disk.Mkdir("/dir"))
		return disk, "/dir"
	})
}

func newDisk(t *testing.T) *faultfs.FS {
	t.Helper()
	disk := faultfs.New(memfs.New(memfs.Options{}))
	check.NoError(t, disk.Mkdir("/mp1"))
	check.NoError(t, disk.Mkdir("/mp2"))
	return disk
}

func create(t *testing.T, disk *faultfs.FS, name string) fs.File {
	t.Helper()
	file, err := disk.Create(name)
	check.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestTheNthMatchFails(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	fault := disk.Inject(faultfs.Rule{Op: faultfs.Sync, Path: "/mp1/", After: 2, Times: 1, Err: fs.ErrIO})
	a, b := create(t, disk, "/mp1/a"), create(t, disk, "/mp2/b")
	for i := range 5 {
		check.NoError(t, b.Sync())
		if i == 2 {
			check.ErrorIs(t, a.Sync(), fs.ErrIO)
		} else {
			check.NoError(t, a.Sync())
		}
	}
	check.Equal(t, fault.Hits(), 1)
	disk.Inject(faultfs.Rule{Op: faultfs.Close, Err: fs.ErrIO})
	check.ErrorIs(t, a.Close(), fs.ErrIO)
	check.ErrorIs(t, a.Close(), fs.ErrIO) // it was closed all the same
}

func TestRenameMatchesBothPaths(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	create(t, disk, "/mp1/a")
	fault := disk.Inject(faultfs.Rule{Op: faultfs.Rename, Path: "/b", Err: fs.ErrNoSpace})
	check.ErrorIs(t, disk.Rename("/mp1/a", "/mp1/b"), fs.ErrNoSpace)
	fault.End()
	check.NoError(t, disk.Rename("/mp1/a", "/mp1/b"))
}

func TestFull(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	file := create(t, disk, "/mp1/a")
	full := disk.Full("/mp1/")
	n, err := file.Write([]byte("0123456789"))
	check.ErrorIs(t, err, fs.ErrNoSpace)
	check.Equal(t, n, 5)
	check.ErrorIs(t, file.Preallocate(1), fs.ErrNoSpace)
	check.ErrorIs(t, file.SetXattr("user.a", nil), fs.ErrNoSpace)
	_, err = disk.Create("/mp1/b")
	check.ErrorIs(t, err, fs.ErrNoSpace)
	_, err = disk.OpenFile("/mp1/b", os.O_CREATE|os.O_RDWR)
	check.ErrorIs(t, err, fs.ErrNoSpace)
	check.ErrorIs(t, disk.Mkdir("/mp1/c"), fs.ErrNoSpace)
	usage, err := disk.Usage("/mp1")
	check.NoError(t, err)
	check.Equal(t, usage.Available, int64(0))

	other, err := disk.Usage("/mp2")
	check.NoError(t, err)
	check.Equal(t, other.Available > 0, true)
	create(t, disk, "/mp2/b")
	_, err = disk.Create("/mp1/a")
	check.ErrorIs(t, err, fs.ErrExist)
	check.NoError(t, file.Sync())
	check.NoError(t, disk.Rename("/mp1/a", "/mp1/b"))
	check.NoError(t, disk.Remove("/mp1/b"))
	full.End()
	create(t, disk, "/mp1/c")
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	file := create(t, disk, "/mp1/a")
	disk.ReadOnly("/mp1/")
	_, err := file.Write([]byte("x"))
	check.ErrorIs(t, err, fs.ErrReadOnly)
	_, err = disk.OpenFile("/mp1/a", os.O_RDWR)
	check.ErrorIs(t, err, fs.ErrReadOnly)
	check.ErrorIs(t, disk.Remove("/mp1/a"), fs.ErrReadOnly)
	check.ErrorIs(t, disk.Rename("/mp2/a", "/mp1/a"), fs.ErrReadOnly)
	check.ErrorIs(t, disk.SetXattr("/mp1/a", "user.a", nil), fs.ErrReadOnly)
	_, err = disk.Lock("/mp1/lock")
	check.ErrorIs(t, err, fs.ErrReadOnly)
	_, err = disk.Open("/mp1/a")
	check.NoError(t, err)
	_, err = disk.ReadDir("/mp1")
	check.NoError(t, err)
}

func TestDead(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	file := create(t, disk, "/mp1/a")
	dead := disk.Dead("/mp1/")
	for _, use := range []func() error{
		file.Sync,
		func() error { _, err := file.Read(make([]byte, 1)); return err },
		func() error { _, err := disk.ReadDir("/mp1"); return err },
		func() error { _, err := disk.Usage("/mp1"); return err },
		func() error { _, err := disk.Lstat("/mp1"); return err },
	} {
		check.ErrorIs(t, use(), fs.ErrIO)
	}
	check.Equal(t, dead.Hits(), 5)
	check.NoError(t, file.Close())
}

func TestSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := newDisk(t)
		file := create(t, disk, "/mp1/a")
		slow := disk.Slow(faultfs.Sync, "/mp1/", time.Minute)
		began := time.Now()
		check.NoError(t, file.Sync())
		check.NoError(t, disk.SyncDir("/mp1"))
		check.Equal(t, time.Since(began), time.Minute)
		check.Equal(t, slow.Hits(), 1)
	})
}

func TestBeforeSeesTheCall(t *testing.T) {
	t.Parallel()
	disk := newDisk(t)
	var calls []faultfs.Call
	disk.Inject(faultfs.Rule{Path: "/mp1/a", Before: func(c faultfs.Call) { calls = append(calls, c) }})
	create(t, disk, "/mp1/a")
	check.NoError(t, disk.Rename("/mp1/a", "/mp1/b"))
	check.Equal(t, calls, []faultfs.Call{
		{Op: faultfs.Create, Path: "/mp1/a"},
		{Op: faultfs.Rename, Path: "/mp1/a", Target: "/mp1/b"},
	})
}
