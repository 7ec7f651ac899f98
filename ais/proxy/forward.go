package proxy

import (
	"io"
	"net/http"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// forward sends a change on to the primary, with the action that was its body
// unless that is nil, and the answer back. The caller's rights were checked here;
// the primary trusts the signature of this node.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	leader := p.core.Meta.State().Map.Primary()
	if leader == nil || leader.ID == p.self.ID {
		return p.notPrimary()
	}
	var body []byte
	if a != nil {
		var err error
		if body, err = jsonx.Marshal(a); err != nil {
			return errs.E("proxy.forward", a.Action, errs.Internal, err)
		}
	}
	return p.relay(w, r, leader.Public.URL+r.URL.RequestURI(), nil, body)
}

// relay passes a request on to another node and its answer back.
func (p *Proxy) relay(w http.ResponseWriter, r *http.Request, target string, header http.Header, body []byte) error {
	response, err := p.core.Peers.Request(r.Context(), r.Method, target, header, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	_, err = io.Copy(w, response.Body)
	return err
}

// reverse answers a query about another node by asking it.
func (p *Proxy) reverse(w http.ResponseWriter, r *http.Request) error {
	id := r.Header.Get(wire.HeaderNodeID)
	node, ok := p.core.Meta.State().Map.Node(id)
	if !ok {
		e := errs.E("proxy.reverse", id, errs.NotFound, nil)
		e.Public = "node \"" + id + "\" does not exist: name one of the cluster map in header " + wire.HeaderNodeID
		return e
	}
	if node.ID == p.self.ID {
		return p.queries().Answer(w, r)
	}
	if p.local != nil && node.ID == p.local.Self().ID {
		return p.local.Queries().Answer(w, r)
	}
	header := http.Header{wire.HeaderNodeID: {id}}
	return p.relay(w, r, node.Public.URL+wire.PathDaemon+"?"+r.URL.RawQuery, header, nil)
}
