package fs_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/hrw"
	"aistore/internal/run"
)

// rack returns a file system in memory with disks mounted at /mp1 … /mp<n>.
func rack(t *testing.T, n int) *memfs.FS {
	t.Helper()
	disk := memfs.New(memfs.Options{})
	for _, root := range paths(n) {
		check.NoError(t, disk.Mkdir(root))
		check.NoError(t, disk.Mount(root, 1<<30))
	}
	check.NoError(t, disk.Mkdir("/conf"))
	check.NoError(t, disk.SyncDir("/"))
	return disk
}

func paths(n int) []string { return []string{"/mp1", "/mp2", "/mp3"}[:n] }

func options(fsys fs.FS, n int) fs.MountOptions {
	return fs.MountOptions{FS: fsys, Paths: paths(n), TargetID: "t1", Memory: "/conf/mountpaths"}
}

// open opens mountpaths that the test closes.
func open(t *testing.T, o fs.MountOptions) *fs.Mounts {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), o)
	check.NoError(t, err)
	t.Cleanup(func() { check.NoError(t, mounts.Close()) })
	return mounts
}

func first(t *testing.T, mounts *fs.Mounts) *fs.Mountpath {
	t.Helper()
	return mounts.Available()[0]
}

func put(t *testing.T, fsys fs.FS, name, text string) {
	t.Helper()
	_, err := fs.MakeDirs(fsys, "/", path.Dir(name))
	check.NoError(t, err)
	file, err := fsys.Create(name)
	check.NoError(t, err)
	_, err = file.Write([]byte(text))
	check.NoError(t, err)
	check.NoError(t, file.Close())
}

func exists(fsys fs.FS, name string) bool {
	_, err := fsys.Lstat(name)
	return err == nil
}

func TestMountpathsKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	disk := rack(t, 2)
	o := options(disk, 2)
	o.Labels = map[string]string{"/mp1": "fast"}
	mounts, err := fs.OpenMounts(t.Context(), o)
	check.NoError(t, err)
	mp := first(t, mounts)
	check.Equal(t, mp.Root(), "/mp1")
	check.Equal(t, mp.Label(), "fast")
	check.Equal(t, mp.Identity().Target, "t1")
	check.Equal(t, mp.Away(), 0)
	check.NoError(t, mounts.Close())
	check.NoError(t, mounts.Close())

	again := first(t, open(t, o))
	check.Equal(t, again.Identity().UUID, mp.Identity().UUID)
	entries, err := disk.ReadDir("/mp1")
	check.NoError(t, err)
	check.Equal(t, len(entries), 3) // id file, lock, trash: no probe is left
}

func TestOwnerFollowsFromThePaths(t *testing.T) {
	t.Parallel()
	mounts := open(t, options(rack(t, 3), 3))
	var candidates []hrw.Candidate
	for _, root := range paths(3) {
		candidates = append(candidates, hrw.Candidate{Digest: hrw.Digest(root)})
	}
	for digest := range uint64(200) {
		digest = hrw.Mix(digest)
		owner := mounts.Owner(digest)
		check.Equal(t, owner.Root(), paths(3)[hrw.Owner(candidates, digest)])
		ranked := mounts.Ranked(digest, 2)
		check.Equal(t, len(ranked), 2)
		check.Equal(t, ranked[0] == owner, true)
		check.Equal(t, ranked[1] != owner, true)
	}
	check.Equal(t, len(mounts.Ranked(1, 9)), 3)
	mp, found := mounts.ByPath("/mp2")
	check.Equal(t, found, true)
	check.Equal(t, mp.Digest(), hrw.Digest("/mp2"))
}

func TestPathsOnAMountpath(t *testing.T) {
	t.Parallel()
	mp := first(t, open(t, options(rack(t, 1), 1)))
	for want, b := range map[string]fs.Bucket{
		"/mp1/@ais/b":         {Provider: "ais", Name: "b"},
		"/mp1/@ais/#ns/b":     {Provider: "ais", Namespace: "ns", Name: "b"},
		"/mp1/@ais/@uu#ns/b":  {Provider: "ais", UUID: "uu", Namespace: "ns", Name: "b"},
		"/mp1/@aws/@uu#/b.-_": {Provider: "aws", UUID: "uu", Name: "b.-_"},
	} {
		check.Equal(t, mp.BucketDir(b), want)
		check.Equal(t, mp.ContentDir(b, fs.Objects), want+"/%ob")
		check.Equal(t, mp.Path(b, fs.Work, "x/y"), want+"/%wk/x/y")
	}
}

