package quorum_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// A primary that is cut off changes nothing, its successor goes on from the last
// change, and the old one catches up when it is back.
func TestCutOffPrimaryIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVoters(t, 3)
		old := v.leader()
		propose(t, old, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
		v.cut(old)

		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := old.Propose(ctx, create(2))
		check.ErrorIs(t, err, errs.Unavailable)
		check.Contains(t, err.Error(), "outcome unknown")
		check.ErrorIs(t, old.Verify(t.Context()), errs.Unavailable)

		synctest.Wait()
		time.Sleep(time.Minute) // in the bubble
		next := v.leader()
		check.Equal(t, old.IsLeader(), false)
		_, err = old.Propose(t.Context(), create(3))
		check.ErrorIs(t, err, errs.Unavailable)
		s := propose(t, next, cluster.CreateBucket(bucket(4), wire.DefaultProps("ais")))
		check.Equal(t, s.Buckets.Len(), 2)
		check.NoError(t, next.Verify(t.Context()))

		v.heal(old)
		time.Sleep(time.Minute)
		checkSame(t, old.State(), v.leader().State())
		check.Equal(t, old.Leader().ID, v.leader().Leader().ID)
	})
}

// Whoever proposes to a primary that has only just been elected waits until it
// has seen every earlier change.
func TestNewPrimaryKnowsEveryEarlierChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVoters(t, 3)
		for i := range 10 {
			old := v.leader()
			propose(t, old, cluster.CreateBucket(bucket(i), wire.DefaultProps("ais")))
			v.cut(old)
			v.await(func(l *quorum.Log) bool {
				s, err := l.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) { return nil, nil })
				if err == nil {
					check.Equal(t, s.Buckets.Len(), i+1)
				}
				return err == nil
			})
			v.heal(old)
		}
	})
}

func TestLeadIsToldInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVoters(t, 3)
		for range 5 {
			old := v.leader()
			v.cut(old)
			time.Sleep(time.Minute)
			v.heal(old)
		}
		v.stop()
		for l, told := range v.told {
			for i, leads := range *told {
				if leads != (i%2 == 0) {
					t.Errorf("%s was told %v", l.RaftID(), *told)
				}
			}
			check.Equal(t, len(*told)%2, 0)
		}
	})
}

// voters are logs on a network in memory.
type voters struct {
	t          *testing.T
	logs       []*quorum.Log
	transports map[*quorum.Log]*raft.InmemTransport
	told       map[*quorum.Log]*[]bool // what each was told by OnLead
	cancel     context.CancelFunc
	group      run.Group
}

// newVoters returns running voters, the first of which has made the cluster.
func newVoters(t *testing.T, count int) *voters {
	return newVotersWith(t, count, func(int, *quorum.Options) {})
}

// newVotersWith is newVoters with options that change has changed, for each
// voter in turn.
func newVotersWith(t *testing.T, count int, change func(i int, o *quorum.Options)) *voters {
	v := &voters{t: t, transports: map[*quorum.Log]*raft.InmemTransport{}, told: map[*quorum.Log]*[]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	for i := range count {
		id := fmt.Sprintf("proxy%03d", i+1)
		_, transport := raft.NewInmemTransport(raft.ServerAddress(id))
		o := quorum.Options{ID: id, Transport: transport}
		change(i, &o)
		l := open(t, o)
		told := new([]bool)
		l.OnLead(func(leads bool) { *told = append(*told, leads) })
		v.logs, v.transports[l], v.told[l] = append(v.logs, l), transport, told
	}
	for _, l := range v.logs {
		v.heal(l)
		v.group.Go(func() {
			if err := l.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(v.stop)
	first := v.logs[0]
	<-first.Ready()
	check.NoError(t, first.Bootstrap(t.Context()))
	_, err := first.AwaitLeader(t.Context())
	check.NoError(t, err)
	for _, l := range v.logs[1:] {
		check.NoError(t, first.AddVoter(t.Context(), quorum.Member{ID: l.RaftID(), Address: l.Address()}))
	}
	_, err = first.Propose(t.Context(), initCluster)
	check.NoError(t, err)
	// A voter refuses its vote to one that it has not heard has become a voter.
	// Until all have heard of all, the loss of one may leave no majority.
	time.Sleep(time.Minute)
	return v
}

// leader waits until one leads, and returns it.
func (v *voters) leader() *quorum.Log {
	v.t.Helper()
	return v.await(func(l *quorum.Log) bool { return l.Verify(v.t.Context()) == nil })
}

// await waits until one is as is says, and returns it. Two voters of three may
// need several elections, so it takes its time, which is not real.
func (v *voters) await(is func(*quorum.Log) bool) *quorum.Log {
	v.t.Helper()
	for range 600_000 {
		for _, l := range v.logs {
			if is(l) {
				return l
			}
		}
		time.Sleep(time.Millisecond)
	}
	v.t.Fatal("there is no leader after ten minutes")
	return nil
}

// cut takes l off the network.
func (v *voters) cut(l *quorum.Log) {
	for other, transport := range v.transports {
		transport.Disconnect(v.transports[l].LocalAddr())
		v.transports[l].Disconnect(v.transports[other].LocalAddr())
	}
}

// heal connects l to all.
func (v *voters) heal(l *quorum.Log) {
	for _, transport := range v.transports {
		transport.Connect(v.transports[l].LocalAddr(), v.transports[l])
		v.transports[l].Connect(transport.LocalAddr(), transport)
	}
}

func (v *voters) stop() {
	v.cancel()
	v.group.Wait()
}

func create(i int) func(*cluster.State) ([]cluster.Change, error) {
	return func(*cluster.State) ([]cluster.Change, error) {
		return []cluster.Change{cluster.CreateBucket(bucket(i), wire.DefaultProps("ais"))}, nil
	}
}

// Those who ask at once share the answer, and it is right for each of them.
func TestManyAskWhetherANodeLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVoters(t, 3)
		leader := v.leader()
		ask := func() []error {
			results := make([]error, 100)
			var group run.Group
			for i := range results {
				group.Go(func() { results[i] = leader.Verify(t.Context()) })
			}
			group.Wait()
			return results
		}
		for _, err := range ask() {
			check.NoError(t, err)
		}
		v.cut(leader)
		for _, err := range ask() {
			check.ErrorIs(t, err, errs.Unavailable)
		}
	})
}
