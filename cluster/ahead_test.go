package cluster_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// A cluster that begins anew is ahead of everything that was lost, which some node
// may still have.
func TestAheadOfWhatWasLost(t *testing.T) {
	t.Parallel()
	const gap = 1000
	s := prepared(t)
	pending, _ := s.Map.Pending()
	lost := extend(t, s, 6, cluster.CommitPlacement(pending.Version()), cluster.CreateBucket(uri(t, "ais://c"), wire.DefaultProps("ais")))
	ahead := s.Ahead(gap)
	data, err := ahead.Encode()
	check.NoError(t, err)
	again, err := cluster.DecodeState(data)
	check.NoError(t, err)
	checkSame(t, again, ahead)

	check.Equal(t, ahead.Position, cluster.Position{Term: s.Position.Term + gap, Index: s.Position.Index + gap})
	check.Equal(t, ahead.Map.FenceVersion() > lost.Map.Version(), true)
	check.Equal(t, ahead.Map.InForce().Version() > lost.Map.Version(), true)
	check.Equal(t, ahead.Map.InForce().Targets(), s.Map.InForce().Targets())
	check.Equal(t, ahead.Config.Version, s.Config.Version+gap)
	check.Equal(t, s.Map.FenceVersion(), pending.Version()) // it is as it was

	made, err := ahead.Apply(cluster.CreateBucket(uri(t, "ais://c"), wire.DefaultProps("ais")))
	check.NoError(t, err)
	before, _ := lost.Buckets.Get(uri(t, "ais://c"))
	now, _ := made.Buckets.Get(uri(t, "ais://c"))
	check.Equal(t, before.ID() != now.ID(), true)
	renewed, _ := ahead.Map.Pending()
	_, err = ahead.Apply(cluster.CommitPlacement(renewed.Version()))
	check.NoError(t, err)
}
