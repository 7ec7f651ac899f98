package proxy

import (
	"maps"
	"net/http"
	"strings"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
)

// Routes declares what a gateway answers.
func (p *Proxy) Routes(r *rest.Router) {
	p.router = r
	toOwner := func(need access.Bits) []rest.ObjectVerb { return []rest.ObjectVerb{rest.Verb(need, p.toOwner)} }
	act := func(need access.Bits) rest.ObjectAction { return rest.ObjectAct(need, p.actAtOwner) }
	r.Objects(rest.ObjectRoutes{
		Get:  toOwner(access.GetObject),
		Head: toOwner(access.HeadObject),
		Put: []rest.ObjectVerb{
			rest.VerbWith(wire.QueryUploadID, access.PutObject, p.toOwner),
			rest.VerbWith(wire.QueryAppendType, access.AppendObject, p.toOwner),
			rest.VerbWith(wire.QueryObjectTo, access.GetObject, p.copyObject),
			rest.Verb(access.PutObject, p.toOwner),
		},
		Delete: []rest.ObjectVerb{
			rest.VerbWith(wire.QueryUploadID, access.PutObject, p.toOwner),
			rest.Verb(access.DeleteObject, p.toOwner),
		},
		Patch: toOwner(access.UpdateObject),
		Post: map[string]rest.ObjectAction{
			wire.ActionCreateUpload:   act(access.PutObject),
			wire.ActionCompleteUpload: act(access.PutObject),
			wire.ActionRenameObject:   act(access.MoveObject),
			wire.ActionCheckLock:      act(access.GetObject),
		},
		BucketPost: map[string]rest.ObjectAction{
			wire.ActionPromote: rest.ObjectAct(access.Promote, p.promote),
		},
	})
	r.Actions("GET /v1/buckets", map[string]rest.Action{
		"":              rest.Act(access.ListBuckets, p.listBuckets),
		wire.ActionList: rest.Act(access.ListBuckets, p.listBuckets),

		wire.ActionSummary: rest.Act(access.ListBuckets, p.summarize),
	})
	r.Actions("GET /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionList:    rest.Act(access.ListObjects, p.listBucket),
		wire.ActionSummary: rest.Act(access.ListObjects, p.summarize),
	})
	r.Handle("HEAD /v1/buckets/{bucket}", access.HeadBucket, p.consistent(p.headBucket))
	r.Handle("HEAD /v1/buckets/{bucket}/{prefix...}", access.HeadBucket, p.consistent(p.headBucket))
	r.Actions("POST /v1/buckets/{bucket}", with(p.jobActions(http.MethodPost), map[string]rest.Action{
		wire.ActionCreateBucket: rest.Act(access.CreateBucket, p.createBucket),
	}))
	r.Actions("PUT /v1/buckets/{bucket}", p.jobActions(http.MethodPut))
	r.Actions("DELETE /v1/buckets/{bucket}", with(p.jobActions(http.MethodDelete), map[string]rest.Action{
		wire.ActionDestroyBucket: rest.Act(access.DestroyBucket, p.destroyBucket),
	}))
	r.Actions("PATCH /v1/buckets/{bucket}", map[string]rest.Action{
		// Not PatchBucket, which a bucket may refuse: see setBucketProps.
		wire.ActionSetBucketProps:   rest.Act(access.SetBucketACL, p.setBucketProps),
		wire.ActionResetBucketProps: rest.Act(access.SetBucketACL, p.resetBucketProps),
	})
	r.Handle("GET /v1/daemon", access.ShowCluster, p.consistent(p.daemon))
	r.Handle("PUT /v1/cluster/set-config", access.Admin, p.setConfig)
	r.Handle("PUT /v1/cluster/load-x509", access.Admin, p.loadCertificates)
	r.Handle("PUT /v1/cluster/load-x509/{node}", access.Admin, p.loadCertificates)
	r.Actions("PUT /v1/cluster", p.clusterActions())
	r.Handle("GET /v1/cluster", access.ShowCluster, p.consistent(p.clusterQueries().Answer))
	r.Handle("PUT "+node.PathSetConfig, access.Admin, p.core.SetConfig)
	r.Actions("PUT /v1/daemon", p.core.ConfigActions())
	r.Handle("GET /v1/reverse/daemon", access.ShowCluster, p.reverse)
	r.Handle("PUT /v1/reverse/daemon/set-config", access.Admin, p.reverseSetConfig)
	r.Actions("PUT /v1/reverse/daemon", p.reversed(p.core.ConfigActions()))
	r.Handle("PUT /v1/cluster/proxy/{id}", access.Admin, p.setPrimary)
	r.Handle("POST /v1/cluster/join-by-admin", access.Admin, p.joinByAdmin)
	r.Handle("DELETE /v1/cluster/daemon/{id}", access.Admin, p.removeNode)
	r.Handle("GET "+wire.PathS3Keys, access.Admin, p.listS3Keys)
	r.Handle("POST "+wire.PathS3Keys, access.Admin, p.createS3Key)
	r.Handle("DELETE "+wire.PathS3Keys+"/{key}", access.Admin, p.removeS3Key)
	r.HandleAlways("PUT "+wire.PathRecover, access.Admin, p.core.AnswerRecovery)
	r.ControlOpen("POST "+node.PathJoin, p.join)
	r.Control("POST "+node.PathKeepalive, p.keepalive)
	r.Control("POST "+node.PathDone, p.jobsDone)
	r.Control("POST "+node.PathJobStart, p.jobForTarget)
}

