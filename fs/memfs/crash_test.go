package memfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// disk returns an FS with durable directories /d and /e.
func newDisk(t *testing.T) *memfs.FS {
	t.Helper()
	m := memfs.New(memfs.Options{})
	check.NoError(t, m.Mkdir("/d"))
	check.NoError(t, m.Mkdir("/e"))
	check.NoError(t, m.SyncDir("/"))
	return m
}

// put makes a file whose content is durable; its name is not.
func put(t *testing.T, m *memfs.FS, name, text string) {
	t.Helper()
	file, err := m.Create(name)
	check.NoError(t, err)
	_, err = file.Write([]byte(text))
	check.NoError(t, err)
	check.NoError(t, file.Sync())
	check.NoError(t, file.Close())
}

func syncDirs(t *testing.T, m *memfs.FS, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		check.NoError(t, m.SyncDir(dir))
	}
}

// ls returns "name=content" of all files, sorted.
func ls(t *testing.T, m *memfs.FS, dir string) string {
	t.Helper()
	var lines []string
	entries, err := m.ReadDir(dir)
	check.NoError(t, err)
	for _, entry := range entries {
		name := strings.TrimSuffix(dir, "/") + "/" + entry.Name
		if entry.Dir {
			if inner := ls(t, m, name); inner != "" {
				lines = append(lines, inner)
			}
			continue
		}
		file, err := m.Open(name)
		check.NoError(t, err)
		text, err := io.ReadAll(file)
		check.NoError(t, err)
		lines = append(lines, name+"="+string(text))
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// outcomes returns what random crashes leave, sorted, each once.
func outcomes(t *testing.T, m *memfs.FS) []string {
	t.Helper()
	return outcomesOf(t, m, 300)
}

func outcomesOf(t *testing.T, m *memfs.FS, crashes uint64) []string {
	t.Helper()
	seen := map[string]bool{}
	for seed := range crashes {
		seen[ls(t, m.Crash(memfs.KeepRandom, random(seed)), "/")] = true
	}
	var all []string
	for one := range seen {
		all = append(all, one)
	}
	slices.Sort(all)
	return all
}

func TestPowerLossDropsWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]struct {
		steps func(t *testing.T, m *memfs.FS)
		drop  string   // what is left if all is lost
		any   []string // what may be left
	}{
		"name not synced": {
			func(t *testing.T, m *memfs.FS) { put(t, m, "/d/a", "x") },
			"", []string{"", "/d/a=x"},
		},
		"name synced": {
			func(t *testing.T, m *memfs.FS) { put(t, m, "/d/a", "x"); syncDirs(t, m, "/d") },
			"/d/a=x", []string{"/d/a=x"},
		},
		"name synced, bytes not": {
			func(t *testing.T, m *memfs.FS) {
				file, err := m.Create("/d/a")
				check.NoError(t, err)
				_, err = file.Write([]byte("x"))
				check.NoError(t, err)
				syncDirs(t, m, "/d")
			},
			"/d/a=", []string{"/d/a=", "/d/a=\x00", "/d/a=x"},
		},
		"directory not synced in its parent": {
			func(t *testing.T, m *memfs.FS) {
				check.NoError(t, m.Mkdir("/d/sub"))
				put(t, m, "/d/sub/a", "x")
				syncDirs(t, m, "/d/sub")
			},
			"", []string{"", "/d/sub/a=x"},
		},
		"each operation for itself": {
			func(t *testing.T, m *memfs.FS) { put(t, m, "/d/a", "x"); put(t, m, "/d/b", "y") },
			"", []string{"", "/d/a=x", "/d/a=x /d/b=y", "/d/b=y"},
		},
		"remove": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Remove("/d/a"))
			},
			"/d/a=x", []string{"", "/d/a=x"},
		},
		"rename in a directory is one": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "old")
				put(t, m, "/d/tmp", "new")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/tmp", "/d/a"))
			},
			"/d/a=old /d/tmp=new", []string{"/d/a=new", "/d/a=old /d/tmp=new"},
		},
		"chain of renames": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/d/b"))
				check.NoError(t, m.Rename("/d/b", "/d/c"))
			},
			"/d/a=x", []string{"/d/a=x", "/d/b=x", "/d/c=x"},
		},
		"rename between directories never loses the file": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/e/a"))
			},
			"/d/a=x", []string{"/d/a=x", "/d/a=x /e/a=x", "/e/a=x"},
		},
		"rename between directories, new one synced": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/e/a"))
				syncDirs(t, m, "/e")
			},
			"/d/a=x /e/a=x", []string{"/d/a=x /e/a=x", "/e/a=x"},
		},
		"rename between directories, old one synced": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/e/a"))
				syncDirs(t, m, "/d")
			},
			"/d/a=x", []string{"/d/a=x", "/d/a=x /e/a=x", "/e/a=x"},
		},
		"rename between directories, both synced": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/e/a"))
				syncDirs(t, m, "/d", "/e")
			},
			"/e/a=x", []string{"/e/a=x"},
		},
		"a new file at the old name takes the move along": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "x")
				syncDirs(t, m, "/d")
				check.NoError(t, m.Rename("/d/a", "/e/a"))
				put(t, m, "/d/a", "y")
				syncDirs(t, m, "/d")
			},
			"/d/a=y /e/a=x", []string{"/d/a=y /e/a=x"},
		},
		"directory moves whole": {
			func(t *testing.T, m *memfs.FS) {
				check.NoError(t, m.Mkdir("/d/sub"))
				put(t, m, "/d/sub/a", "x")
				syncDirs(t, m, "/d/sub", "/d")
				check.NoError(t, m.Rename("/d/sub", "/e/sub"))
				syncDirs(t, m, "/e")
			},
			"/d/sub/a=x", []string{"/d/sub/a=x", "/e/sub/a=x"},
		},
		"directory moved for good": {
			func(t *testing.T, m *memfs.FS) {
				check.NoError(t, m.Mkdir("/d/sub"))
				put(t, m, "/d/sub/a", "x")
				syncDirs(t, m, "/d/sub", "/d")
				check.NoError(t, m.Rename("/d/sub", "/e/sub"))
				syncDirs(t, m, "/e", "/d")
			},
			"/e/sub/a=x", []string{"/e/sub/a=x"},
		},
		"overwritten in place": {
			func(t *testing.T, m *memfs.FS) {
				put(t, m, "/d/a", "old")
				syncDirs(t, m, "/d")
				_, err := m.OpenFile("/d/a", os.O_TRUNC|os.O_RDWR)
				check.NoError(t, err)
			},
			"/d/a=old", []string{"/d/a=", "/d/a=o", "/d/a=ol", "/d/a=old"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDisk(t)
			r.steps(t, m)
			check.Equal(t, ls(t, m.Crash(memfs.DropAll, nil), "/"), r.drop)
			check.Equal(t, outcomes(t, m), r.any)
			before := ls(t, m, "/")
			check.Equal(t, ls(t, m.Crash(memfs.KeepAll, nil), "/"), before)
			check.Equal(t, ls(t, m.Crash(memfs.DropAll, nil).Crash(memfs.DropAll, nil), "/"), r.drop)
		})
	}
}

