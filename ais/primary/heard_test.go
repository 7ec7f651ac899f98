package primary_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func TestASilentNodeIsSuspectedThenDown(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		synctest.Wait()
		steps := []struct {
			wait time.Duration
			say  bool
			want cluster.Health
		}{
			{want: cluster.Healthy},
			{wait: time.Second, want: cluster.Healthy},
			{wait: 2 * time.Second, want: cluster.Suspected},
			{say: true, want: cluster.Healthy},
			{wait: 9 * time.Second, want: cluster.Suspected},
			{wait: 2 * time.Second, want: cluster.Down},
		}
		r.mute("target01")
		for i, step := range steps {
			if step.want == cluster.Down {
				r.fail("target01", refuses) // or it would hear that it is down, and answer
			}
			time.Sleep(step.wait)
			if step.say {
				_, err := r.Hear(t.Context(), &primary.Keepalive{IDs: []string{"target01"}, Incarnation: 1})
				check.NoError(t, err)
			}
			if got := r.Health("target01"); got != step.want {
				t.Fatalf("step %d: %s, want %s", i, got, step.want)
			}
		}
		check.Equal(t, r.Health("target09"), cluster.Down) // never heard of since this node leads
		_, err := r.Hear(t.Context(), &primary.Keepalive{IDs: []string{"target09"}})
		check.ErrorIs(t, err, errs.NotFound)
	})
}

// A node that has lost all it knew counts its starts from the beginning, and may
// come back; one that has only fallen behind is a copy, and may not.
func TestAWipedNodeComesBack(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		nodes := []*wire.Node{node("target01", wire.NodeTarget)}
		uuid := r.log.State().Map.UUID()
		for _, test := range []struct {
			uuid        string
			incarnation uint64
			want        errs.Kind
		}{
			{uuid, 5, ""},
			{uuid, 4, errs.Conflict},
			{"", 1, ""},
			{uuid, 2, ""},
		} {
			_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: nodes, UUID: test.uuid, Incarnation: test.incarnation})
			check.Equal(t, errs.KindOf(err), test.want)
		}
	})
}

// How long a node may be silent is what the configuration says by now.
func TestPatienceFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		synctest.Wait()
		after := func(silence time.Duration, changes map[string]string) cluster.Health {
			_, err := r.SetConfig(t.Context(), changes)
			check.NoError(t, err)
			_, err = r.Hear(t.Context(), &primary.Keepalive{IDs: []string{"target01"}, Incarnation: 1})
			check.NoError(t, err)
			time.Sleep(silence)
			return r.Health("target01")
		}
		r.mute("target01")
		const silence = 4 * time.Second
		check.Equal(t, after(silence, map[string]string{"keepalivetracker.target.factor": "5"}), cluster.Healthy)
		check.Equal(t, after(silence, map[string]string{"keepalivetracker.target.factor": "2"}), cluster.Suspected)
		check.Equal(t, after(silence, map[string]string{"keepalivetracker.target.interval": "3s"}), cluster.Healthy)
		check.Equal(t, after(silence, map[string]string{"keepalivetracker.proxy.interval": "2s"}), cluster.Healthy)
		check.Equal(t, after(silence, map[string]string{"keepalivetracker.target.interval": "1s"}), cluster.Suspected)
		r.fail("target01", refuses)
		check.Equal(t, after(silence, map[string]string{"timeout.lease": "3s"}), cluster.Down)
	})
}

// Whoever has left is forgotten, or nodes that come and go would fill the memory.
func TestNodesThatHaveLeftAreForgotten(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			id := fmt.Sprintf("target%02d", i)
			r.join(t, id)
			r.keepalive(t, id, r.latest().Version(), 0)
			check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{id}, Outage: cluster.Decommission, Abandon: true, Unsafe: true}))
			check.NoError(t, r.AwaitState(t.Context(), func(s *cluster.State) bool { return len(s.Map.Targets()) == 0 }))
		}
		r.join(t, "target99")
		r.keepalive(t, "target99", r.latest().Version(), 0)
		heard, ready := r.Remembered()
		check.Equal(t, heard, 1)
		check.Equal(t, ready, 1)
	})
}
