package s3

import (
	"net/http"
	"strconv"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/hrw"
)

// headerHops counts how often a request has been passed on.
const headerHops = "Ais-S3-Hops"

// maxHops is how often a request is passed on: once, and once more where the node
// that it came to knows of a later map.
const maxHops = 2

// serve does an operation where it belongs.
func (d *Dialect) serve(op operation, w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	d.mark(w.Header())
	d.cors(w.Header(), r, q)
	c := &call{Dialect: d, w: w, r: r, q: q}
	if p, ok := q.Proof.(*proof); ok {
		c.signed = &p.signed
	}
	state := d.options.State()
	if !op.absent && q.Bucket.Name != "" {
		found, ok := state.Buckets.Get(q.Bucket)
		if !ok {
			return errs.BucketNotFound("s3", q.Bucket.String())
		}
		c.bucket = found
	}
	switch op.place {
	case atOwner:
		return d.atOwner(c, op, state)
	case atPrimary:
		return d.atPrimary(c, op, state)
	}
	return op.do(c)
}

// atOwner does an operation if the target of this process owns the object, or
// else passes the request on to who does.
func (d *Dialect) atOwner(c *call, op operation, state *cluster.State) error {
	digest := digestOf(c.q.Bucket, c.q.Object)
	if d.options.Self != "" && d.options.Await != nil {
		writes := c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
		d.options.Await(c.r.Context(), c.sentBy(), digest, writes)
		state = d.options.State()
	}
	owner, err := state.Map.Owner(digest)
	switch {
	case err != nil:
		return err
	case owner.ID == d.options.Self:
		return op.do(c)
	case owner.Has(wire.NodeDown):
		return isDown(owner)
	}
	return d.pass(c, owner, state)
}

// isDown is the error of what is at a target that is down.
func isDown(node *wire.Node) error {
	e := errs.E("s3", node.String(), errs.Unavailable, nil)
	e.Code, e.RetryAfter, e.Public = codeUnavailable, 5*time.Second, "target "+node.ID+", which has a part in this, is down: try again later"
	return e
}

// atPrimary does an operation if this process leads, or else passes the request on
// to who does.
func (d *Dialect) atPrimary(c *call, op operation, state *cluster.State) error {
	if d.options.Buckets != nil && d.options.Buckets.Leads() {
		return op.do(c)
	}
	leader := state.Map.Primary()
	if leader == nil {
		e := errs.E("s3", "", errs.Unavailable, nil)
		e.Code, e.RetryAfter, e.Public = codeUnavailable, time.Second, "there is no primary now, so nothing was changed: try again"
		return e
	}
	return d.pass(c, leader, state)
}

// pass passes a request on, unless that has happened too often: nodes do not
// agree yet on whose it is.
func (d *Dialect) pass(c *call, to *wire.Node, state *cluster.State) error {
	hops, _ := strconv.Atoi(c.r.Header.Get(headerHops)) // of a client that invents one
	if hops < 0 || hops >= maxHops {
		e := errs.E("s3", to.ID, errs.Unavailable, nil)
		e.Code, e.RetryAfter, e.Public = codeSlowDown, time.Second, rows()[codeSlowDown].sentence
		return e
	}
	add := http.Header{
		headerHops:           {strconv.Itoa(hops + 1)},
		wire.HeaderCallerMap: {strconv.FormatInt(state.Map.Version(), 10)},
	}
	if c.q.Root {
		add[headerRoot] = []string{c.q.HostBucket}
	}
	if p, _ := c.q.Proof.(*proof); p != nil && p.form != nil {
		c.r.Body = p.form.body.whole()
	}
	return d.options.Forward(c.w, c.r, to, add, lowerMetadata)
}

// sentBy returns the version of the map of the node that has passed the request
// on, 0 if none has.
func (c *call) sentBy() int64 {
	if !c.q.Passed {
		return 0
	}
	version, _ := strconv.ParseInt(c.r.Header.Get(wire.HeaderCallerMap), 10, 64)
	return version
}

func digestOf(b wire.Bucket, object string) uint64 {
	var buf [256]byte
	return hrw.DigestBytes(b.AppendUname(buf[:0], object))
}
