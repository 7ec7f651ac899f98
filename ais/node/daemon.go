package node

import (
	"fmt"
	"net/http"
	"sort"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
)

// Reply answers one query about a node.
type Reply func(w http.ResponseWriter, r *http.Request) error

// Queries are the answers of a node to "what" queries, by what is asked.
type Queries map[string]Reply

// Answer is the handler of GET on the daemon resource.
func (q Queries) Answer(w http.ResponseWriter, r *http.Request) error {
	what := rest.QueryOf(r).Get(wire.QueryWhat)
	reply, ok := q[what]
	if !ok {
		e := errs.E("node.Answer", what, errs.Invalid, nil)
		e.Public = fmt.Sprintf("unknown what=%q: this node answers %s", what, strings.Join(q.names(), ", "))
		return e
	}
	return reply(w, r)
}

func (q Queries) names() []string {
	names := make([]string, 0, len(q))
	for name := range q {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Queries are those that every node answers. Self is the node in the role that
// is asked; status adds what the role knows to the node's status.
func (c *Core) Queries(self func() *wire.Node, status func(*wire.NodeStatus)) Queries {
	full := func() *wire.NodeStatus {
		s := c.Status(self())
		status(s)
		return s
	}
	return Queries{
		wire.WhatSmap: func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, c.Meta.State().Map.Wire()) },
		wire.WhatBMD: func(w http.ResponseWriter, _ *http.Request) error {
			return rest.JSON(w, c.Meta.State().Buckets.WireBMD())
		},
		wire.WhatConfig:         func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, c.NodeConfig()) },
		wire.WhatConfigSettings: func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, c.Settings.List()) },
		wire.WhatNodeStatus:     func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, full()) },
		wire.WhatNodeStats:      func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, full()) },
		wire.WhatSysInfo:        func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, systemInfo()) },
		wire.WhatVersion:        func(w http.ResponseWriter, _ *http.Request) error { return rest.Text(w, c.Options.Version) },
		wire.WhatMetrics:        func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, c.Metrics.Kinds()) },
		wire.WhatNode:           func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, self()) },
		wire.WhatLog:            c.log,
		wire.WhatCertificate:    c.showCertificate,
	}
}

// NodeConfig is the configuration of this node: its own settings and those of
// the cluster, as one flat object.
func (c *Core) NodeConfig() *config.File {
	file := c.Settings.File()
	file.Auth = file.Auth.Redacted()
	return &file
}
