package quorum_test

import (
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// Two of three voters are lost for good: the third goes on with all that it has,
// and takes in others, whatever those have.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVoters(t, 3)
		leader := v.leader()
		s := propose(t, leader, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
		newest, err := leader.Newest()
		check.NoError(t, err)
		check.Equal(t, newest.Position, s.Position)

		// What no majority has confirmed is part of it.
		v.cut(leader)
		var proposing run.Group
		proposing.Go(func() { _, _ = leader.Propose(t.Context(), create(2)) })
		synctest.Wait()
		newest, err = leader.Newest()
		check.NoError(t, err)
		check.Equal(t, newest.Buckets.Len(), 2)
		proposing.Wait()

		for _, memory := range []*quorum.Memory{nil, {}} {
			recoverFrom(t, newest, quorum.Options{ID: "proxy001", Dir: t.TempDir(), Memory: memory})
		}
	})
	check.ErrorIs(t, quorum.Recover(quorum.Options{ID: "proxy001", Dir: t.TempDir()}, cluster.NewState()), errs.Invalid)
}

// recoverFrom recovers from a state where another log was.
func recoverFrom(t *testing.T, newest *cluster.State, o quorum.Options) {
	t.Helper()
	lost, err := quorum.Open(o)
	check.NoError(t, err)
	check.NoError(t, lost.Bootstrap(t.Context()))
	check.NoError(t, lost.Close())
	for range 2 { // it may be tried again
		check.NoError(t, quorum.Recover(o, newest))
	}
	recovered := open(t, o)
	check.Equal(t, recovered.RaftID() != lost.RaftID(), true)
	defer runLog(t, recovered)()
	_, err = recovered.AwaitLeader(t.Context())
	check.NoError(t, err)
	check.Equal(t, recovered.State().Buckets.Len(), 2)
	check.Equal(t, recovered.State().Map.UUID(), newest.Map.UUID())
	check.Equal(t, recovered.State().Position.Compare(newest.Position), 1)
	check.Equal(t, recovered.State().Map.FenceVersion() > newest.Map.Version()+1000, true) // whoever has what was lost has no version of the new time
	after := propose(t, recovered, cluster.CreateBucket(bucket(3), wire.DefaultProps("ais")))
	check.Equal(t, after.Buckets.Len(), 3)
	members, err := recovered.Members()
	check.NoError(t, err)
	check.Equal(t, len(members), 1)
	time.Sleep(time.Minute)
	check.NoError(t, recovered.Verify(t.Context()))
}
