package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/store"
)

// TestPowerLossOnARealFileSystem is the witness of the crash suite: many write
// and delete on a file system of the kernel's, which loses what it has not
// synced in the middle of that. It needs root, mkfs and a loop device, in a
// mount namespace of its own: .ci/powerloss runs it so. AIS_POWERLOSS is ext4 or
// xfs; AIS_POWERLOSS_ROUNDS, by default 20, is how often.
func TestPowerLossOnARealFileSystem(t *testing.T) {
	kind := os.Getenv("AIS_POWERLOSS")
	if kind == "" {
		t.Skip("cuts the power of real file systems: run .ci/powerloss as root, with e2fsprogs, xfsprogs and util-linux installed")
	}
	rounds, err := strconv.Atoi(os.Getenv("AIS_POWERLOSS_ROUNDS"))
	if err != nil {
		rounds = 20
	}
	for round := range rounds {
		l := &loopDisk{TB: t, kind: kind, image: filepath.Join(t.TempDir(), "disk"), dir: t.TempDir()}
		l.make()
		before := l.open(1)
		workers := []*worker{{name: "a"}, {name: "a/b"}, {name: "a/b/c"}, {name: "a/b/d"}, {name: "d/e/f"}, {name: "d/e/g"}, {name: "x"}}
		var group sync.WaitGroup
		for i, w := range workers {
			group.Go(func() { _ = w.work(before, rand.New(rand.NewPCG(uint64(round), uint64(i)))) })
		}
		goal := int64(20 + rand.IntN(500))
		check.Eventually(t, func() bool {
			var done int64
			for _, w := range workers {
				done += w.done.Load()
			}
			return done >= goal
		})
		l.cut()
		group.Wait()
		before.mounts.Close()
		l.mountAgain()
		after := l.open(2)
		for _, w := range workers {
			got, err := after.read(t.Context(), w.name)
			if err != nil && !errors.Is(err, errs.NotFound) {
				t.Fatalf("round %d: %q: %v", round, w.name, err)
			}
			if got != w.last && got != w.flying {
				t.Fatalf("round %d: %q is %q; acknowledged is %q, in flight %q", round, w.name, got, w.last, w.flying)
			}
		}
		check.NoError(t, after.Collect(t.Context()))
		check.NoError(t, after.mounts.Close())
		l.run("umount", l.dir)
	}
}

// loopDisk is a file with a file system in it, mounted.
type loopDisk struct {
	testing.TB
	kind, image, dir string
}

func (l *loopDisk) run(command string, arguments ...string) {
	l.Helper()
	if out, err := exec.Command(command, arguments...).CombinedOutput(); err != nil {
		l.Fatalf("%s %v: %v\n%s", command, arguments, err, out)
	}
}

func (l *loopDisk) make() {
	const size = 400 << 20 // bytes; xfs takes no less than 300 MiB
	f, err := os.Create(l.image)
	check.NoError(l, err)
	check.NoError(l, f.Truncate(size))
	check.NoError(l, f.Close())
	force := map[string]string{"ext4": "-F", "xfs": "-f"}[l.kind]
	l.run("mkfs."+l.kind, "-q", force, l.image)
	l.run("mount", "-o", "loop", l.image, l.dir)
	l.Cleanup(func() { exec.Command("umount", "-l", l.dir).Run() }) // after a failure
}

func (l *loopDisk) mountAgain() {
	l.run("umount", l.dir)
	l.run("mount", "-o", "loop", l.image, l.dir)
}

// cut stops the file system at once, without writing what is only in memory.
func (l *loopDisk) cut() {
	const shutdown, withoutLog = 0x8004587D, uint32(2)
	dir, err := os.Open(l.dir)
	check.NoError(l, err)
	how := withoutLog
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), shutdown, uintptr(unsafe.Pointer(&how)))
	check.NoError(l, dir.Close())
	if errno != 0 {
		l.Fatalf("shutdown: %v", errno)
	}
}

func (l *loopDisk) open(incarnation uint64) *rig {
	mounts, err := fs.OpenMounts(context.Background(), fs.MountOptions{Paths: []string{l.dir + "/mp1"}, TargetID: "t1", Test: true})
	check.NoError(l, err)
	l.run("sync", "-f", l.dir)
	s, err := store.New(mounts, store.Options{Incarnation: incarnation, Pool: testPool(l)})
	check.NoError(l, err)
	r := &rig{Store: s, mounts: mounts, bucket: newBucket("b", 1<<63|7, wire.DurabilityFsync)}
	check.NoError(l, r.CreateBucket(context.Background(), r.bucket))
	return r
}