func TestBucketsFoundOnAMountpath(t *testing.T) {
	t.Parallel()
	disk := rack(t, 1)
	mounts := open(t, options(disk, 1))
	want := map[fs.Bucket]bool{
		{Provider: "ais", Name: "b"}:                                  true,
		{Provider: "aws", Name: "b"}:                                  true,
		{Provider: "ais", Namespace: "ns", Name: "c"}:                 true,
		{Provider: "ais", UUID: "u", Name: "c"}:                       true,
		{Provider: "ais", UUID: "u", Namespace: "n", Name: ".system"}: true,
	}
	for b := range want {
		put(t, disk, first(t, mounts).Path(b, fs.Objects, "x/@y/#z/o"), "")
	}
	put(t, disk, "/mp1/lost+found/x", "")
	put(t, disk, "/mp1/@ais/file", "")
	got := map[fs.Bucket]bool{}
	buckets, err := first(t, mounts).Buckets()
	check.NoError(t, err)
	for _, b := range buckets {
		got[b] = true
	}
	check.Equal(t, got, want)
}

// foldFS takes names for equal that differ in case.
type foldFS struct{ fs.FS }

func (f foldFS) OpenFile(name string, flag int) (fs.File, error) {
	return f.FS.OpenFile(strings.ToLower(name), flag)
}
func (f foldFS) Lstat(name string) (fs.Info, error) { return f.FS.Lstat(strings.ToLower(name)) }
func (f foldFS) Remove(name string) error           { return f.FS.Remove(strings.ToLower(name)) }
func (f foldFS) Rename(a, b string) error           { return f.FS.Rename(strings.ToLower(a), strings.ToLower(b)) }