func TestPagesAreLostOneByOne(t *testing.T) {
	t.Parallel()
	const pages, pageSize = 8, 4096
	m := newDisk(t)
	put(t, m, "/d/a", strings.Repeat("o", pages*pageSize))
	syncDirs(t, m, "/d")
	file, err := m.OpenFile("/d/a", os.O_RDWR)
	check.NoError(t, err)
	_, err = file.Write(bytes.Repeat([]byte("n"), pages*pageSize))
	check.NoError(t, err)
	mixed, torn := 0, 0
	for seed := range uint64(100) {
		text := strings.TrimPrefix(ls(t, m.Crash(memfs.KeepRandom, random(seed)), "/"), "/d/a=")
		check.Equal(t, len(text), pages*pageSize)
		if strings.Contains(text, "o") && strings.Contains(text, "n") {
			mixed++
		}
		for page := range pages {
			part := text[page*pageSize : (page+1)*pageSize]
			if strings.Contains(part, "n") && strings.Contains(part, "o") {
				torn++
				check.Equal(t, strings.Contains(part, "on"), false)
			}
		}
	}
	check.Equal(t, mixed > 50 && torn > 0, true)
}

func TestAttributesAreDurableWithTheFile(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	put(t, m, "/d/a", "x")
	syncDirs(t, m, "/d")
	check.NoError(t, m.SetXattr("/d/a", "user.a", []byte("1")))
	value := func(m *memfs.FS, name string) string {
		buf := make([]byte, 9)
		n, err := m.GetXattr(name, "user.a", buf)
		if errors.Is(err, fs.ErrNoXattr) {
			return "none"
		}
		check.NoError(t, err)
		return string(buf[:n])
	}
	check.Equal(t, value(m.Crash(memfs.DropAll, nil), "/d/a"), "none")
	file, err := m.Open("/d/a")
	check.NoError(t, err)
	check.NoError(t, file.Sync())
	check.NoError(t, m.SetXattr("/d/a", "user.a", []byte("2")))
	check.Equal(t, value(m.Crash(memfs.DropAll, nil), "/d/a"), "1")
	seen := map[string]bool{}
	for seed := range uint64(50) {
		seen[value(m.Crash(memfs.KeepRandom, random(seed)), "/d/a")] = true
	}
	check.Equal(t, seen, map[string]bool{"1": true, "2": true})

	check.NoError(t, m.SetXattr("/d", "user.a", []byte("dir")))
	check.Equal(t, value(m.Crash(memfs.DropAll, nil), "/d"), "none")
	syncDirs(t, m, "/d")
	check.Equal(t, value(m.Crash(memfs.DropAll, nil), "/d"), "dir")
}

