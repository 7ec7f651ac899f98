package cluster_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/hrw"
	"aistore/internal/jsonx"
)

// prepared returns the state of a cluster of two targets whose names are moving
// to a third one.
func prepared(t testing.TB) *cluster.State {
	t.Helper()
	return extend(t, newState(t), 5,
		cluster.PutNode(target("target01")).Fenced(),
		cluster.PutNode(target("target02")).Fenced(),
		cluster.CreateBucket(uri(t, "ais://b"), wire.DefaultProps("ais")),
		cluster.PutNode(target("target03")).Fenced(),
		cluster.PreparePlacement([]string{"target01", "target02", "target03"}))
}

func TestPendingPlacementSurvivesSnapshotAndWire(t *testing.T) {
	t.Parallel()
	s := prepared(t)
	data, err := s.Encode()
	check.NoError(t, err)
	got, err := cluster.DecodeState(data)
	check.NoError(t, err)
	checkSame(t, got, s)

	w := s.Map.Wire()
	data, err = jsonx.Marshal(w)
	check.NoError(t, err)
	var again wire.Smap
	check.NoError(t, jsonx.Unmarshal(data, &again))
	m, err := cluster.MapFromWire(&again)
	check.NoError(t, err)
	check.Equal(t, m.Wire(), w)
	check.Equal(t, m.FenceVersion(), s.Map.Version())
	check.Equal(t, m.InForce().Targets(), []string{"target01", "target02"})

	again.Ext.Pending.Targets[0] = "stranger"
	_, err = cluster.MapFromWire(&again)
	check.ErrorIs(t, err, errs.Invalid)
}

func TestNamesMoveToTheNewTargetOnly(t *testing.T) {
	before := prepared(t)
	pending, _ := before.Map.Pending()
	after := extend(t, before, 6, cluster.CommitPlacement(pending.Version()))
	moved := 0
	for i := range uint64(3000) {
		digest := hrw.Mix(i)
		old, err := before.Map.Owner(digest)
		check.NoError(t, err)
		now, err := after.Map.Owner(digest)
		check.NoError(t, err)
		if moves := old.ID != now.ID; moves != before.Map.Moves(digest) || moves && now.ID != "target03" || after.Map.Moves(digest) {
			t.Fatalf("%d goes from %s to %s", digest, old, now)
		}
		if old.ID != now.ID {
			moved++
		}
	}
	if moved < 800 || moved > 1200 {
		t.Errorf("%d of 3000 names move to one target of three", moved)
	}
	check.Equal(t, testing.AllocsPerRun(100, func() { before.Map.Moves(7) }), 0)
}

func TestPlacementChangesAreForOnePendingPlacement(t *testing.T) {
	t.Parallel()
	s := prepared(t)
	pending, _ := s.Map.Pending()
	for _, c := range []cluster.Change{
		cluster.PreparePlacement([]string{"target03"}),
		cluster.CommitPlacement(pending.Version() - 1),
		cluster.AbortPlacement(pending.Version() + 1),
		cluster.PutNode(target("target04")), // not fenced
		cluster.RemoveNode("target03").Fenced(),
	} {
		_, err := s.Apply(c)
		check.ErrorIs(t, err, errs.Conflict)
	}
	s = extend(t, s, 6, cluster.AbortPlacement(pending.Version()))
	_, is := s.Map.Pending()
	check.Equal(t, is, false)
	for _, test := range []struct {
		targets []string
		want    error
	}{
		{[]string{"target01", "target02"}, errs.Conflict},
		{[]string{"target02", "target01"}, errs.Invalid},
		{[]string{"target01", "target01"}, errs.Invalid},
		{[]string{"target09"}, errs.NotFound},
		{[]string{"proxy001"}, errs.NotFound},
	} {
		_, err := s.Apply(cluster.PreparePlacement(test.targets))
		check.ErrorIs(t, err, test.want)
	}
}
