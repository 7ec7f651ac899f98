package primary_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

// keepalive is what a target says that has a version of the map.
func (r *rig) keepalive(t *testing.T, id string, version, fenced int64) time.Duration {
	t.Helper()
	reply, err := r.Hear(t.Context(), &primary.Keepalive{IDs: []string{id}, Incarnation: 1, Map: version, Fenced: fenced})
	check.NoError(t, err)
	return time.Duration(reply.Lease)
}

func (r *rig) latest() *cluster.Map { return r.log.State().Map }

func TestALeaseIsForTargetsThatKnowThePlacement(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		version := r.latest().FenceVersion()
		check.Equal(t, r.keepalive(t, "target01", version-1, 0), 0)
		check.Equal(t, r.keepalive(t, "target01", version, 0), 10*time.Second)
		check.Equal(t, r.keepalive(t, "target01", r.latest().Version(), 0), 10*time.Second)
		_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node("proxy002", wire.NodeProxy)}, Incarnation: 1})
		check.NoError(t, err)
		check.Equal(t, r.keepalive(t, "proxy002", r.latest().Version(), 0), 0) // it writes nothing
		_, err = r.Hear(t.Context(), &primary.Keepalive{IDs: []string{"target01"}, Map: version})
		check.ErrorIs(t, err, errs.Conflict) // an earlier start of it
	})
}

// TestAPlacementIsPreparedAndCommitted has a target join a cluster with a bucket.
func TestAPlacementIsPreparedAndCommitted(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		r.keepalive(t, "target01", r.latest().Version(), 0)
		silent := func(context.Context) (*primary.SyncReply, error) {
			return nil, errs.E("test", "", errs.Unavailable, nil)
		}
		r.fail("target01", silent) // it is told nothing, and so agrees to nothing
		r.join(t, "target02")
		synctest.Wait()
		_, pending := r.latest().Pending()
		check.Equal(t, pending, false) // who does not serve yet owns nothing
		check.Equal(t, r.latest().InForce().Targets(), []string{"target01"})

		r.keepalive(t, "target02", r.latest().Version(), 0)
		synctest.Wait()
		prepared, pending := r.latest().Pending()
		check.Equal(t, pending, true)
		check.Equal(t, prepared.Targets(), []string{"target01", "target02"})
		time.Sleep(2500 * time.Millisecond)
		_, pending = r.latest().Pending()
		check.Equal(t, pending, false) // given up
		check.Equal(t, r.latest().InForce().Targets(), []string{"target01"})

		r.fail("target01", nil)
		for range 8 { // tried again after a pause
			r.keepalive(t, "target01", r.latest().Version(), 0)
			r.keepalive(t, "target02", r.latest().Version(), 0)
			time.Sleep(time.Second)
		}
		check.Equal(t, r.latest().InForce().Targets(), []string{"target01", "target02"})
		check.NoError(t, r.AwaitPlacement(t.Context(), func(m *cluster.Map) bool { return m.InForce().Has("target02") }))
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		check.ErrorIs(t, r.AwaitPlacement(impatient, func(*cluster.Map) bool { return false }), errs.Unavailable)
	})
}

// TestASilentTargetIsMarkedDown has one that is not heard for as long as its lease,
// and comes back.
func TestASilentTargetIsMarkedDown(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.keepalive(t, "target01", r.latest().Version(), 0)
		r.fail("target01", hangs)
		down := func() bool { flags, _ := r.flags("target01"); return flags&wire.NodeDown != 0 }
		time.Sleep(9 * time.Second)
		check.Equal(t, down(), false)
		time.Sleep(2 * time.Second)
		check.Equal(t, down(), true)
		check.Equal(t, r.latest().InForce().Has("target01"), true) // it keeps its place
		r.fail("target01", nil)
		r.keepalive(t, "target01", r.latest().Version(), 0)
		time.Sleep(time.Second)
		check.Equal(t, down(), false)
		check.Equal(t, r.keepalive(t, "target01", r.latest().Version(), 0), 10*time.Second)
	})
}
