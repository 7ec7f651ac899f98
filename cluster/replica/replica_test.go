package replica_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/replica"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonfile"
)

func TestReplicaFollowsTheLog(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir()} {
		h := newHistory(t, 20)
		r := open(t, replica.Options{Dir: dir})
		var seen []cluster.Position
		r.OnChange(func(s *cluster.State) { seen = append(seen, s.Position) })
		check.NoError(t, r.Install(h.states[3]))
		check.NoError(t, r.Extend(h.entries[4:10]))
		check.NoError(t, r.Extend(h.entries[8:20])) // overlapping
		check.NoError(t, r.Extend(nil))
		checkSame(t, r.State(), h.states[19])
		want := make([]cluster.Position, 0)
		for _, s := range h.states[3:] {
			want = append(want, s.Position)
		}
		check.Equal(t, seen, want)
	}
}

func TestReplicaOnlyGoesForward(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 10)
	r := open(t, replica.Options{})
	check.NoError(t, r.Install(h.states[5]))
	check.NoError(t, r.Install(h.states[2]))
	check.NoError(t, r.Extend(h.entries[2:6]))
	checkSame(t, r.State(), h.states[5])
	check.NoError(t, r.Install(h.states[9]))
	checkSame(t, r.State(), h.states[9])

	older := *h.states[5]
	older.Position = cluster.Position{Term: 0, Index: 1000}
	check.NoError(t, r.Install(&older))
	checkSame(t, r.State(), h.states[9])
}

func TestReplicaSaysWhenItNeedsAWholeState(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 10)
	r := open(t, replica.Options{})
	for _, entries := range [][]cluster.Entry{h.entries[5:], h.entries[2:3]} {
		err := r.Extend(entries)
		check.ErrorIs(t, err, replica.ErrNeedFull)
		check.ErrorIs(t, err, errs.Precondition)
	}
	check.NoError(t, r.Install(h.states[3]))
	check.ErrorIs(t, r.Extend(h.entries[5:]), replica.ErrNeedFull)
	gap := append([]cluster.Entry{h.entries[4]}, h.entries[6])
	check.ErrorIs(t, r.Extend(gap), replica.ErrNeedFull)
	checkSame(t, r.State(), h.states[3])
}

func TestReplicaRefusesOtherClusters(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 3)
	r := open(t, replica.Options{})
	check.ErrorIs(t, r.Install(cluster.NewState()), errs.Invalid)
	check.NoError(t, r.Install(h.states[2]))
	other := extend(t, cluster.NewState(), cluster.Position{Term: 9, Index: 99}, initCluster("cluster2"))
	check.ErrorIs(t, r.Install(other.state), errs.Conflict)
	checkSame(t, r.State(), h.states[2])
}

func TestReplicaRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 3)
	r := open(t, replica.Options{Dir: t.TempDir()})
	check.NoError(t, r.Install(h.states[2]))
	data, err := cluster.Proposal{After: h.states[2].Position.Index, Changes: []cluster.Change{{Kind: "teleport"}}}.Encode()
	check.NoError(t, err)
	newer := cluster.Entry{Position: cluster.Position{Term: 1, Index: 1000}, Data: data}
	check.ErrorIs(t, r.Extend([]cluster.Entry{newer}), errs.Unsupported)
	newer.Data = []byte("junk")
	check.ErrorIs(t, r.Extend([]cluster.Entry{newer}), errs.Unsupported)
	newer.Data = nil
	check.ErrorIs(t, r.Extend([]cluster.Entry{newer}), errs.Corrupt)
	checkSame(t, r.State(), h.states[2])
}

func TestReplicaSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 60)
	for _, slack := range []int64{0, 1} { // without and with compaction
		o := replica.Options{Dir: t.TempDir(), Slack: slack}
		r := open(t, o)
		check.NoError(t, r.Install(h.states[3]))
		for i := 4; i < 60; i++ {
			check.NoError(t, r.Extend(h.entries[i:i+1]))
			if i%10 == 0 {
				check.NoError(t, r.Close())
				r = open(t, o)
				checkSame(t, r.State(), h.states[i])
			}
		}
	}
}

