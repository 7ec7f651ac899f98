package node

import (
	"errors"
	"net"
	"net/http"
	"time"

	"aistore/access"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
)

// Router makes the HTTP edge of the node, with the routes that every role has.
func (c *Core) Router(name string) *rest.Router {
	r := rest.New(rest.Options{
		Node:         name,
		Signer:       c.Signer,
		BucketAccess: c.bucketAccess,
		Ready:        c.CheckReady,
		Config:       c.Cluster,
		Log:          c.Log,
		Metrics:      c.Scope,
	})
	r.HandleAlways("GET /v1/health", access.None, c.health)
	r.HandleAlways("GET /metrics", access.None, func(w http.ResponseWriter, r *http.Request) error {
		c.Metrics.Handler().ServeHTTP(w, r)
		return nil
	})
	r.Control("PUT /v1/metasync", c.receiveMeta)
	return r
}

// bucketAccess is what a bucket allows.
func (c *Core) bucketAccess(name wire.Bucket) (access.BucketAccess, error) {
	b, ok := c.Meta.State().Buckets.Get(name)
	if !ok {
		return access.BucketAccess{}, errs.NotFound
	}
	return access.OfBucket(b.Bucket, b.Props), nil
}

// Servers are the listeners of the node as parts, control first and public last,
// so that clients are let in when everything else is there.
func (c *Core) Servers(r *rest.Router) ([]run.Named, error) {
	var parts []run.Named
	var problems error
	add := func(name string, socket net.Listener, networks rest.Network) {
		s := &server{socket: socket, router: r, networks: networks, drain: c.drainTime}
		handler, err := r.Handler(networks)
		problems = errors.Join(problems, err)
		s.http = rest.NewServer(handler, rest.ServerOptions{Config: c.Cluster, Log: c.Log, Metrics: c.Scope})
		parts = append(parts, run.Named{Name: name, Part: s})
	}
	public := rest.Public
	if c.sockets.control != c.sockets.public {
		add("control listener", c.sockets.control, rest.Control)
	} else {
		public |= rest.Control
	}
	if c.sockets.data != c.sockets.public {
		add("data listener", c.sockets.data, rest.Data)
	} else {
		public |= rest.Data
	}
	add("public listener", c.sockets.public, public)
	return parts, problems
}

// drainTime is how long requests in flight may take once the node stops.
func (c *Core) drainTime() time.Duration { return c.Cluster.Get().Timeout.Drain.Std() }

// receiveMeta is the handler of what the primary pushes.
func (c *Core) receiveMeta(w http.ResponseWriter, r *http.Request) error {
	m := &primary.SyncMessage{}
	if err := rest.Decode(w, r, m); err != nil {
		return err
	}
	reply, err := c.Meta.Receive(r.Context(), m)
	if err != nil {
		return err
	}
	return rest.JSON(w, reply)
}
