package node

import (
	"errors"
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
		Throttle:     c.throttle,
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
	r.Control("GET "+PathLog, c.streams.take)
	r.Control("GET "+PathRemains, c.sendRemains)
	r.Control("DELETE "+PathRemains, c.forgetLog)
	r.Control("GET "+PathProbe, c.answerProbe)
	r.Control("PUT "+PathLoadCertificate, c.loadCertificate)
	r.Control("POST "+PathLeave, c.leave)
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
// ForS3 is what the port for S3 alone serves.
func (c *Core) Servers(r *rest.Router, forS3 http.Handler) ([]run.Named, error) {
	var parts []run.Named
	var problems error
	c.warnOfNames(c.Self(c.Identity.ID, c.Config.Role))
	for _, one := range c.sockets.all {
		handler := forS3
		if one != c.sockets.s3 {
			var err error
			handler, err = r.Handler(one.networks)
			problems = errors.Join(problems, err)
		}
		for _, socket := range one.sockets {
			s := &server{socket: socket, router: r, networks: one.networks, drain: c.drainTime}
			s.http = rest.NewServer(handler, rest.ServerOptions{Config: c.Cluster, Log: c.Log, Metrics: c.Scope})
			s.http.TLSConfig = c.serverTLS()
			parts = append(parts, run.Named{Name: "listener " + socket.Addr().String(), Part: s})
		}
	}
	return parts, problems
}

// drainTime is how long requests in flight may take once the node stops.
func (c *Core) drainTime() time.Duration { return c.Cluster.Get().Timeout.Drain.Std() }

// answerProbe says that this node lives.
func (c *Core) answerProbe(w http.ResponseWriter, _ *http.Request) error {
	reply := &probeReply{Incarnation: c.Identity.Incarnation}
	for _, n := range c.Nodes {
		reply.IDs = append(reply.IDs, n.ID)
	}
	return rest.JSON(w, reply)
}

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