func TestEqualSeedsCrashEqually(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	for i := range 20 {
		put(t, m, fmt.Sprintf("/d/%d", i), "x")
		check.NoError(t, m.Rename(fmt.Sprintf("/d/%d", i), fmt.Sprintf("/e/%d", i)))
	}
	for seed := range uint64(20) {
		check.Equal(t, ls(t, m.Crash(memfs.KeepRandom, random(seed)), "/"), ls(t, m.Crash(memfs.KeepRandom, random(seed)), "/"))
	}
}

func TestStopAfterKillsTheProcess(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	file, err := m.Create("/d/a")
	check.NoError(t, err)
	before := m.Ops()
	m.StopAfter(2)
	_, err = file.Write([]byte("x"))
	check.NoError(t, err)
	_, err = file.ReadAt(make([]byte, 1), 0) // does not count
	check.NoError(t, err)
	check.NoError(t, file.Sync())
	check.Equal(t, m.Stopped(), false)
	check.ErrorIs(t, m.SyncDir("/d"), memfs.ErrStopped)
	check.Equal(t, m.Stopped(), true)
	check.Equal(t, m.Ops(), before+2)
	for _, use := range []func() error{
		file.Sync,
		func() error { _, err := file.Read(make([]byte, 1)); return err },
		func() error { _, err := file.Stat(); return err },
		func() error { _, err := m.Open("/d/a"); return err },
		func() error { _, err := m.ReadDir("/d"); return err },
		func() error { _, err := m.Usage("/d"); return err },
		func() error { return m.Rename("/d/a", "/d/b") },
	} {
		check.ErrorIs(t, use(), memfs.ErrStopped)
	}
	check.NoError(t, file.Close())
	check.Equal(t, m.Log()[before:], []string{
		fmt.Sprintf("%d write /d/a", before+1), fmt.Sprintf("%d sync /d/a", before+2),
	})

	after := m.Crash(memfs.KeepAll, nil)
	check.Equal(t, ls(t, after, "/"), "/d/a=x")
	check.NoError(t, after.SyncDir("/d"))
	m.StopAfter(-1)
	check.NoError(t, m.SyncDir("/d"))
}

func TestSyncAll(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	check.NoError(t, m.Mount("/e", 1<<20))
	for _, name := range []string{"/d/a", "/d/b", "/e/c"} {
		put(t, m, name, "old")
	}
	file, err := m.OpenFile("/d/b", os.O_RDWR)
	check.NoError(t, err)
	_, err = file.WriteAt([]byte("new"), 0)
	check.NoError(t, err)
	check.NoError(t, m.SetXattr("/d/b", "user.a", []byte("x")))
	check.NoError(t, m.Rename("/d/a", "/d/z"))
	check.NoError(t, m.SyncAll("/d"))
	after := m.Crash(memfs.DropAll, nil)
	check.Equal(t, ls(t, after, "/"), "/d/b=new /d/z=old") // that of /e is another disk
	length, err := after.GetXattr("/d/b", "user.a", nil)
	check.NoError(t, err)
	check.Equal(t, length, 1)
}

func TestFailedSyncForgets(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	put(t, m, "/d/a", "old")
	syncDirs(t, m, "/d")
	file, err := m.OpenFile("/d/a", os.O_RDWR)
	check.NoError(t, err)
	_, err = file.WriteAt([]byte("new"), 0)
	check.NoError(t, err)
	m.FailSync("/d/a")
	check.ErrorIs(t, file.Sync(), fs.ErrIO)
	check.NoError(t, file.Sync()) // as on Linux, and it means nothing
	check.Equal(t, ls(t, m, "/"), "/d/a=new")
	check.Equal(t, ls(t, m.Crash(memfs.DropAll, nil), "/"), "/d/a=old")
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	m := memfs.New(memfs.Options{Capacity: 8 * 4096})
	available := func() int64 {
		usage, err := m.Usage("/")
		check.NoError(t, err)
		return usage.Available / 4096
	}
	file, err := m.Create("/a")
	check.NoError(t, err)
	check.NoError(t, file.Preallocate(4*4096))
	check.Equal(t, available(), 4)
	check.ErrorIs(t, file.Preallocate(9*4096), fs.ErrNoSpace)
	_, err = file.Write(make([]byte, 4096))
	check.NoError(t, err)
	check.Equal(t, available(), 4)
	check.NoError(t, file.Truncate(4096))
	check.Equal(t, available(), 7)
	n, err := file.Write(make([]byte, 9*4096))
	check.ErrorIs(t, err, fs.ErrNoSpace)
	check.Equal(t, n, 7*4096)
	check.Equal(t, available(), 0)
	check.ErrorIs(t, file.Truncate(9*4096), fs.ErrNoSpace)
	_, err = m.Create("/b")
	check.ErrorIs(t, err, fs.ErrNoSpace)
	check.ErrorIs(t, m.Mkdir("/c"), fs.ErrNoSpace)

	// Deleting works, and gives the space back with the last user.
	check.NoError(t, m.Rename("/a", "/b"))
	check.NoError(t, m.Remove("/b"))
	check.Equal(t, available(), 0)
	check.NoError(t, file.Close())
	check.Equal(t, available(), 8)
}

