package proxy

import (
	"net/http"
	"strings"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// Routes declares what a gateway answers.
func (p *Proxy) Routes(r *rest.Router) {
	toOwner := func(need access.Bits) []rest.ObjectVerb { return []rest.ObjectVerb{rest.Verb(need, p.toOwner)} }
	r.Objects(rest.ObjectRoutes{
		Get:    toOwner(access.GetObject),
		Head:   toOwner(access.HeadObject),
		Put:    toOwner(access.PutObject),
		Delete: toOwner(access.DeleteObject),
	})
	r.Actions("GET /v1/buckets", map[string]rest.Action{
		"":              rest.Act(access.ListBuckets, p.listBuckets),
		wire.ActionList: rest.Act(access.ListBuckets, p.listBuckets),
	})
	r.Actions("GET /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionList: rest.Act(access.ListObjects, p.listBucket),
	})
	r.Handle("HEAD /v1/buckets/{bucket}", access.HeadBucket, p.headBucket)
	r.Actions("POST /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionCreateBucket: rest.Act(access.CreateBucket, p.createBucket),
	})
	r.Actions("DELETE /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionDestroyBucket: rest.Act(access.DestroyBucket, p.destroyBucket),
	})
	r.Actions("PATCH /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionSetBucketProps: rest.Act(access.PatchBucket, p.setBucketProps),
	})
	r.Handle("GET /v1/daemon", access.ShowCluster, p.daemon)
	r.Handle("PUT /v1/cluster/set-config", access.Admin, p.setConfig)
	r.Actions("PUT /v1/cluster", map[string]rest.Action{
		wire.ActionSetConfig:   rest.Act(access.Admin, p.mergeConfig),
		wire.ActionResetConfig: rest.Act(access.Admin, p.resetConfig),
	})
	r.Handle("GET /v1/cluster", access.ShowCluster, p.clusterQueries().Answer)
	r.Handle("GET /v1/reverse/daemon", access.ShowCluster, p.reverse)
	r.ControlOpen("POST "+node.PathJoin, p.join)
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
	return node.Queries{
		wire.WhatClusterConfig: func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, p.core.NodeConfig().Cluster) },
		wire.WhatBackends:      func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, []string{}) },
		wire.WhatRemote: func(w http.ResponseWriter, _ *http.Request) error {
			return rest.JSON(w, &wire.RemoteClusters{Clusters: []wire.RemoteCluster{}})
		},
		wire.WhatTargetIPs:    p.targetAddresses,
		wire.WhatJobStatusAll: noJobs,
		wire.WhatRunningJobs:  noJobs,
		wire.WhatSmap:         p.queries()[wire.WhatSmap],
		wire.WhatSysInfo:      p.queries()[wire.WhatSysInfo],
	}
}

// noJobs answers that there are no jobs: this release has no kind of them.
func noJobs(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, []string{}) }

// targetAddresses answers with the addresses of all targets, joined by commas.
func (p *Proxy) targetAddresses(w http.ResponseWriter, _ *http.Request) error {
	var hosts []string
	for _, t := range p.core.Meta.State().Map.Targets() {
		hosts = append(hosts, t.Public.Host)
	}
	return rest.Text(w, strings.Join(hosts, ","))
}
