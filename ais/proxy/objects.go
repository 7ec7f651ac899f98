package proxy

import (
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/hrw"
)

// toOwner sends the client to the target that owns the object, or hands the
// request to the target of this process: if that is the owner, if another node
// asks, or if one that knows a later map has sent the client here.
func (p *Proxy) toOwner(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	if p.local != nil && q.Caller.Identity.Node() != "" {
		return p.local.ServeObject(w, r, q)
	}
	state := p.core.Meta.State()
	if _, ok := state.Buckets.Get(q.Bucket); !ok {
		return bucketNotFound("proxy.object", q.Bucket)
	}
	owner, err := state.Map.Owner(digest(q.Bucket, q.Object))
	if err != nil {
		return err
	}
	if p.local != nil && (owner.ID == p.local.Self().ID || p.core.SentByLater(r, state.Map.Version())) {
		return p.local.ServeObject(w, r, q)
	}
	return p.core.Signer.Redirect(w, r, rest.Redirection{
		URL:    owner.Public.URL,
		Rights: q.Need,
		Map:    state.Map.Version(),
	})
}

func digest(b wire.Bucket, object string) uint64 {
	var buf [256]byte
	return hrw.DigestBytes(b.AppendUname(buf[:0], object))
}

// bucketNotFound is the error in the words that clients look for: those of a
// remote provider are another code.
func bucketNotFound(op string, b wire.Bucket) error {
	if b.IsRemote() {
		return errs.RemoteBucketNotFound(op, b.String())
	}
	return errs.BucketNotFound(op, b.String())
}
