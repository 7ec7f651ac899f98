package target

import (
	"net/http"
	"time"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// lease is that of the node, by its clock.
type lease struct{ core *node.Core }

// Term is objects.Lease.Term.
func (l lease) Term() (uint64, bool) { return l.core.Lease.Term(l.core.Now()) }

// leased is do, a read, for a target that may have no lease: another may own its
// objects by now, and have later ones. Then the answer is marked and counted, if
// the cluster allows it at all, and no condition is evaluated: a client would rely
// on it. A peer that asks for what is here knows what that is worth.
func (t *Target) leased(do rest.ObjectHandler) rest.ObjectHandler {
	return func(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
		if local(q) {
			return do(w, r, q)
		}
		if err := t.stale(w.Header(), conditional(r)); err != nil {
			return err
		}
		return do(w, r, q)
	}
}

// stale marks the answer to a read of a target that may have no lease, or refuses
// it.
func (t *Target) stale(h http.Header, conditional bool) error {
	switch {
	case t.core.MayWrite():
		return nil
	case !t.core.Cluster.Get().ReadWithoutLease:
		return outOfTouch("reads are not allowed without (read_without_lease)")
	case conditional:
		return outOfTouch("requests with conditions are not answered without")
	}
	t.staleReads.Inc()
	h[wire.HeaderStale] = []string{wire.StalePossible}
	return nil
}

// conditional reports whether what a read answers depends on what is there.
func conditional(r *http.Request) bool {
	return !rest.ConditionsOf(r.Header).IsZero() || r.Header["If-Range"] != nil
}

func outOfTouch(why string) error {
	e := errs.E("target", "", errs.Unavailable, nil)
	e.Code, e.RetryAfter = errs.CodeNotNow, time.Second
	e.Public = "this target has lost touch with the primary, and " + why + ": try again"
	return e
}
