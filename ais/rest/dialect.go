package rest

import (
	"errors"
	"net/http"
	"strings"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
)

// Dialect speaks of buckets and objects in other words than the native ones.
type Dialect interface {
	// Identify says who sent a request, by what the dialect knows of that: it
	// counts also where a node has passed the request on, which so lends none of
	// its rights. What the dialect wants to remember of the request until its
	// verb, it keeps in o.Proof. An error is answered, and nothing else happens.
	Identify(r *http.Request, o *ObjectRequest) (access.Identity, error)

	// Verb returns the verb for a request, or an error. The path after the
	// dialect's prefix has been split at its first slash into o.Bucket, by name
	// and of provider ais, and o.Object; either may be empty. Verb may exchange
	// the bucket, on which the permission of the verb is then checked.
	Verb(r *http.Request, o *ObjectRequest) (ObjectVerb, error)

	// WriteError answers with an error. Headers that belong to its kind, such
	// as Retry-After, have been set. Of o there is what was read before the error.
	WriteError(w http.ResponseWriter, r *http.Request, o *ObjectRequest, err error)
}

// Origin is where a request has come in.
type Origin uint8

// The origins.
const (
	AtShared Origin = iota // at a listener that serves other things too
	AtOwn                  // at a listener that serves this dialect alone
	FromNode               // from another node, or one that says so: that is checked afterwards
)

// Locator is a Dialect that serves some requests at the root, beside those under
// its prefix.
type Locator interface {
	// Locate tells whether the path of a request begins at the root, and the bucket
	// that its host names, "" for none.
	Locate(r *http.Request, from Origin) (bucket string, root bool)
}

// dialect is a Dialect in its place.
type dialect struct {
	Dialect
	prefix  string
	locator Locator // nil: it has nothing but its prefix
	measure *verb
}

// Dialect declares that d serves all paths under prefix, as "/s3", and with
// prefix "" all that no other route takes. Paths do not go through ServeMux.
// Name tells its metrics apart.
func (r *Router) Dialect(name, prefix string, d Dialect) {
	one := &dialect{Dialect: d, prefix: prefix}
	one.locator, _ = d.(Locator)
	one.measure = newVerb(r.options.Metrics, name+"_request", "requests in the dialect "+name)
	if prefix == "" {
		r.root = one
		return
	}
	r.dialects = append(r.dialects, one)
}

// cut returns what follows the prefix in path.
func (d *dialect) cut(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, d.prefix)
	if !ok || rest == "" {
		return "", ok
	}
	return strings.CutPrefix(rest, "/")
}

// DialectHandler returns the handler for a listener of clients that serves the
// dialect with that prefix alone, at the root. Errors: Internal (there is none).
func (r *Router) DialectHandler(prefix string) (http.Handler, error) {
	for _, d := range r.dialects {
		if d.prefix == prefix && d.locator != nil {
			return &edge{Router: r, networks: Public, own: d}, nil
		}
	}
	return nil, errs.E("rest.DialectHandler", prefix, errs.Internal, errNoDialect)
}

var errNoDialect = errors.New("no dialect with this prefix can be served at the root")

// locate finds the dialect that serves a request at the root, if one does.
func (c *call) locate() *dialect {
	from := AtShared
	switch {
	case c.edge.own != nil:
		c.object.HostBucket, c.object.Root = c.edge.own.locator.Locate(c.request, AtOwn)
		return c.edge.own
	case claimsNode(c.request.Header):
		from = FromNode
	}
	for _, d := range c.edge.dialects {
		if d.locator == nil {
			continue
		}
		if bucket, root := d.locator.Locate(c.request, from); root {
			c.object.HostBucket, c.object.Root = bucket, true
			return d
		}
	}
	return nil
}

// nameObject splits the path of a dialect into bucket and object.
func (c *call) nameObject(path string, escaped bool) (bucket, object string, err error) {
	if c.object.HostBucket == "" {
		return splitObject(path, escaped)
	}
	object, err = decode(path, escaped)
	return c.object.HostBucket, object, err
}

// goOn tells a client that waits with content of no length to go on. net/http would
// answer at once, which the specification allows; but botocore then takes the answer
// to its next request on that connection for one without a length, and waits.
func (c *call) goOn() {
	if c.request.ContentLength == 0 && strings.EqualFold(c.request.Header.Get("Expect"), "100-continue") {
		c.response.WriteHeader(http.StatusContinue)
	}
}

// serveDialect serves what path, "bucket/object", names in the words of d.
func (c *call) serveDialect(d *dialect, path string, escaped bool) error {
	c.dialect, c.measure = d, d.measure
	c.goOn()
	bucket, object, err := c.nameObject(path, escaped)
	if err != nil {
		return c.invalid(err)
	}
	c.object.Query = Query(c.request.URL.RawQuery)
	if err := c.object.Query.check(); err != nil {
		return c.invalid(err)
	}
	if bucket != "" || object != "" {
		c.object.Bucket, err = wire.Bucket{Name: bucket}.Normal()
		if err != nil {
			return err
		}
	}
	if object != "" {
		if err := wire.ValidateObjectName(object); err != nil {
			return err
		}
	}
	c.object.Object = object
	if err := c.admit(Public, gateRules{}); err != nil {
		return err
	}
	defer c.leave()
	if err := c.identifyIn(d); err != nil {
		return err
	}
	verb, err := d.Verb(c.request, &c.object)
	if err != nil {
		return err
	}
	if err := c.authorize(c.object.Bucket.Name != "", verb.need); err != nil {
		return err
	}
	c.object.Caller, c.object.Need = c.caller, verb.need
	return verb.do(&c.response, c.request, &c.object)
}

// identifyIn puts whom the dialect names in place of the caller, and remembers
// whether a node has passed the request on.
func (c *call) identifyIn(d Dialect) error {
	c.object.Passed = c.caller.Identity.Node() != ""
	identity, err := d.Identify(c.request, &c.object)
	if err != nil {
		return err
	}
	c.caller, c.unknown = Caller{Identity: identity}, nil
	return nil
}
