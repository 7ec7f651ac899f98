package replica_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"aistore/cluster/replica"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/jsonfile"
)

// What Install and Extend have returned for is there after power loss, and so
// is a later state that the log had, or none.
func TestReplicaSurvivesPowerLossAfterEveryOperation(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 25)
	for n := 0; ; n++ {
		disk := memfs.New(memfs.Options{})
		disk.StopAfter(n)
		acknowledged, err := follow(disk, h)
		seed := uint64(n)
		for range 5 {
			seed++
			checkRestart(t, disk.Crash(memfs.KeepRandom, rand.New(rand.NewPCG(seed, seed))), h, acknowledged)
		}
		checkRestart(t, disk.Crash(memfs.DropAll, nil), h, acknowledged)
		checkRestart(t, disk.Crash(memfs.KeepAll, nil), h, acknowledged)
		if !errors.Is(err, memfs.ErrStopped) {
			check.NoError(t, err)
			t.Logf("%d operations", n)
			return
		}
	}
}

// A disk that fails a sync leaves the end of the journal unknown; what comes
// next starts it anew.
func TestReplicaGoesOnAfterAFailedSync(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 8)
	disk := memfs.New(memfs.Options{})
	r, err := replica.Open(replica.Options{Dir: "/", FS: files{disk}})
	check.NoError(t, err)
	check.NoError(t, r.Install(h.states[3]))
	disk.FailSync("/cluster.journal")
	check.NoError(t, r.Extend(h.entries[4:6]))
	check.NoError(t, r.Extend(h.entries[6:8]))
	checkRestart(t, disk.Crash(memfs.DropAll, nil), h, 7)
}

// follow takes a replica through the history, and returns the number of the
// last state that was acknowledged.
func follow(disk *memfs.FS, h history) (int, error) {
	r, err := replica.Open(replica.Options{Dir: "/", FS: files{disk}, Slack: 1})
	if err != nil {
		return 0, err
	}
	acknowledged := 0
	for _, step := range []struct {
		state int
		do    func() error
	}{
		{3, func() error { return r.Install(h.states[3]) }},
		{4, func() error { return r.Extend(h.entries[4:5]) }},
		{8, func() error { return r.Extend(h.entries[3:9]) }},
		{12, func() error { return r.Install(h.states[12]) }},
		{15, func() error { return r.Extend(h.entries[13:16]) }},
		{20, func() error { return r.Extend(h.entries[16:21]) }},
		{21, func() error { return r.Extend(h.entries[21:22]) }},
		{24, func() error { return r.Extend(h.entries[22:25]) }},
	} {
		if err := step.do(); err != nil {
			return acknowledged, err
		}
		acknowledged = step.state
	}
	return acknowledged, r.Close()
}

func checkRestart(t *testing.T, disk *memfs.FS, h history, acknowledged int) {
	t.Helper()
	r, err := replica.Open(replica.Options{Dir: "/", FS: files{disk}})
	check.NoError(t, err)
	got := r.State()
	for i, want := range h.states {
		if want.Position != got.Position {
			continue
		}
		if i < acknowledged {
			t.Fatalf("state %d was acknowledged, %d was found", acknowledged, i)
		}
		checkSame(t, got, want)
		check.NoError(t, r.Close())
		return
	}
	t.Fatalf("a state at %s, which there never was", got.Position)
}

// files is a file system as package jsonfile wants it.
type files struct{ fs.FS }

func (f files) OpenFile(path string, flag int) (jsonfile.File, error) {
	file, err := f.FS.OpenFile(path, flag)
	if err != nil {
		return nil, err
	}
	return file, nil
}
