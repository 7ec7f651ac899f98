package primary_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// A primary that has lost the lead and got it back before it noticed waits out
// the leases that the one in between may have granted.
func TestAPrimaryThatLeadsAgainBeginsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, other, slow, stop := twoLogs(t)
		defer stop()
		r.join(t, "target01")
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		r.keepalive(t, "target01", r.latest().Version(), 0)

		handOn(t, r.log, other)
		slow.begin()
		handOn(t, other, r.log)
		handOn(t, r.log, other)
		time.Sleep(time.Minute) // leases are granted meanwhile, by the other
		handOn(t, other, r.log)
		slow.end()
		check.NoError(t, r.AwaitState(t.Context(), (*cluster.State).Initialized))

		r.fail("target01", func(context.Context) (*primary.SyncReply, error) {
			return nil, errs.E("test", "", errs.Unavailable, nil)
		})
		r.join(t, "target02")
		r.keepalive(t, "target02", r.latest().Version(), 0)
		time.Sleep(time.Second)
		check.Equal(t, r.latest().InForce().Targets(), []string{"target01"}) // it may have a lease
		time.Sleep(20 * time.Second)
		check.Equal(t, r.latest().InForce().Targets(), []string{"target01", "target02"})
	})
}

// A change that waits for a node ends with the lead of the primary: nobody would
// ever say that the node does not answer.
func TestAChangeDoesNotWaitForALeadThatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, other, _, stop := twoLogs(t)
		defer stop()
		r.join(t, "target01")
		r.keepalive(t, "target01", r.latest().Version(), 0)
		r.fail("target01", hangs)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var changing run.Group
		var err error
		changing.Go(func() { err = r.CreateBucket(ctx, bucket("b"), nil) })
		time.Sleep(500 * time.Millisecond)
		handOn(t, r.log, other)
		changing.Wait()
		check.NoError(t, ctx.Err())
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, primary.Untouched(err), false)
		check.Equal(t, other.State().Buckets.Len(), 1)
	})
}

// slowness keeps a clock from answering.
type slowness struct {
	slow  atomic.Bool
	ended chan struct{}
}

func (s *slowness) begin() { s.slow.Store(true) }

func (s *slowness) end() { s.slow.Store(false); close(s.ended) }

// twoLogs is a primary that leads the log of two voters, and the other log, whose
// node is a gateway that answers. The clock of the primary may be slow.
func twoLogs(t *testing.T) (r *rig, other *quorum.Log, slow *slowness, stop func()) {
	t.Helper()
	slow = &slowness{ended: make(chan struct{})}
	origin := time.Now()
	_, mine := raft.NewInmemTransport("proxy001")
	_, its := raft.NewInmemTransport("proxy002")
	mine.Connect("proxy002", its)
	its.Connect("proxy001", mine)
	r = &rig{nodes: map[string]*follower{}, specs: jobSpecs(t)}
	var err error
	r.log, err = quorum.Open(quorum.Options{ID: "proxy001", Transport: mine})
	check.NoError(t, err)
	other, err = quorum.Open(quorum.Options{ID: "proxy002", Transport: its})
	check.NoError(t, err)
	check.NoError(t, r.log.Bootstrap(t.Context()))
	o := r.options(nil, node("proxy001", wire.NodeProxy))
	o.Now = func() liveness.Moment {
		now := liveness.Moment(time.Since(origin))
		if slow.slow.Load() {
			<-slow.ended
		}
		return now
	}
	r.Primary = primary.New(r.log, o)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	for _, parts := range [][]run.Named{{{Name: "log", Part: r.log}, {Name: "primary", Part: r.Primary}}, {{Name: "log", Part: other}}} {
		group.Go(func() {
			if err := run.Parts(ctx, parts); err != nil {
				t.Error(err)
			}
		})
	}
	<-r.log.Ready()
	check.NoError(t, r.AwaitState(t.Context(), (*cluster.State).Initialized))
	r.start(t, "proxy002")
	_, err = r.Join(t.Context(), &primary.JoinRequest{
		Nodes: []*wire.Node{node("proxy002", wire.NodeProxy)}, Log: primary.Log{ID: other.RaftID(), Address: "proxy002"},
	})
	check.NoError(t, err)
	check.NoError(t, r.log.AddVoter(t.Context(), quorum.Member{ID: other.RaftID(), Address: "proxy002"}))
	return r, other, slow, func() { cancel(); group.Wait() }
}

// handOn hands the lead from one log to another.
func handOn(t *testing.T, from, to *quorum.Log) {
	t.Helper()
	address, _, _ := strings.Cut(to.RaftID(), ".")
	check.NoError(t, from.TransferTo(t.Context(), quorum.Member{ID: to.RaftID(), Address: address}))
	for !to.IsLeader() {
		time.Sleep(time.Millisecond)
	}
}