func TestRefusals(t *testing.T) {
	t.Parallel()
	used := func(t *testing.T, disk *memfs.FS) {
		mounts, err := fs.OpenMounts(t.Context(), options(disk, 2))
		check.NoError(t, err)
		check.NoError(t, mounts.Close())
	}
	for name, r := range map[string]struct {
		prepare func(t *testing.T, disk *memfs.FS) fs.FS // nil FS is disk
		change  func(o *fs.MountOptions)
		kind    errs.Kind
		advice  string
	}{
		"none":       {change: func(o *fs.MountOptions) { o.Paths = nil }, kind: errs.Invalid, advice: "configure fspaths"},
		"no id":      {change: func(o *fs.MountOptions) { o.TargetID = "" }, kind: errs.Invalid, advice: "needs an id"},
		"relative":   {change: func(o *fs.MountOptions) { o.Paths = []string{"mp1"} }, kind: errs.Invalid, advice: "absolute"},
		"not clean":  {change: func(o *fs.MountOptions) { o.Paths = []string{"/mp1/"} }, kind: errs.Invalid, advice: "absolute"},
		"root":       {change: func(o *fs.MountOptions) { o.Paths = []string{"/"} }, kind: errs.Invalid, advice: "other than /"},
		"long":       {change: func(o *fs.MountOptions) { o.Paths = []string{"/" + strings.Repeat("a/", 256) + "a"} }, kind: errs.Invalid, advice: "at most 512"},
		"missing":    {change: func(o *fs.MountOptions) { o.Paths = []string{"/mp9"} }, kind: errs.NotFound, advice: "mount the disk, or make"},
		"twice":      {change: func(o *fs.MountOptions) { o.Paths = []string{"/mp1", "/mp1"} }, kind: errs.Invalid, advice: "once"},
		"one disk":   {change: func(o *fs.MountOptions) { o.Paths = []string{"/mp1", "/conf", "/other"} }, prepare: otherDir, kind: errs.Invalid, advice: "each disk once"},
		"nested":     {change: func(o *fs.MountOptions) { o.Paths = []string{"/mp1", "/mp1/in"}; o.Test = true }, kind: errs.Invalid, advice: "separate"},
		"file":       {prepare: fileAt("/f"), change: func(o *fs.MountOptions) { o.Paths = []string{"/f"} }, kind: errs.Invalid, advice: "no directory"},
		"no xattrs":  {prepare: noXattrs, kind: errs.Unsupported, advice: "user_xattr"},
		"folds case": {prepare: func(_ *testing.T, disk *memfs.FS) fs.FS { return foldFS{disk} }, kind: errs.Unsupported, advice: "case"},
		"read-only":  {prepare: faulty(func(f *faultfs.FS) { f.ReadOnly("/mp1/") }), kind: errs.Unavailable, advice: "remount it read-write"},
		"not allowed": {prepare: faulty(func(f *faultfs.FS) {
			f.Inject(faultfs.Rule{Op: faultfs.OpenFile, Path: "/mp1/", Err: fs.ErrPermission})
		}), kind: errs.Forbidden, advice: "owner"},
		"dead": {prepare: faulty(func(f *faultfs.FS) { f.Dead("/mp1/") }), kind: errs.Unavailable, advice: "/mp1"},
		"lying": {prepare: faulty(func(f *faultfs.FS) {
			f.Inject(faultfs.Rule{Op: faultfs.Sync, Path: ".ais.probe", Err: fs.ErrIO})
		}), kind: errs.Unavailable, advice: "/mp1"},
		"other target": {prepare: then(used), change: func(o *fs.MountOptions) { o.TargetID = "t2" }, kind: errs.Conflict, advice: `belongs to target "t1"`},
		"other place":  {prepare: then(used, swapped), kind: errs.Conflict, advice: "mount it there"},
		"fell back": {prepare: then(used, func(t *testing.T, disk *memfs.FS) {
			check.NoError(t, disk.Unmount("/mp2"))
		}), kind: errs.Unavailable, advice: "mount its disk"},
		"other disk": {prepare: then(used, func(t *testing.T, disk *memfs.FS) {
			check.NoError(t, disk.Remove("/mp1/.ais.mountpath"))
			o := options(disk, 1)
			o.Memory = ""
			mounts, err := fs.OpenMounts(t.Context(), o)
			check.NoError(t, err)
			check.NoError(t, mounts.Close())
		}), kind: errs.Conflict, advice: "mount the right disk"},
		"buckets without id": {prepare: then(func(t *testing.T, disk *memfs.FS) { put(t, disk, "/mp1/@ais/b/%ob/o", "") }), kind: errs.Conflict, advice: "restore the file"},
		"damaged id": {prepare: then(used, func(t *testing.T, disk *memfs.FS) {
			check.NoError(t, disk.Remove("/mp1/.ais.mountpath"))
			put(t, disk, "/mp1/.ais.mountpath", "{")
		}), kind: errs.Corrupt, advice: "damaged"},
		"damaged memory": {prepare: then(fileAtPath("/conf/mountpaths")), kind: errs.Corrupt, advice: "/conf/mountpaths"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := rack(t, 2)
			var fsys fs.FS = disk
			if r.prepare != nil {
				fsys = r.prepare(t, disk)
			}
			o := options(fsys, 2)
			if r.change != nil {
				r.change(&o)
			}
			_, err := fs.OpenMounts(t.Context(), o)
			check.ErrorIs(t, err, r.kind)
			check.Equal(t, errs.KindOf(err), r.kind)
			check.Contains(t, err.Error(), r.advice)

			// A refusal holds no lock.
			for _, root := range paths(2) {
				lock, err := disk.Lock(root + "/.ais.lock")
				check.NoError(t, err)
				check.NoError(t, lock.Close())
			}
		})
	}
}

func then(steps ...func(*testing.T, *memfs.FS)) func(*testing.T, *memfs.FS) fs.FS {
	return func(t *testing.T, disk *memfs.FS) fs.FS {
		for _, step := range steps {
			step(t, disk)
		}
		return disk
	}
}

func faulty(inject func(*faultfs.FS)) func(*testing.T, *memfs.FS) fs.FS {
	return func(_ *testing.T, disk *memfs.FS) fs.FS {
		f := faultfs.New(disk)
		inject(f)
		return f
	}
}

