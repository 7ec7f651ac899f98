package quorum_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/internal/units"
)

// patience has the first of the voters believe in its own lead for long, and the
// others soon not.
func patience(i int, o *quorum.Options) {
	o.Config = config.DefaultQuorum()
	long := units.Duration(13 * time.Second)
	if i == 0 {
		long = units.Duration(time.Minute)
	}
	o.Config.Heartbeat, o.Config.Election, o.Config.LeaderLease = long, long, long
}

// replaced waits until another voter than old leads, and old does not know.
func (v *voters) replaced(old *quorum.Log) {
	v.t.Helper()
	v.await(func(l *quorum.Log) bool { return l != old && l.IsLeader() })
	check.Equal(v.t, old.IsLeader(), true)
}

// late has answers arrive only when they are let go. What was asked has been done
// before that.
type late struct {
	raft.LoopbackTransport
	holds atomic.Bool
	let   chan struct{} // closed when they are let go
	held  atomic.Int64
}

func (l *late) AppendEntries(id raft.ServerID, at raft.ServerAddress, ask *raft.AppendEntriesRequest, answer *raft.AppendEntriesResponse) error {
	err := l.LoopbackTransport.AppendEntries(id, at, ask, answer)
	if err == nil && l.holds.Load() {
		l.held.Add(1)
		<-l.let
	}
	return err
}

// A voter may have gone over to another primary while its answer was on its way.
func TestAnAnswerThatWasOnItsWayConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := &late{let: make(chan struct{})}
		v := newVotersWith(t, 3, func(i int, o *quorum.Options) {
			if patience(i, o); i == 0 {
				answers.LoopbackTransport = o.Transport.(raft.LoopbackTransport)
				o.Transport = answers
			}
		})
		old := v.logs[0]
		check.NoError(t, old.Verify(t.Context()))
		answers.holds.Store(true)
		for answers.held.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
		v.cut(old)
		v.replaced(old)

		var asking run.Group
		var verdict error
		asking.Go(func() { verdict = old.Verify(t.Context()) })
		synctest.Wait()
		answers.holds.Store(false)
		close(answers.let)
		asking.Wait()
		check.ErrorIs(t, verdict, errs.Unavailable)
	})
}

// What a log without a vote says of who leads does not count.
func TestALearnerConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVotersWith(t, 4, patience)
		old, learner := v.logs[0], v.logs[3]
		me := quorum.Member{ID: learner.RaftID(), Address: learner.Address()}
		check.NoError(t, old.Remove(t.Context(), me))
		check.NoError(t, old.AddLearner(t.Context(), me))
		check.NoError(t, old.Verify(t.Context()))
		v.cut(old)
		v.cut(learner)
		v.transports[old].Connect(v.transports[learner].LocalAddr(), v.transports[learner])
		v.replaced(old)
		check.ErrorIs(t, old.Verify(t.Context()), errs.Unavailable)
	})
}
