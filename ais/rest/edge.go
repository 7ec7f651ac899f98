package rest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// edge is a Router behind one listener.
type edge struct {
	*Router
	networks Network // that the listener serves
	mux      *http.ServeMux
	bases    []string // of patterns that end in /{bucket}: method, space, path in front
	own      *dialect // the only one that the listener serves; nil: it serves all there is
}

// ServeHTTP serves one request.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(e, w, r)
	defer c.end()
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

// serve finds out what kind of path it is. What arrives where only clients call
// never comes from a node.
func (c *call) serve() error {
	if c.edge.networks == Public && claimsNode(c.request.Header) {
		return c.refuse(refusal(errs.Forbidden, c.request, errNodeHere))
	}
	path, escaped := pathOf(c.request.URL)
	if d := c.locate(); d != nil {
		return c.serveDialect(d, strings.TrimPrefix(path, "/"), escaped)
	}
	if c.edge.objects != nil {
		if rest, ok := strings.CutPrefix(path, objectsPrefix); ok {
			return c.serveObject(rest, escaped, "")
		}
		if provider, rest, ok := easyPath(path); ok {
			if bucket, object, _ := strings.Cut(rest, "/"); object == "" && bucket != "" {
				return c.serveEasyBucket(bucket, provider)
			}
			return c.serveObject(rest, escaped, provider)
		}
	}
	for _, d := range c.edge.dialects {
		if rest, ok := d.cut(path); ok {
			return c.serveDialect(d, rest, escaped)
		}
	}
	return c.serveResource(path, escaped)
}

// serveEasyBucket serves /ais/<bucket> as /v1/buckets/<bucket>?provider=ais.
func (c *call) serveEasyBucket(bucket, provider string) error {
	query := wire.QueryProvider + "=" + provider
	if rest := c.request.URL.RawQuery; rest != "" {
		query += "&" + rest
	}
	u := &url.URL{RawQuery: query}
	name, err := decode(bucket, c.request.URL.RawPath != "")
	if err != nil {
		return c.invalid(err)
	}
	u.Path, u.RawPath = wire.PathBuckets+"/"+name, wire.PathBuckets+"/"+bucket
	return c.serveMux(u)
}

// serveResource serves what is neither an object nor of a dialect.
func (c *call) serveResource(path string, escaped bool) error {
	u := c.request.URL
	c.measure = c.edge.measures.networks[Public.index()]
	if err := checkClean(path, escaped); err != nil {
		if c.edge.root != nil {
			return c.serveDialect(c.edge.root, strings.TrimPrefix(path, "/"), escaped)
		}
		return c.invalid(err)
	}
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		// Clients may add a slash. Try with it first: a pattern may end in {rest...}.
		if _, pattern := c.edge.mux.Handler(c.request); pattern == "" {
			u = &url.URL{Path: strings.TrimSuffix(u.Path, "/"), RawPath: strings.TrimSuffix(u.RawPath, "/"), RawQuery: u.RawQuery}
		}
	}
	return c.serveMux(u)
}

// serveMux passes the request on with the URL u.
func (c *call) serveMux(u *url.URL) error {
	r := withCall(c.request, c)
	r.URL = u
	h, pattern := c.edge.mux.Handler(r)
	if pattern != "" {
		c.edge.mux.ServeHTTP(&c.response, r)
		return c.err
	}
	missed := &miss{header: http.Header{}}
	h.ServeHTTP(missed, r)
	allow := missed.header.Get("Allow")
	if err := c.missingBucket(u.Path); err != nil {
		return err
	}
	if c.edge.root != nil {
		path, escaped := pathOf(c.request.URL)
		return c.serveDialect(c.edge.root, strings.TrimPrefix(path, "/"), escaped)
	}
	if allow != "" {
		return notAllowed(c.request, allow)
	}
	if next := c.edge.options.NotFound; next != nil {
		next.ServeHTTP(&c.response, c.request)
		return nil
	}
	return refusal(errs.NotFound, c.request, errNoRoute)
}

var errNoRoute = errors.New("there is nothing at this path")

// missingBucket returns the error for a path that fits no pattern, but would if
// it named a bucket, or if a bucket's name were one segment.
func (c *call) missingBucket(path string) error {
	wanted := c.request.Method + " " + path
	for _, base := range c.edge.bases {
		if wanted == base {
			return c.invalid(errors.New("the bucket name is empty"))
		}
		if strings.HasPrefix(wanted, base+"/") {
			return c.invalid(errors.New("a bucket name has no slash"))
		}
	}
	return nil
}

// miss takes the answer of ServeMux to a request that it has no route for: the
// methods that it does have for the path.
type miss struct{ header http.Header }

func (m *miss) Header() http.Header         { return m.header }
func (m *miss) Write(p []byte) (int, error) { return len(p), nil }
func (m *miss) WriteHeader(int)             {}

// ServeHTTP serves a request that ServeMux has matched.
func (one *route) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c, ok := r.Context().Value(callKey).(*call)
	if !ok {
		return // a route is reached through an edge only
	}
	c.err = c.serveRoute(one, r)
}

func (c *call) serveRoute(one *route, r *http.Request) error {
	c.measure = c.edge.measures.networks[one.network.index()]
	if err := QueryOf(r).check(); err != nil {
		return c.invalid(err)
	}
	if one.bucket {
		if err := c.nameBucket(r.PathValue("bucket"), "", QueryOf(r)); err != nil {
			return err
		}
	}
	if err := c.admit(one.network, gateRules{open: one.open, always: one.always}); err != nil {
		return err
	}
	defer c.leave()
	if one.network != Public && c.caller.Identity.Node() != "" {
		c.response.jsonBytes = int64(c.config.Limits.MetadataBody)
	}
	need, do, err := one.choose(&c.response, r)
	if err != nil {
		return err
	}
	if err := c.authorize(one.bucket, need); err != nil {
		return err
	}
	return do(&c.response, r)
}
