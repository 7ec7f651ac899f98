package primary_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

// usher notes what nodes are told.
type usher struct {
	mu      sync.Mutex
	told    []string           // guarded by mu; "target01 leave", …
	broken  map[string]error   // guarded by mu; what nodes answer
	last    primary.LeaveOrder // guarded by mu
	invited func(*primary.Invitation) (*primary.InvitationReply, error)
}

func (u *usher) note(id string, o primary.LeaveOrder) {
	u.mu.Lock()
	defer u.mu.Unlock()
	text := id
	for _, word := range []struct {
		set  bool
		name string
	}{{o.Asks, "asked"}, {!o.Asks && !o.Forget, "stop"}, {o.Forget, "leave"}, {o.Wipe, "wiped"}, {o.Stay, "stays"}} {
		if word.set {
			text += " " + word.name
		}
	}
	if !slices.Contains(u.told, text) {
		u.told = append(u.told, text)
	}
}

func (u *usher) Leave(_ context.Context, n *wire.Node, o *primary.LeaveOrder) error {
	u.note(n.ID, *o)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last = *o
	return u.broken[n.ID]
}

func (u *usher) Invite(_ context.Context, _ string, i *primary.Invitation) (*primary.InvitationReply, error) {
	return u.invited(i)
}

// answers makes a node answer with an error; nil makes it well again.
func (u *usher) answers(id string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken == nil {
		u.broken = map[string]error{}
	}
	u.broken[id] = err
}

// heard returns what nodes were told since the last call, sorted.
func (u *usher) heard() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	told := u.told
	u.told = nil
	slices.Sort(told)
	return told
}

// flags are those of a node, and false when it has left.
func (r *rig) flags(id string) (uint64, bool) {
	n, there := r.log.State().Map.Node(id)
	if !there {
		return 0, false
	}
	return n.Flags, true
}

// alive makes nodes known as healthy.
func (r *rig) alive(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		_, err := r.Hear(t.Context(), &primary.Keepalive{IDs: []string{id}, Incarnation: 1})
		check.NoError(t, err)
	}
}

func TestNodesAreSeenOff(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		for i := range 4 {
			r.join(t, fmt.Sprintf("target0%d", i+1))
		}
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))

		// Maintenance tells nobody to go.
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target01"}}))
		time.Sleep(time.Second)
		check.Equal(t, r.usher.heard(), []string(nil))

		// It may hold objects: it is not told, before these may be given up.
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target01"}, Outage: cluster.Decommission, Wipe: true}))
		time.Sleep(time.Second)
		check.Equal(t, r.usher.heard(), []string(nil))
		check.ErrorIs(t, r.Remove(t.Context(), "target01"), errs.Conflict)
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target01"}, Outage: cluster.Decommission, Abandon: true, Wipe: true}))
		time.Sleep(time.Second)
		check.Equal(t, r.usher.heard(), []string{"target01 leave wiped"})
		_, there := r.flags("target01")
		check.Equal(t, there, false)

		// One that is shut down stays in the map.
		r.alive(t, "target02", "target03", "target04")
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target02"}, Outage: cluster.Shutdown, Abandon: true}))
		time.Sleep(time.Second)
		check.Equal(t, r.usher.heard(), []string{"target02 stop"})
		flags, _ := r.flags("target02")
		check.Equal(t, flags, wire.NodeMaintenance|wire.NodeMaintenanceAfterRebalance)
		check.NoError(t, r.Restore(t.Context(), []string{"target02"}))
		flags, _ = r.flags("target02")
		check.Equal(t, flags, uint64(0))
		check.ErrorIs(t, r.Restore(t.Context(), nil), errs.Invalid)
		check.ErrorIs(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"proxy001"}}), errs.Conflict)
	})
}