func otherDir(t *testing.T, disk *memfs.FS) fs.FS {
	check.NoError(t, disk.Mkdir("/other"))
	return disk
}

func fileAt(name string) func(*testing.T, *memfs.FS) fs.FS { return then(fileAtPath(name)) }

func fileAtPath(name string) func(*testing.T, *memfs.FS) {
	return func(t *testing.T, disk *memfs.FS) { put(t, disk, name, "x") }
}

func noXattrs(t *testing.T, _ *memfs.FS) fs.FS {
	disk := memfs.New(memfs.Options{XattrMax: -1})
	for _, root := range append(paths(2), "/conf") {
		check.NoError(t, disk.Mkdir(root))
		check.NoError(t, disk.Mount(root, 0))
	}
	return disk
}

// swapped exchanges the id files of two disks, as if the disks were.
func swapped(t *testing.T, disk *memfs.FS) {
	file, err := disk.Open("/mp1/.ais.mountpath")
	check.NoError(t, err)
	text := make([]byte, 4096)
	n, _ := file.ReadAt(text, 0)
	check.NoError(t, disk.Remove("/mp2/.ais.mountpath"))
	put(t, disk, "/mp2/.ais.mountpath", string(text[:n]))
}

func TestTestModeMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	disk := memfs.New(memfs.Options{})
	mounts := open(t, fs.MountOptions{FS: disk, Paths: []string{"/tmp/ais/2", "/tmp/ais/1"}, TargetID: "t1", Test: true})
	check.Equal(t, len(mounts.Available()), 2)
	check.Equal(t, first(t, mounts).Root(), "/tmp/ais/1")
	usage, err := disk.Usage("/")
	check.NoError(t, err)
	check.Equal(t, mounts.Usage().Total, usage.Total) // one file system counts once
	check.NoError(t, mounts.Close())

	disk = disk.Crash(memfs.DropAll, nil) // made durably, as the objects on it will be
	for _, dir := range []string{"/tmp/ais/1", "/tmp/ais/2"} {
		_, err := disk.Lstat(dir)
		check.NoError(t, err)
	}
}

func TestOneProcessPerMountpath(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fs.MountOptions{
		"memory": {FS: memfs.New(memfs.Options{}), Paths: []string{"/a"}},
		"os":     {Paths: []string{t.TempDir()}},
	} {
		o.TargetID, o.Test = "t1", true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mounts, err := fs.OpenMounts(t.Context(), o)
			check.NoError(t, err)
			_, err = fs.OpenMounts(t.Context(), o)
			check.ErrorIs(t, err, errs.Busy)
			check.Contains(t, err.Error(), "another process")
			check.NoError(t, mounts.Close())
			open(t, o)
		})
	}
}

// TestOpenMountsSurvivesPowerLoss cuts the power after each operation of the
// first start, and starts again.
func TestOpenMountsSurvivesPowerLoss(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		disk := rack(t, 2)
		disk.StopAfter(n)
		mounts, err := fs.OpenMounts(t.Context(), options(disk, 2))
		for seed := range uint64(12) {
			random := rand.New(rand.NewPCG(seed, uint64(n)))
			for _, mode := range []memfs.Mode{memfs.DropAll, memfs.KeepRandom, memfs.KeepAll} {
				after := disk.Crash(mode, random)
				again, againErr := fs.OpenMounts(t.Context(), options(after, 2))
				if againErr != nil {
					t.Fatalf("after %d operations and crash %q, seed %d: %v\n%s", n, mode, seed, againErr, strings.Join(disk.Log(), "\n"))
				}
				if err == nil {
					check.Equal(t, first(t, again).Identity().UUID, first(t, mounts).Identity().UUID)
				}
			}
		}
		if !errors.Is(err, memfs.ErrStopped) {
			check.NoError(t, err)
			return
		}
	}
}

func TestFullDiskOpens(t *testing.T) {
	t.Parallel()
	disk := faultfs.New(rack(t, 1))
	mounts, err := fs.OpenMounts(t.Context(), options(disk, 1))
	check.NoError(t, err)
	check.NoError(t, mounts.Close())
	put(t, disk, "/mp1/@ais/b/%ob/o", "x")
	disk.Full("/mp1/")
	mounts = open(t, options(disk, 1))
	check.ErrorIs(t, first(t, mounts).Admit(1), errs.NoSpace)
	check.NoError(t, first(t, mounts).Trash("/mp1/@ais/b"))
	_, err = first(t, mounts).EmptyTrash(t.Context(), 100)
	check.NoError(t, err)
	check.Equal(t, exists(disk, "/mp1/@ais/b"), false)
}