func TestJournalIsCompacted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, replica.Options{Dir: dir, Slack: 1})
	h := newHistory(t, 2)
	check.NoError(t, r.Install(h.states[1]))
	s := h.states[1]
	for i := range 500 {
		e := extend(t, s, cluster.Position{Term: 1, Index: uint64(1000 + i)}, cluster.SetFlags("proxy001", uint64(1-i%2)<<20, uint64(i%2)<<20))
		check.NoError(t, r.Extend([]cluster.Entry{e.entry}))
		s = e.state
	}
	info, err := os.Stat(filepath.Join(dir, "cluster.journal"))
	check.NoError(t, err)
	full, err := s.Encode()
	check.NoError(t, err)
	if limit := int64(4 * len(full)); info.Size() > limit {
		t.Errorf("the journal has %d bytes, the state has %d", info.Size(), len(full))
	}
}

func TestDamagedJournalIsAnError(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 3)
	tests := map[string]struct {
		records [][]byte
		want    errs.Kind
	}{
		"no state":        {[][]byte{append([]byte{'e'}, h.entries[2].Append(nil)...)}, errs.Corrupt},
		"empty":           {[][]byte{{}}, errs.Corrupt},
		"damaged state":   {[][]byte{[]byte("saismeta")}, errs.Corrupt},
		"damaged entry":   {[][]byte{{'e', 1, 2, 200}}, errs.Corrupt},
		"unknown content": {[][]byte{{'x'}}, errs.Unsupported},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			j, err := jsonfile.OpenJournal(jsonfile.OS{}, filepath.Join(dir, "cluster.journal"), 1, nil)
			check.NoError(t, err)
			check.NoError(t, j.Append(test.records...))
			check.NoError(t, j.Close())
			_, err = replica.Open(replica.Options{Dir: dir})
			check.ErrorIs(t, err, test.want)
		})
	}
}

func open(t testing.TB, o replica.Options) *replica.Replica {
	t.Helper()
	r, err := replica.Open(o)
	check.NoError(t, err)
	t.Cleanup(func() {
		if err := r.Close(); err != nil && !errors.Is(err, errs.Conflict) {
			t.Error(err)
		}
	})
	return r
}

// history is what a log went through: states, and the entry that led to each.
// Neither is there for index 0, the state of no cluster.
type history struct {
	states  []*cluster.State
	entries []cluster.Entry
}

type step struct {
	state *cluster.State
	entry cluster.Entry
}

// newHistory returns one of that many states, whose term changes now and then
// and whose index skips some.
func newHistory(t testing.TB, length int) history {
	t.Helper()
	h := history{[]*cluster.State{cluster.NewState()}, []cluster.Entry{{}}}
	index := uint64(2)
	for i := 1; i < length; i++ {
		change := cluster.CreateBucket(wire.Bucket{Name: fmt.Sprintf("bucket-%d", i), Provider: wire.ProviderAIS}, wire.DefaultProps("ais"))
		if i == 1 {
			change = initCluster("cluster1")
		}
		index += 1 + uint64(i%3)
		next := extend(t, h.states[i-1], cluster.Position{Term: 1 + uint64(i/7), Index: index}, change)
		h.states, h.entries = append(h.states, next.state), append(h.entries, next.entry)
	}
	return h
}

func extend(t testing.TB, s *cluster.State, at cluster.Position, changes ...cluster.Change) step {
	t.Helper()
	data, err := cluster.Proposal{After: s.Position.Index, Changes: changes}.Encode()
	check.NoError(t, err)
	e := cluster.Entry{Position: at, Data: data}
	next, err := s.Extend(e)
	check.NoError(t, err)
	return step{next, e}
}

func initCluster(uuid string) cluster.Change {
	n := wire.NetInfo{Host: "proxy001", Port: "80", URL: "http://proxy001:80"}
	c := config.Default()
	return cluster.InitCluster(uuid, "today", &wire.Node{ID: "proxy001", Type: wire.NodeProxy, Public: n, Control: n, Data: n}, &c)
}

func checkSame(t testing.TB, got, want *cluster.State) {
	t.Helper()
	check.Equal(t, got.Position, want.Position)
	check.Equal(t, got.Map.Wire(), want.Map.Wire())
	check.Equal(t, got.Buckets.WireBMD(), want.Buckets.WireBMD())
	check.Equal(t, got.Config, want.Config)
}
