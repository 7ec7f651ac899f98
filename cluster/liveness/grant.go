package liveness

import (
	"errors"
	"fmt"
	"time"

	"aistore/errs"
)

// Request is a target's keepalive as the primary has received it.
type Request struct {
	Node        string
	Incarnation uint64
	Map         int64  // version of the map in force there
	Fenced      int64  // version of the pending placement that it has acknowledged, 0 for none
	Received    Moment // before anything else was done about it
}

// Grant answers a keepalive: the target may write for the time returned from the
// moment it has sent it. Checked is when a check that this node still leads, and
// that a majority has confirmed, began; one that began before the request arrived
// does not do, since another primary may have waited out the leases by then.
// Before, the latest map is to be followed and the node reported as heard.
//
// Errors: NotFound, Conflict (as Heard), Unavailable (the target is to catch up,
// or is being marked down or up, or the check was too early: it asks again).
func (t *Tracker) Grant(r Request, checked Moment) (time.Duration, error) {
	const op = "liveness.Grant"
	n := t.find(r.Node)
	if n == nil {
		return 0, unknown(op, r.Node)
	}
	if err := t.mayGrant(n, r, checked); err != nil {
		return 0, errs.E(op, r.Node, "", err)
	}
	until := r.Received.Add(outlasts(t.settings.Lease))
	t.leases[r.Node] = max(t.leases[r.Node], until)
	return t.settings.Lease, nil
}

func (t *Tracker) mayGrant(n *node, r Request, checked Moment) error {
	kind, why := errs.Unavailable, ""
	switch {
	case !n.target:
		kind, why = errs.Invalid, "only a target has a lease"
	case r.Incarnation < n.incarnation:
		kind, why = errs.Conflict, fmt.Sprintf("its start number is %d, the last seen was %d", r.Incarnation, n.incarnation)
	case checked < r.Received:
		why = "the check that this node leads began before the request arrived"
	case n.down, t.open[r.Node]:
		why = "the cluster map says, or is about to say, that it is down"
	case r.Map < t.m.FenceVersion():
		why = fmt.Sprintf("its cluster map is v%d, the targets have changed in v%d", r.Map, t.m.FenceVersion())
	default:
		return nil
	}
	return errs.E("", "", kind, errors.New(why))
}

// Expired tells whether a target has no lease at now, neither of this primary
// nor of an earlier one. A node that is no target counts from when this primary
// began to lead.
func (t *Tracker) Expired(id string, now Moment) bool {
	earlier := t.began.Add(outlasts(max(t.settings.Lease, t.settings.Longest)))
	return now >= max(earlier, t.leases[id])
}