func TestAttributeLimit(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	put(t, m, "/d/a", "x")
	check.NoError(t, m.SetXattr("/d/a", "user.a", make([]byte, 4040)))
	check.ErrorIs(t, m.SetXattr("/d/a", "user.a", make([]byte, 4041)), fs.ErrNoSpace)
	check.ErrorIs(t, m.SetXattr("/d/a", "user.b", make([]byte, 1)), fs.ErrNoSpace)
	check.ErrorIs(t, m.SetXattr("/d/a", "user.b", make([]byte, 1<<17)), syscall.E2BIG)
	check.ErrorIs(t, m.SetXattr("/d/a", "trusted.b", nil), fs.ErrNotSupport)
}

func TestMount(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	put(t, m, "/d/below", "x")
	check.NoError(t, m.Mount("/d", 1<<20))
	put(t, m, "/d/above", "y")
	check.Equal(t, ls(t, m, "/"), "/d/above=y")
	check.ErrorIs(t, m.Rename("/d/above", "/e/above"), fs.ErrCrossDevice)
	check.ErrorIs(t, m.RemoveDir("/d"), syscall.EBUSY)
	check.ErrorIs(t, m.Rename("/d", "/f"), syscall.EBUSY)
	usage, err := m.Usage("/d")
	check.NoError(t, err)
	check.Equal(t, usage.Total, int64(1<<20))
	mounted, err := m.Lstat("/d")
	check.NoError(t, err)
	check.Equal(t, ls(t, m.Crash(memfs.KeepAll, nil), "/"), "/d/above=y")

	check.NoError(t, m.Unmount("/d"))
	below, err := m.Lstat("/d")
	check.NoError(t, err)
	check.Equal(t, below.Dev == mounted.Dev, false)
	check.Equal(t, ls(t, m, "/"), "/d/below=x")
	check.ErrorIs(t, m.Unmount("/d"), syscall.EINVAL)
}

func TestLocksEndWithTheProcess(t *testing.T) {
	t.Parallel()
	m := newDisk(t)
	lock, err := m.Lock("/d/lock")
	check.NoError(t, err)
	_, err = m.Lock("/d/lock")
	check.ErrorIs(t, err, fs.ErrLocked)
	_, err = m.Crash(memfs.KeepAll, nil).Lock("/d/lock")
	check.NoError(t, err)
	check.NoError(t, lock.Close())
	check.ErrorIs(t, lock.Close(), fs.ErrClosed)
	_, err = m.Lock("/d/lock")
	check.NoError(t, err)
}

// TestRandomHistories compares the durable state with a model of its promises:
// what was synced in all its directories is there after every crash.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		m, choose := newDisk(t), random(seed)
		dirs := []string{"/d", "/e"}
		for range 60 {
			from := fmt.Sprintf("%s/%d", dirs[choose.IntN(2)], choose.IntN(3))
			to := fmt.Sprintf("%s/%d", dirs[choose.IntN(2)], choose.IntN(3))
			var err error
			switch choose.IntN(5) {
			case 0:
				if _, err = m.Lstat(from); err != nil {
					put(t, m, from, from)
					err = nil
				}
			case 1:
				err = m.Remove(from)
			case 2, 3:
				err = m.Rename(from, to)
			case 4:
				err = m.SyncDir(dirs[choose.IntN(2)])
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		_ = outcomesOf(t, m, 20) // no state may crash into something unreadable
		syncDirs(t, m, "/d", "/e", "/d")
		now := ls(t, m, "/")
		if got := ls(t, m.Crash(memfs.DropAll, nil), "/"); got != now {
			t.Fatalf("seed %d: synced %q, found %q\n%s", seed, now, got, strings.Join(m.Log(), "\n"))
		}
		if got := outcomesOf(t, m, 20); len(got) != 1 || got[0] != now {
			t.Fatalf("seed %d: synced %q, found %q", seed, now, got)
		}
	}
}
