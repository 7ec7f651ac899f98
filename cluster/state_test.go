package cluster_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func TestChangesOfANewerReleaseAreRefused(t *testing.T) {
	t.Parallel()
	s := newState(t)
	_, err := s.Apply(cluster.Change{Kind: "teleport"})
	check.ErrorIs(t, err, errs.Unsupported)
	check.Contains(t, err.Error(), `change "teleport" was made by a newer release`)

	_, err = cluster.DecodeProposal([]byte{2, 0, '[', ']'})
	check.ErrorIs(t, err, errs.Unsupported)

	data, err := s.Encode()
	check.NoError(t, err)
	data[7]++
	_, err = cluster.DecodeState(data)
	check.ErrorIs(t, err, errs.Unsupported)
}

func TestIncompleteChangesAreRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []cluster.ChangeKind{cluster.ChangePutNode, cluster.ChangePutBucket, cluster.ChangeRemoveBucket} {
		_, err := newState(t).Apply(cluster.Change{Kind: kind})
		check.ErrorIs(t, err, errs.Invalid)
	}
	_, err := cluster.NewState().Apply(cluster.Change{Kind: cluster.ChangeInit})
	check.ErrorIs(t, err, errs.Invalid)
}

func TestStateSurvivesItsSnapshot(t *testing.T) {
	t.Parallel()
	s := extend(t, newState(t), 5,
		cluster.PutNode(target("target01")),
		cluster.CreateBucket(uri(t, "ais://b"), wire.DefaultProps("ais")),
		cluster.SetFlags("target01", wire.NodeMaintenance, 0))
	for _, want := range []*cluster.State{cluster.NewState(), s} {
		data, err := want.Encode()
		check.NoError(t, err)
		got, err := cluster.DecodeState(data)
		check.NoError(t, err)
		checkSame(t, got, want)
	}
}

func TestDamagedSnapshotIsNoticed(t *testing.T) {
	t.Parallel()
	data, err := newState(t).Encode()
	check.NoError(t, err)
	for i := range data {
		if i == 7 {
			continue // the format
		}
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 0x10
		_, err := cluster.DecodeState(damaged)
		check.ErrorIs(t, err, errs.Corrupt)
	}
}

func TestEntryContinuesOneStateOnly(t *testing.T) {
	t.Parallel()
	s := extend(t, newState(t), 5, cluster.PutNode(target("target01")))
	tests := []struct {
		after    uint64
		position cluster.Position
		want     error
	}{
		{5, cluster.Position{Term: 1, Index: 6}, nil},
		{5, cluster.Position{Term: 2, Index: 9}, nil},
		{4, cluster.Position{Term: 1, Index: 6}, errs.Precondition},
		{6, cluster.Position{Term: 1, Index: 7}, errs.Precondition},
		{5, cluster.Position{Term: 1, Index: 5}, errs.Precondition},
		{5, cluster.Position{Term: 2, Index: 4}, errs.Precondition},
		{5, cluster.Position{Term: 0, Index: 6}, errs.Precondition},
	}
	for _, test := range tests {
		e := entry(t, test.after, test.position, cluster.PutNode(target("target02")))
		next, err := s.Extend(e)
		if test.want != nil {
			check.ErrorIs(t, err, test.want)
			continue
		}
		check.NoError(t, err)
		check.Equal(t, next.Position, test.position)
	}
}

func TestEntryIsAppliedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newState(t)
	e := entry(t, s.Position.Index, cluster.Position{Term: 1, Index: 5},
		cluster.PutNode(target("target01")), cluster.RemoveNode("nobody01"))
	_, err := s.Extend(e)
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, len(s.Map.Targets()), 0)
}

