package proxy

import (
	"cmp"
	"net/http"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/hrw"
)

// toOwner sends the client to the target that owns the object, or hands the
// request to the target of this process: if that is the owner, if another node
// asks, or if one that knows a later map has sent the client here.
func (p *Proxy) toOwner(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	return p.route(w, r, q, "", func() error { return p.local.ServeObject(w, r, q) })
}

// actAtOwner is toOwner for an action.
func (p *Proxy) actAtOwner(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	return p.route(w, r, q, "", func() error { return p.local.ActOnObject(w, r, q, a) })
}

// route calls here if the request is for the target of this process, and sends
// the client to the right one if not: to the one named, or else to the owner of
// the object.
func (p *Proxy) route(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, target string, here func() error) error {
	if p.local != nil && q.Caller.Identity.Node() != "" {
		return here()
	}
	state := p.core.Meta.State()
	if _, ok := state.Buckets.Get(q.Bucket); !ok {
		return bucketNotFound("proxy.object", q.Bucket)
	}
	owner, err := state.Map.Owner(digest(q.Bucket, q.Object))
	if target != "" {
		owner, err = targetNamed(state.Map, target)
	}
	if err != nil {
		return err
	}
	if p.local != nil && (owner.ID == p.local.Self().ID || p.core.SentByLater(r, state.Map.Version()) > 0) {
		return here()
	}
	if owner.Has(wire.NodeDown) {
		return ownerDown(owner)
	}
	return p.core.Signer.Redirect(w, r, rest.Redirection{
		URL:    p.towards(owner, r),
		Rights: q.Need,
		Map:    state.Map.Version(),
	})
}

// ownerDown is the answer for objects of a target that is down: it keeps its place,
// so nobody else has them.
func ownerDown(owner *wire.Node) error {
	e := errs.E("proxy.object", owner.String(), errs.Unavailable, nil)
	e.Code, e.RetryAfter = errs.CodeNotNow, 5*time.Second
	e.Public = "target " + owner.ID + ", which owns the object, is down: try again later"
	return e
}

// towards is the address at which the client of a request reaches a target: that
// of the data network for one that is near the nodes.
func (p *Proxy) towards(owner *wire.Node, r *http.Request) string {
	near := p.core.Options.Near
	if !near.IsValid() {
		return owner.Public.URL
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !near.Contains(from.Addr().Unmap()) {
		return owner.Public.URL
	}
	return owner.Data.URL
}

func targetNamed(m *cluster.Map, id string) (*wire.Node, error) {
	if n, ok := m.Node(id); ok && n.Type == wire.NodeTarget {
		return n, nil
	}
	e := errs.E("proxy.object", id, errs.NotFound, nil)
	e.Public = "target " + strconv.Quote(id) + " is not in the cluster"
	return nil, e
}

// copyObject checks that the client may write to the bucket that the copy goes
// to, and sends it to the owner of what is copied.
func (p *Proxy) copyObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	to, _, err := wire.ParseUname(q.Query.Get(wire.QueryObjectTo))
	if err != nil {
		return err
	}
	b, ok := p.core.Meta.State().Buckets.Get(to)
	if !ok {
		return bucketNotFound("proxy.copy", to)
	}
	allowed := access.OfBucket(b.Bucket, b.Props)
	if err := access.Allowed(q.Caller.Identity, &allowed, access.PutObject); err != nil {
		return err
	}
	q.Need |= access.PutObject
	return p.toOwner(w, r, q)
}

// promote sends the client to the target that has the file: the one that it
// names, or else, since the targets share their files, the one that will own the
// object.
func (p *Proxy) promote(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	var message wire.Promotion
	if err := a.Decode(&message); err != nil {
		return err
	}
	of := *q
	if of.Object = message.Object; of.Object == "" || strings.HasSuffix(of.Object, "/") {
		of.Object += path.Base(cmp.Or(message.Source, a.Name))
	}
	return p.route(w, r, &of, message.Target, func() error { return p.local.ActOnObject(w, r, q, a) })
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
