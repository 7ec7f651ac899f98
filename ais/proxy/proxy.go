package proxy

import (
	"net/http"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/xaction"
)

// Local is the target of the same process, if there is one.
type Local interface {
	Self() *wire.Node
	// ServeObject serves a request whose caller's rights were checked.
	ServeObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error
	// ActOnObject does the same for an action on an object or a bucket.
	ActOnObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error
	// Queries answer what is asked about the target.
	Queries() node.Queries
}

// Proxy is the gateway role of a node.
type Proxy struct {
	core    *node.Core
	self    *wire.Node
	primary *primary.Primary // nil on a proxy that never leads
	local   Local            // nil unless the process is a target too
	specs   *xaction.Specs   // kinds of jobs
	router  *rest.Router     // set by Routes
}

// New makes the gateway role. It runs nothing of its own.
func New(core *node.Core, id string, p *primary.Primary, local Local, specs *xaction.Specs) *Proxy {
	return &Proxy{core: core, self: core.Self(id, wire.NodeProxy), primary: p, local: local, specs: specs}
}

// Self is the proxy as the cluster map knows it.
func (p *Proxy) Self() *wire.Node { return p.self }