func TestEntriesSurviveTheirCodec(t *testing.T) {
	t.Parallel()
	want := []cluster.Entry{
		entry(t, 3, cluster.Position{Term: 1, Index: 5}, cluster.SetPrimary("proxy001")),
		entry(t, 5, cluster.Position{Term: 1, Index: 6}, cluster.RemoveNode("proxy002"), cluster.SetFlags("x", 1, 2)),
		entry(t, 6, cluster.Position{Term: 1, Index: 7}, cluster.PreparePlacement([]string{"target01"}), cluster.RemoveNode("x").Fenced()),
		entry(t, 7, cluster.Position{Term: 1, Index: 8}, cluster.CommitPlacement(7), cluster.AbortPlacement(8)),
	}
	var data []byte
	for _, e := range want {
		data = e.Append(data)
	}
	for _, e := range want {
		got, rest, err := cluster.ParseEntry(data)
		check.NoError(t, err)
		check.Equal(t, got, e)
		after, err := got.After()
		check.NoError(t, err)
		wantAfter, _ := e.After()
		check.Equal(t, after, wantAfter)
		data = rest
	}
	check.Equal(t, len(data), 0)
}

func FuzzDecodeProposal(f *testing.F) {
	for _, changes := range [][]cluster.Change{
		{cluster.InitCluster("cluster1", "today", proxy("proxy001"), defaults())},
		{cluster.PutNode(target("target01")), cluster.SetFlags("target01", 4, 0)},
		{cluster.CreateBucket(wire.Bucket{Name: "b", Provider: "ais"}, wire.DefaultProps("ais"))},
		{cluster.PutNode(target("target01")), cluster.PreparePlacement([]string{}), cluster.CommitPlacement(3)},
		{cluster.PutNode(target("target01")).Fenced(), cluster.AbortPlacement(2)},
	} {
		data, err := cluster.Proposal{After: 300, Changes: changes}.Encode()
		check.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := cluster.DecodeProposal(data)
		if err != nil {
			return
		}
		state := newState(t)
		state.Position.Index = p.After
		e := cluster.Entry{Position: cluster.Position{Term: 9, Index: p.After + 1}, Data: data}
		if next, err := state.Extend(e); err == nil {
			snapshotAgain(t, next)
		}
		got, rest, err := cluster.ParseEntry(e.Append(nil))
		check.NoError(t, err)
		check.Equal(t, len(rest), 0)
		check.Equal(t, got.Position, e.Position)
	})
}

// FuzzDecodeState decodes the body of a snapshot behind a header that is right.
func FuzzDecodeState(f *testing.F) {
	s := extend(f, newState(f), 5,
		cluster.PutNode(target("target01")),
		cluster.CreateBucket(uri(f, "ais://b"), wire.DefaultProps("ais")))
	for _, state := range []*cluster.State{cluster.NewState(), newState(f), s} {
		data, err := state.Encode()
		check.NoError(f, err)
		f.Add(data[cluster.SnapshotHeader:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = cluster.DecodeState(body)
		if s, err := cluster.DecodeState(cluster.WithHeader(body)); err == nil {
			snapshotAgain(t, s)
		}
	})
}

// snapshotAgain checks that a state that was accepted can be kept.
func snapshotAgain(t *testing.T, s *cluster.State) {
	data, err := s.Encode()
	check.NoError(t, err)
	again, err := cluster.DecodeState(data)
	check.NoError(t, err)
	checkSame(t, again, s)
}

func newState(t testing.TB) *cluster.State {
	t.Helper()
	return extend(t, cluster.NewState(), 3, cluster.InitCluster("cluster1", "2026-01-02 03:04:05", proxy("proxy001"), defaults()))
}

// extend applies changes as the entry with that index.
func extend(t testing.TB, s *cluster.State, index uint64, changes ...cluster.Change) *cluster.State {
	t.Helper()
	s, err := s.Extend(entry(t, s.Position.Index, cluster.Position{Term: 1, Index: index}, changes...))
	check.NoError(t, err)
	return s
}

func entry(t testing.TB, after uint64, at cluster.Position, changes ...cluster.Change) cluster.Entry {
	t.Helper()
	data, err := cluster.Proposal{After: after, Changes: changes}.Encode()
	check.NoError(t, err)
	return cluster.Entry{Position: at, Data: data}
}

func checkSame(t testing.TB, got, want *cluster.State) {
	t.Helper()
	check.Equal(t, got.Position, want.Position)
	check.Equal(t, got.Map.Wire(), want.Map.Wire())
	check.Equal(t, got.Buckets.WireBMD(), want.Buckets.WireBMD())
	check.Equal(t, got.Config, want.Config)
}
