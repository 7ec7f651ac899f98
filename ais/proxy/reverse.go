package proxy

import (
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// reverse answers a query about another node by asking it.
func (p *Proxy) reverse(w http.ResponseWriter, r *http.Request) error {
	n, err := p.named(r)
	switch {
	case err != nil:
		return err
	case n.ID == p.self.ID:
		return p.queries().Answer(w, r)
	case p.isHere(n.ID):
		return p.local.Queries().Answer(w, r)
	}
	return p.relayTo(w, r, n, wire.PathDaemon, nil)
}

// reverseSetConfig has another node take settings in the query.
func (p *Proxy) reverseSetConfig(w http.ResponseWriter, r *http.Request) error {
	n, err := p.named(r)
	switch {
	case err != nil:
		return err
	case p.isHere(n.ID):
		return p.core.SetConfig(w, r)
	}
	return p.relayTo(w, r, n, wire.PathDaemon+"/"+wire.WordSetConfig, nil)
}

// reversed returns the actions that this node would carry out itself, for the
// node that a request names.
func (p *Proxy) reversed(actions map[string]rest.Action) map[string]rest.Action {
	all := map[string]rest.Action{}
	for name, action := range actions {
		all[name] = action.Instead(func(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
			n, err := p.named(r)
			switch {
			case err != nil:
				return err
			case p.isHere(n.ID):
				return action.Do(w, r, a)
			}
			body, err := jsonx.Marshal(a)
			if err != nil {
				return errs.E("proxy.reverse", a.Action, errs.Internal, err)
			}
			return p.relayTo(w, r, n, wire.PathDaemon, body)
		})
	}
	return all
}

// named returns the node that the header of a request names.
func (p *Proxy) named(r *http.Request) (*wire.Node, error) {
	id := r.Header.Get(wire.HeaderNodeID)
	n, ok := p.core.Meta.State().Map.Node(id)
	if !ok {
		e := errs.E("proxy.reverse", id, errs.NotFound, nil)
		e.Public = "node \"" + id + "\" does not exist: name one of the cluster map in header " + wire.HeaderNodeID
		return nil, e
	}
	return n, nil
}

// isHere reports whether a node is this process, in either of its roles.
func (p *Proxy) isHere(id string) bool {
	return id == p.self.ID || p.local != nil && id == p.local.Self().ID
}

// relayTo passes a request about a node on to it.
func (p *Proxy) relayTo(w http.ResponseWriter, r *http.Request, n *wire.Node, path string, body []byte) error {
	header := http.Header{wire.HeaderNodeID: {n.ID}}
	return p.relay(w, r, n.Control.URL+path+"?"+r.URL.RawQuery, header, body)
}
