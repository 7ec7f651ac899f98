package target

import (
	"net/http"

	"aistore/ais/rest"
)

// atOwner is do for the objects that this target owns. A client that has come
// without a redirect may have guessed the owner by an old map: it is sent to
// the owner, or else a write would be acknowledged where nobody looks for it.
// The same goes for one that a gateway with an old map has sent; whom one with a
// later map than ours has sent is served, as is another node.
func (t *Target) atOwner(do rest.ObjectHandler) rest.ObjectHandler {
	return func(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
		if q.Caller.Identity.Node() != "" {
			return do(w, r, q)
		}
		n, err := t.name(q)
		if err != nil {
			return err
		}
		m := t.applied.Load().Map
		owner, err := m.Owner(n.Digest())
		if err != nil {
			return err
		}
		if owner.ID == t.id || t.core.SentByLater(r, m.Version()) {
			return do(w, r, q)
		}
		return t.core.Signer.Redirect(w, r, rest.Redirection{URL: owner.Public.URL, Rights: q.Need, Map: m.Version()})
	}
}
