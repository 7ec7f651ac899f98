package target

import (
	"io"
	"net/http"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/module"
)

// Routes declares what a target answers. In a process that is a gateway too,
// the gateway's routes win on the public network: it hands over what is for the
// target.
func (t *Target) Routes(r *rest.Router, behindGateway bool) {
	if !behindGateway {
		r.Objects(rest.ObjectRoutes{
			Get:    []rest.ObjectVerb{rest.Verb(access.GetObject, t.atOwner(t.getObject))},
			Head:   []rest.ObjectVerb{rest.Verb(access.HeadObject, t.atOwner(t.headObject))},
			Put:    []rest.ObjectVerb{rest.Verb(access.PutObject, t.atOwner(t.putObject))},
			Delete: []rest.ObjectVerb{rest.Verb(access.DeleteObject, t.atOwner(t.deleteObject))},
		})
		r.Handle("GET /v1/daemon", access.ShowCluster, t.Queries().Answer)
	}
	for name, calls := range t.modules.Calls {
		for call, answer := range calls {
			r.Data("POST /v1/"+name+"/"+call+"/{bucket}", t.peerCall(answer))
		}
	}
}

// Queries are what this target answers about itself.
func (t *Target) Queries() node.Queries {
	q := t.core.Queries(t.Self, func(s *wire.NodeStatus) { s.Capacity = t.capacity() })
	q[wire.WhatMountpaths] = func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, t.mountpaths()) }
	q[wire.WhatDisk] = func(w http.ResponseWriter, _ *http.Request) error {
		return rest.JSON(w, &wire.DiskStatus{Capacity: t.capacity(), Disks: map[string]wire.DiskRates{}})
	}
	return q
}

// maxPeerCall bounds the body of a call to a module.
const maxPeerCall = 16 << 20

// peerCall is the handler of a call to a module.
func (t *Target) peerCall(answer module.PeerCall) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := t.verbs.Bucket(rest.BucketOf(r))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPeerCall))
		if err != nil {
			return errs.E("target.peerCall", b.String(), errs.Invalid, err)
		}
		reply, err := answer(r.Context(), b, body)
		if err != nil {
			return err
		}
		return rest.Bytes(w, http.StatusOK, wire.ContentBinary, reply)
	}
}
