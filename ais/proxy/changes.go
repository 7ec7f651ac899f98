package proxy

import (
	"net/http"
	"time"

	"aistore/access"
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

// setBucketProps is PATCH set-bprops. What a bucket allows it may be told anew
// even where it allows no change of itself, or nobody could take that back.
func (p *Proxy) setBucketProps(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b := rest.BucketOf(r)
	set := &wire.BucketPropsToSet{}
	if err := a.Decode(set); err != nil {
		return err
	}
	others := *set
	others.Access, others.Force = nil, false
	if others != (wire.BucketPropsToSet{}) {
		if err := p.router.Authorize(rest.CallerOf(r), b, access.PatchBucket); err != nil {
			return err
		}
	}
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.SetBucketProps(r.Context(), b, set)
	})
}

// resetBucketProps is PATCH reset-bprops.
func (p *Proxy) resetBucketProps(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b := rest.BucketOf(r)
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.ResetBucketProps(r.Context(), b)
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

// keepalive is POST of a node that tells the primary that it lives.
func (p *Proxy) keepalive(w http.ResponseWriter, r *http.Request) error {
	k := &primary.Keepalive{}
	if err := rest.Decode(w, r, k); err != nil {
		return err
	}
	if p.primary == nil {
		return p.notPrimary()
	}
	if err := p.speaksFor(r, k.IDs...); err != nil {
		return err
	}
	reply, err := p.primary.Hear(r.Context(), k)
	if err != nil {
		return err
	}
	return rest.JSON(w, reply)
}

// speaksFor refuses what a node says in the name of others than those of its own
// process. Errors: Forbidden.
func (p *Proxy) speaksFor(r *http.Request, ids ...string) error {
	caller := rest.CallerOf(r).Identity.Node()
	m := p.core.Meta.State().Map
	self, known := m.Node(caller)
	for _, id := range ids {
		n, there := m.Node(id)
		if id == caller || known && there && n.Control.URL == self.Control.URL {
			continue
		}
		e := errs.E("proxy.speaksFor", id, errs.Forbidden, nil)
		e.Public = "node " + caller + " does not speak for node " + id
		return e
	}
	return nil
}

// setPrimary is PUT of the id of the proxy that is to lead.
func (p *Proxy) setPrimary(w http.ResponseWriter, r *http.Request) error {
	if rest.QueryOf(r).Get(wire.QueryCandidate) != "" {
		e := errs.E("proxy.setPrimary", wire.QueryCandidate, errs.Unsupported, nil)
		e.Public = "clusters cannot be joined into one: decommission the nodes of one of them, and join them to the other"
		return e
	}
	return p.change(w, r, nil, func(leader *primary.Primary) error {
		return leader.SetPrimary(r.Context(), r.PathValue("id"))
	})
}

// change makes a change here if this proxy leads, else passes the request on to
// the primary; not one that another proxy has passed on. While there is no primary
// it waits for one, but not for long.
func (p *Proxy) change(w http.ResponseWriter, r *http.Request, a *wire.Action, apply func(*primary.Primary) error) error {
	if a == nil {
		return p.changeWith(w, r, nil, apply)
	}
	return p.changeWith(w, r, a, apply)
}

// changeWith is change for a request whose body was message, nil for none.
func (p *Proxy) changeWith(w http.ResponseWriter, r *http.Request, message any, apply func(*primary.Primary) error) error {
	if rest.CallerOf(r).Identity.Node() != "" {
		return p.apply(apply)
	}
	patience := time.Now().Add(time.Duration(p.core.Cluster.Get().Timeout.MaxKeepalive))
	for {
		err := p.apply(apply)
		if primary.Untouched(err) {
			err = p.forward(w, r, message)
		}
		if !primary.Untouched(err) {
			return err
		}
		if time.Now().After(patience) {
			return p.noPrimary(err)
		}
		select {
		case <-r.Context().Done():
			return err
		case <-time.After(watchPause):
		}
	}
}

// apply makes a change if this proxy leads.
func (p *Proxy) apply(change func(*primary.Primary) error) error {
	if p.primary == nil || !p.primary.Leads() {
		return p.notPrimary()
	}
	return change(p.primary)
}

// noPrimary is the answer when nobody leads, or nobody who can be reached.
func (p *Proxy) noPrimary(cause error) error {
	e := errs.E("proxy", p.self.ID, errs.Unavailable, cause)
	e.Public, e.RetryAfter = "there is no primary now, so nothing was changed: try again", time.Second
	return e
}

// notPrimary is the answer to who asked the wrong proxy. Nothing has happened.
func (p *Proxy) notPrimary() error { return primary.NotPrimary(p.self.ID) }
