package proxy

import (
	"net/http"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// Local is the target of the same process, if there is one.
type Local interface {
	Self() *wire.Node
	// ServeObject serves a request whose caller's rights were checked.
	ServeObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error
	// Queries answer what is asked about the target.
	Queries() node.Queries
}

// Proxy is the gateway role of a node.
type Proxy struct {
	core    *node.Core
	self    *wire.Node
	primary *primary.Primary // nil on a proxy that does not vote
	local   Local            // nil unless the process is a target too
}

// New makes the gateway role. It runs nothing of its own.
func New(core *node.Core, id string, p *primary.Primary, local Local) *Proxy {
	return &Proxy{core: core, self: core.Self(id, wire.NodeProxy), primary: p, local: local}
}

// Self is the proxy as the cluster map knows it.
func (p *Proxy) Self() *wire.Node { return p.self }