// clusterActions are the actions on the cluster resource.
func (p *Proxy) clusterActions() map[string]rest.Action {
	actions := p.memberActions()
	actions[wire.ActionSetConfig] = rest.Act(access.Admin, p.mergeConfig)
	actions[wire.ActionResetConfig] = rest.Act(access.Admin, p.resetConfig)
	actions[wire.ActionStartJob] = rest.Act(access.ShowCluster, p.startByKind)
	actions[wire.ActionStopJob] = rest.Act(access.ShowCluster, p.stopJob)
	return actions
}

// queries are what this gateway answers about itself.
func (p *Proxy) queries() node.Queries {
	return p.core.Queries(p.Self, func(*wire.NodeStatus) {})
}

// daemon answers a query about this node, in the role that is asked for.
func (p *Proxy) daemon(w http.ResponseWriter, r *http.Request) error {
	if id := r.Header.Get(wire.HeaderNodeID); p.local != nil && id == p.local.Self().ID {
		return p.local.Queries().Answer(w, r)
	}
	return p.queries().Answer(w, r)
}

// clusterQueries are what a gateway answers about the cluster.
func (p *Proxy) clusterQueries() node.Queries {
	queries := node.Queries{
		wire.WhatClusterConfig:  func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, p.clusterConfig()) },
		wire.WhatConfigSettings: func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, p.clusterSettings()) },
		wire.WhatBackends:       func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, []string{}) },
		wire.WhatRemote: func(w http.ResponseWriter, _ *http.Request) error {
			return rest.JSON(w, &wire.RemoteClusters{Clusters: []wire.RemoteCluster{}})
		},
		wire.WhatTargetIPs: p.targetAddresses,
		wire.WhatSmap:      p.queries()[wire.WhatSmap],
		wire.WhatSysInfo:   p.ofEveryNode(wire.WhatSysInfo),
		wire.WhatNodeStats: p.ofEveryNode(wire.WhatNodeStats),
	}
	maps.Copy(queries, p.jobQueries())
	return queries
}

// clusterConfig is what the cluster has agreed on, without secrets. It is read
// from the log, which is ahead of what is in force here.
func (p *Proxy) clusterConfig() *config.Cluster {
	c := p.core.Settings.Cluster()
	if now := p.core.Meta.State(); now.Initialized() {
		c = new(*now.Config)
	}
	c.Auth = c.Auth.Redacted()
	return c
}

// clusterSettings describes what the cluster has agreed on.
func (p *Proxy) clusterSettings() []wire.ConfigSetting {
	list := config.Describe(p.clusterConfig())
	for i := range list {
		list[i].Source = wire.SourceCluster
	}
	return list
}

// with returns actions and more.
func with(actions, more map[string]rest.Action) map[string]rest.Action {
	maps.Copy(actions, more)
	return actions
}

// targetAddresses answers with the addresses of all targets, joined by commas.
func (p *Proxy) targetAddresses(w http.ResponseWriter, _ *http.Request) error {
	var hosts []string
	for _, t := range p.core.Meta.State().Map.Targets() {
		hosts = append(hosts, t.Public.Host)
	}
	return rest.Text(w, strings.Join(hosts, ","))
}
