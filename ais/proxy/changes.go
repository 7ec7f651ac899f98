package proxy

import (
	"net/http"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// createBucket is POST create-bck.
func (p *Proxy) createBucket(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b := rest.BucketOf(r)
	var set *wire.BucketPropsToSet
	if a.HasValue() {
		set = &wire.BucketPropsToSet{}
		if err := a.Decode(set); err != nil {
			return err
		}
	}
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.CreateBucket(r.Context(), b, set)
	})
}

// destroyBucket is DELETE destroy-bck.
func (p *Proxy) destroyBucket(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b := rest.BucketOf(r)
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.DestroyBucket(r.Context(), b)
	})
}

// setBucketProps is PATCH set-bprops.
func (p *Proxy) setBucketProps(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b := rest.BucketOf(r)
	set := &wire.BucketPropsToSet{}
	if err := a.Decode(set); err != nil {
		return err
	}
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.SetBucketProps(r.Context(), b, set)
	})
}

// join is POST of a node that wants to be part of the cluster.
func (p *Proxy) join(w http.ResponseWriter, r *http.Request) error {
	request := &primary.JoinRequest{}
	if err := rest.Decode(w, r, request); err != nil {
		return err
	}
	if p.primary == nil {
		return p.notPrimary()
	}
	reply, err := p.primary.Join(r.Context(), request)
	if err != nil {
		return err
	}
	return rest.JSON(w, reply)
}

// change makes a change here if this proxy leads, else passes the request on to
// the primary.
func (p *Proxy) change(w http.ResponseWriter, r *http.Request, a *wire.Action, apply func(*primary.Primary) error) error {
	if p.primary != nil {
		return apply(p.primary)
	}
	return p.forward(w, r, a)
}

// notPrimary tells a node that it asked the wrong proxy.
func (p *Proxy) notPrimary() error {
	e := errs.E("proxy", p.self.ID, errs.Unavailable, nil)
	e.Public = "this gateway is not the primary"
	return e
}
