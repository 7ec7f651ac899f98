package target

import (
	"net/http"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// atOwner is do for the objects that this target owns. A client that has come
// without a redirect may have guessed the owner by an old map: it is sent to
// the owner, or else a write would be acknowledged where nobody looks for it.
// The same goes for one that a gateway with an old map has sent. One that a
// gateway with a later map has sent waits until this target has that map too,
// and a write of a name that is about to move until it has moved. Another node
// is served.
func (t *Target) atOwner(do rest.ObjectHandler) rest.ObjectHandler {
	return func(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
		if q.Caller.Identity.Node() != "" {
			return do(w, r, q)
		}
		n, err := t.name(q)
		if err != nil {
			return err
		}
		digest := n.Digest()
		later := t.awaitMap(r, digest)
		m := t.applied.Load().Map
		owner, err := m.Owner(digest)
		switch {
		case err != nil:
			return err
		case owner.ID == t.id:
			return do(w, r, q)
		case later > m.Version():
			return behind(n.String())
		}
		return t.core.Signer.Redirect(w, r, rest.Redirection{URL: owner.Public.URL, Rights: q.Need, Map: m.Version()})
	}
}

// actAtOwner is atOwner for an action.
func (t *Target) actAtOwner(do rest.ObjectActionHandler) rest.ObjectActionHandler {
	return func(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
		return t.atOwner(func(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error { return do(w, r, q, a) })(w, r, q)
	}
}

// awaitMap waits for a map by which the request can be served, but not for long,
// and returns the version of the map of the gateway that has sent the client, if
// that was later than ours.
func (t *Target) awaitMap(r *http.Request, digest uint64) (later int64) {
	m := t.applied.Load().Map
	writes := r.Method != http.MethodGet && r.Method != http.MethodHead
	later = t.core.SentByLater(r, m.Version())
	if later > 0 || writes && m.Moves(digest) {
		t.gate.Await(r.Context(), later, func(m *cluster.Map) bool { return !writes || !m.Moves(digest) })
	}
	return later
}

// behind is the answer of a target that does not know what has sent the client to
// it.
func behind(object string) error {
	e := errs.E("target", object, errs.Unavailable, nil)
	e.Code, e.RetryAfter = errs.CodeNotNow, time.Second
	e.Public = "this target does not know the latest cluster map yet: try again"
	return e
}
