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
	t.router.Store(r)
	if !behindGateway {
		r.Objects(t.routes.Through(t.atOwner, t.actAtOwner))
		r.Handle("GET /v1/daemon", access.ShowCluster, t.Queries().Answer)
		r.Handle("PUT "+node.PathSetConfig, access.Admin, t.core.SetConfig)
		r.HandleAlways("PUT "+wire.PathRecover, access.Admin, t.core.AnswerRecovery)
		r.Actions("PUT /v1/daemon", t.core.ConfigActions())
	}
	r.Control("POST "+node.PathBegin, t.begin)
	r.Control("DELETE "+node.PathBegin+"/{id}", t.release)
	r.Control("POST "+node.PathJobs, t.listJobs)
	t.routesOfUploads(r)
	for name, calls := range t.modules.Calls {
		for call, answer := range calls {
			r.Data("POST /v1/"+name+"/"+call+"/{bucket}", t.peerCall(answer))
		}
	}
}

// objectRoutes are the verbs on objects, wherever the request comes in.
func (t *Target) objectRoutes() rest.ObjectRoutes {
	return rest.ObjectRoutes{
		Get:  []rest.ObjectVerb{rest.Verb(access.GetObject, t.leased(t.getObject))},
		Head: []rest.ObjectVerb{rest.Verb(access.HeadObject, t.leased(t.headObject))},
		Put: []rest.ObjectVerb{
			rest.VerbWith(wire.QueryUploadID, access.PutObject, t.putPart),
			rest.VerbWith(wire.QueryAppendType, access.AppendObject, t.appendObject),
			rest.VerbWith(wire.QueryObjectTo, access.GetObject, t.copyObject),
			rest.Verb(access.PutObject, t.putObject),
		},
		Delete: []rest.ObjectVerb{
			rest.VerbWith(wire.QueryUploadID, access.PutObject, t.abortUpload),
			rest.Verb(access.DeleteObject, t.deleteObject),
		},
		Patch: []rest.ObjectVerb{rest.Verb(access.UpdateObject, t.patchObject)},
		Post: map[string]rest.ObjectAction{
			wire.ActionCreateUpload:   rest.ObjectAct(access.PutObject, t.createUpload),
			wire.ActionCompleteUpload: rest.ObjectAct(access.PutObject, t.completeUpload),
			wire.ActionRenameObject:   rest.ObjectAct(access.MoveObject, t.renameObject),
			wire.ActionCheckLock:      rest.ObjectAct(access.GetObject, t.checkLock),
		},
		BucketPost: map[string]rest.ObjectAction{
			wire.ActionPromote: rest.ObjectAct(access.Promote, t.promote),
		},
	}
}

// Queries are what this target answers about itself.
func (t *Target) Queries() node.Queries {
	q := t.core.Queries(t.Self, t.describe)
	q[wire.WhatMountpaths] = func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, t.mountpaths()) }
	q[wire.WhatDisk] = func(w http.ResponseWriter, _ *http.Request) error {
		return rest.JSON(w, &wire.DiskStatus{Capacity: t.capacity(), Disks: map[string]wire.DiskRates{}})
	}
	return q
}

// describe adds to the status of the node what the target knows.
func (t *Target) describe(s *wire.NodeStatus) {
	s.Capacity = t.capacity()
	flags := spaceFlags(s.Capacity, t.core.Cluster.Get().Space)
	s.Cluster.Flags |= flags
	s.Tracker["state.flags"] |= int64(flags)
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
