package cluster_test

import (
	_ "embed"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// These files were written by the first release. They are never written anew;
// a new format gets files of its own beside them.
var (
	//go:embed testdata/state.format1
	stateFormat1 []byte
	//go:embed testdata/proposal.format1
	proposalFormat1 []byte // every kind of change, from no cluster on
)

func TestFormat1IsRead(t *testing.T) {
	t.Parallel()
	snapshot, err := cluster.DecodeState(stateFormat1)
	check.NoError(t, err)
	replayed, err := cluster.NewState().Extend(cluster.Entry{Position: snapshot.Position, Data: proposalFormat1})
	check.NoError(t, err)
	for _, s := range []*cluster.State{snapshot, replayed} {
		check.Equal(t, s.Position, cluster.Position{Term: 1, Index: 7})
		check.Equal(t, s.Map.UUID(), "cluster1")
		check.Equal(t, s.Map.Primary().ID, "proxy002")
		check.Equal(t, s.Map.InForce().Targets(), []string{"target01"})
		check.Equal(t, len(s.Map.Placements()), 2)
		n, _ := s.Map.Node("target01")
		check.Equal(t, n.PubExtra[0].Host, "extra")
		check.Equal(t, string(n.VerifyingKey), "key")
		check.Equal(t, n.Flags, wire.NodeDown)
		b, found := s.Buckets.Get(uri(t, "ais://#ns/b"))
		check.Equal(t, found, true)
		check.Equal(t, b.ID(), 1<<63|1)
		check.Equal(t, b.Durable(), true)
		check.Equal(t, s.Buckets.Version(), 3)
		check.Equal(t, s.Config.Version, 2)
	}
}