// One that does not answer is told again and again, and is gone once it is down.
func TestSilentNodesLeaveWhenTheyAreDown(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		for _, id := range []string{"target01", "target02", "target03"} {
			r.join(t, id)
		}
		r.usher.answers("target01", errs.E("test", "", errs.Unavailable, nil))
		r.fail("target01", refuses)
		r.usher.answers("target02", errs.E("test", "", errs.Conflict, nil)) // it is in another cluster by now
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target01", "target02"}, Outage: cluster.Decommission, Abandon: true, Unsafe: true}))
		time.Sleep(3 * time.Second)
		check.Equal(t, r.usher.heard(), []string{"target01 leave", "target02 leave"})
		_, there := r.flags("target01")
		check.Equal(t, there, true)
		_, there = r.flags("target02")
		check.Equal(t, there, false)
		time.Sleep(10 * time.Second)
		_, there = r.flags("target01")
		check.Equal(t, there, false)

		r.alive(t, "target03")
		r.join(t, "target04")
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target03"}}))
		check.NoError(t, r.Remove(t.Context(), "target03")) // there never was a bucket
		check.ErrorIs(t, r.Remove(t.Context(), "target03"), errs.NotFound)
		check.ErrorIs(t, r.Remove(t.Context(), "proxy001"), errs.Conflict)
	})
}

// An order to leave holds for the state by which the node has to: one that knows
// better does not obey, and stays.
func TestAnOrderToLeaveIsByAState(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		r.usher.answers("target01", errs.E("test", "", errs.Unavailable, nil)) // as a node does that knows better
		check.NoError(t, r.Withdraw(t.Context(), cluster.Withdrawal{IDs: []string{"target01"}, Outage: cluster.Decommission, Abandon: true}))
		time.Sleep(time.Second)
		r.usher.mu.Lock()
		order := r.usher.last
		r.usher.mu.Unlock()
		check.Equal(t, order.Forget, true)
		check.Equal(t, order.Position, r.log.State().Position)
		_, there := r.flags("target01")
		check.Equal(t, there, true)
	})
}

func TestWholeClusterIsTold(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		r.usher.answers("target02", errs.E("test", "", errs.Unavailable, nil))
		check.NoError(t, r.Shutdown(t.Context()))
		check.Equal(t, r.usher.heard(), []string{"self stop", "target01 stop", "target02 stop"})

		err := r.DecommissionAll(t.Context(), primary.LeaveOrder{Wipe: true})
		check.ErrorIs(t, err, errs.Conflict)
		check.Contains(t, errs.PublicOf(err), "no answer from target02")
		check.Equal(t, r.usher.heard(), []string{"target01 asked", "target02 asked"})
		r.usher.answers("target02", nil)
		check.NoError(t, r.DecommissionAll(t.Context(), primary.LeaveOrder{Wipe: true}))
		check.Equal(t, r.usher.heard(), []string{
			"self leave wiped", "target01 asked", "target01 leave wiped", "target02 asked", "target02 leave wiped",
		})
	})
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := newRig(t, "secret")
		defer stop()
		guest := node("target01", wire.NodeTarget)
		comes := true
		r.usher.invited = func(i *primary.Invitation) (*primary.InvitationReply, error) {
			check.Equal(t, i.UUID, r.log.State().Map.UUID())
			check.Equal(t, i.Control, "http://proxy001:80")
			check.Equal(t, i.Knows([]byte("secret")), true)
			check.Equal(t, i.Knows(nil), true)
			check.Equal(t, i.Knows([]byte("other")), false)
			forged := *i
			forged.Control = "http://evil:80"
			check.Equal(t, forged.Knows([]byte("secret")), false)
			if comes {
				r.start(t, guest.ID)
				request := &primary.JoinRequest{Nodes: []*wire.Node{guest}, Incarnation: 1}
				request.Proof = primary.Proof([]byte("secret"), request.Nodes)
				_, err := r.Join(t.Context(), request)
				check.NoError(t, err)
			}
			return &primary.InvitationReply{Nodes: []*wire.Node{guest}}, nil
		}
		ids, err := r.Invite(t.Context(), "http://target01:80", &wire.Node{Type: wire.NodeTarget})
		check.NoError(t, err)
		check.Equal(t, ids, []string{"target01"})
		_, err = r.Invite(t.Context(), "http://target01:80", &wire.Node{ID: "target09"})
		check.ErrorIs(t, err, errs.Conflict)

		comes, guest = false, node("target02", wire.NodeTarget)
		_, err = r.Invite(t.Context(), "http://target02:80", &wire.Node{})
		check.ErrorIs(t, err, errs.Unavailable)
	})
}