func TestCheckNoticesThatTheDiskHasGone(t *testing.T) {
	t.Parallel()
	disk := rack(t, 1)
	mp := first(t, open(t, options(disk, 1)))
	info, err := disk.Lstat("/mp1")
	check.NoError(t, err)
	check.NoError(t, mp.Check(info))
	check.NoError(t, disk.Unmount("/mp1"))
	info, err = disk.Lstat("/mp1")
	check.NoError(t, err)
	check.ErrorIs(t, mp.Check(info), errs.Unavailable)
	check.ErrorIs(t, mp.Recheck(), errs.Unavailable)
	check.ErrorIs(t, mp.Admit(1), errs.Unavailable)
	check.ErrorIs(t, mp.Trash("/mp1/@ais"), errs.Unavailable)
}

func TestAdmitKeepsTheReserve(t *testing.T) {
	t.Parallel()
	disk := rack(t, 1)
	o := options(disk, 1)
	o.Reserve = 100 << 20
	mp := first(t, open(t, o))
	check.Equal(t, mp.Reserve(), int64(100<<20))
	check.NoError(t, mp.Admit(800<<20))
	// Nothing of it was written, which is seen when it gets tight.
	check.NoError(t, mp.Admit(800<<20))
	check.ErrorIs(t, mp.Admit(1<<30), errs.NoSpace)
	check.NoError(t, mp.Admit(800<<20))

	file, err := disk.Create("/mp1/large")
	check.NoError(t, err)
	check.NoError(t, file.Preallocate(900<<20))
	check.NoError(t, file.Close())
	_, err = mp.Refresh()
	check.NoError(t, err)
	check.ErrorIs(t, mp.Admit(30<<20), errs.NoSpace)
	check.NoError(t, disk.Remove("/mp1/large"))
	check.NoError(t, mp.Admit(30<<20))
}

func TestReserveIsSmallOnASmallDisk(t *testing.T) {
	t.Parallel()
	disk := memfs.New(memfs.Options{Capacity: 64 << 20})
	mp := first(t, open(t, fs.MountOptions{FS: disk, Paths: []string{"/a"}, TargetID: "t1", Test: true}))
	check.Equal(t, mp.Reserve(), int64(1<<20))
	check.NoError(t, mp.Admit(60<<20))
}

func TestSuspectRefusesWritesUntilChecked(t *testing.T) {
	t.Parallel()
	disk := faultfs.New(rack(t, 1))
	mp := first(t, open(t, options(disk, 1)))
	check.NoError(t, mp.Recheck())
	mp.Suspect(nil)
	check.NoError(t, mp.Admit(1))

	cause := errors.New("fsync: input/output error")
	mp.Suspect(cause)
	check.ErrorIs(t, mp.Admit(1), errs.Unavailable)
	check.ErrorIs(t, mp.Suspected(), cause)
	fault := disk.Inject(faultfs.Rule{Op: faultfs.Sync, Err: fs.ErrIO})
	check.ErrorIs(t, mp.Recheck(), errs.Unavailable)
	check.ErrorIs(t, mp.Admit(1), errs.Unavailable)
	fault.End()
	check.NoError(t, mp.Recheck())
	check.NoError(t, mp.Admit(1))
}

func TestRunRechecksSuspects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := rack(t, 2)
		mounts := open(t, options(disk, 2))
		ctx, cancel := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() { check.NoError(t, mounts.Run(ctx)) })
		mp := first(t, mounts)
		mp.Suspect(fs.ErrIO)
		time.Sleep(11 * time.Second)
		check.NoError(t, mp.Suspected())

		// A disk that has gone is noticed, and not taken for good again.
		check.NoError(t, disk.Unmount("/mp1"))
		time.Sleep(time.Minute)
		check.ErrorIs(t, mp.Suspected(), errs.Unavailable)
		check.NoError(t, mounts.Available()[1].Suspected())
		cancel()
		group.Wait()
	})
}

func TestAwayIsTheTimeOutOfUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := rack(t, 1)
		mounts, err := fs.OpenMounts(t.Context(), options(disk, 1))
		check.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() { check.NoError(t, mounts.Run(ctx)) })
		time.Sleep(100 * time.Hour)
		cancel()
		group.Wait()
		check.NoError(t, mounts.Close())
		time.Sleep(50 * time.Hour)
		away := first(t, open(t, options(disk, 1))).Away()
		check.Equal(t, away >= 50*time.Hour && away <= 52*time.Hour, true)
	})
}

func TestMountpathsComeAndGo(t *testing.T) {
	t.Parallel()
	disk := rack(t, 3)
	mounts := open(t, options(disk, 2))
	check.ErrorIs(t, mounts.Add("/mp2", ""), errs.Exists)
	check.ErrorIs(t, mounts.Add("/mp9", ""), errs.NotFound)
	check.NoError(t, mounts.Add("/mp3", "slow"))
	check.Equal(t, roots(mounts.Available()), "/mp1 /mp2 /mp3")

	check.NoError(t, mounts.Disable("/mp2"))
	check.NoError(t, mounts.Disable("/mp2"))
	check.Equal(t, roots(mounts.Available()), "/mp1 /mp3")
	check.Equal(t, roots(mounts.Disabled()), "/mp2")
	for digest := range uint64(50) {
		check.Equal(t, mounts.Owner(hrw.Mix(digest)).Root() != "/mp2", true)
	}

	check.NoError(t, mounts.Enable("/mp2"))
	check.NoError(t, mounts.Enable("/mp2"))
	check.Equal(t, roots(mounts.Available()), "/mp1 /mp2 /mp3")
	check.Equal(t, len(mounts.Disabled()), 0)

	check.NoError(t, mounts.Remove("/mp3"))
	for _, change := range []func(string) error{mounts.Remove, mounts.Enable, mounts.Disable} {
		check.ErrorIs(t, change("/mp3"), errs.NotFound)
	}
	check.NoError(t, mounts.Disable("/mp1"))
	check.NoError(t, mounts.Disable("/mp2"))
	check.Equal(t, mounts.Owner(1) == nil, true)
}

func TestEnableAfterTheDiskCameBack(t *testing.T) {
	t.Parallel()
	disk := rack(t, 2)
	mounts := open(t, options(disk, 2))
	mp := first(t, mounts)
	put(t, disk, "/mp2/keep", "")

	// The same disk with a new device number: an id file moved by hand.
	file, err := disk.Open("/mp1/.ais.mountpath")
	check.NoError(t, err)
	text := make([]byte, 4096)
	n, _ := file.ReadAt(text, 0)
	check.NoError(t, disk.Unmount("/mp1"))
	check.ErrorIs(t, mounts.Enable("/mp1"), errs.Unavailable)
	check.Equal(t, roots(mounts.Disabled()), "/mp1")
	check.NoError(t, disk.Mount("/mp1", 1<<30))
	put(t, disk, "/mp1/.ais.mountpath", string(text[:n]))
	check.NoError(t, mounts.Enable("/mp1"))
	again := first(t, mounts)
	check.Equal(t, again != mp, true)
	check.Equal(t, again.Identity().UUID, mp.Identity().UUID)
	check.NoError(t, again.Recheck())
}

func TestReplacedDiskIsAddedOnPurpose(t *testing.T) {
	t.Parallel()
	disk := rack(t, 1)
	mounts := open(t, options(disk, 1))
	before := first(t, mounts).Identity().UUID
	check.NoError(t, disk.Unmount("/mp1"))
	check.NoError(t, disk.Mount("/mp1", 1<<30))
	check.ErrorIs(t, mounts.Enable("/mp1"), errs.Unavailable)
	check.NoError(t, mounts.Remove("/mp1"))
	check.NoError(t, mounts.Add("/mp1", ""))
	check.Equal(t, first(t, mounts).Identity().UUID != before, true)
}

func roots(mountpaths []*fs.Mountpath) string {
	var all []string
	for _, mp := range mountpaths {
		all = append(all, mp.Root())
	}
	return strings.Join(all, " ")
}
