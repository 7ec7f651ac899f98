package api

import (
	"context"
	"net/http"
	"net/url"

	"aistore/api/wire"
	"aistore/errs"
)

// call is one request before it is known which node gets it.
type call struct {
	op      string // "api.Put", for errors
	subject string // what it is about, for errors
	method  string
	path    string      // not escaped
	query   string      // escaped
	header  http.Header // beside those of every request; canonical keys; nil for none
	body    *body       // nil for none
	digest  uint64      // of the object's unique name, when object
	object  bool        // goes to the owner of digest; else to a proxy
	most    int         // attempts; 0 is Options.Attempts
	version string      // of the map by which the owner was guessed; "" when it was not
	hops    int         // redirects that the last attempt followed
}

// safe reports whether c changes nothing, so that it may be repeated even
// when a server may have seen it.
func (c *call) safe() bool {
	return c.method == http.MethodGet || c.method == http.MethodHead
}

// wrap returns err with operation and subject of c.
func (c *call) wrap(err error) error { return errs.E(c.op, c.subject, "", err) }

// send sends c to a node and follows redirects. What it returns is the last
// answer, of any status but a redirect; or a failure that says how far the
// request came.
func (c *Client) send(ctx context.Context, to address, r *call) (*http.Response, *failure) {
	const maxHops = 4
	where := url.URL{Scheme: to.scheme, Host: to.host, Path: r.path, RawQuery: r.query}
	for r.hops = range maxHops {
		resp, err := c.transport.RoundTrip(c.request(ctx, &where, to, r))
		if err != nil {
			return nil, brokenConnection(ctx, where.Host, err)
		}
		if !isRedirect(resp.StatusCode) {
			return resp, nil
		}
		location := resp.Header.Get("Location")
		discard(resp)
		next, err := where.Parse(location)
		if err != nil || next.Host == "" {
			return nil, &failure{err: errs.E("", where.Host, errs.Internal, badRedirect(location))}
		}
		if !r.body.repeatable() {
			return nil, &failure{err: errs.E("", where.Host, errs.Unavailable, errBodyGone)}
		}
		where = *next
	}
	return nil, &failure{err: errs.E("", where.Host, errs.Internal, errManyRedirects)}
}

// request makes the HTTP request of r for where. The token goes to the node
// that was chosen, not to where a redirect points: redirects are signed.
func (c *Client) request(ctx context.Context, where *url.URL, chosen address, r *call) *http.Request {
	header := make(http.Header, 4+len(r.header))
	for key, values := range r.header {
		header[key] = values
	}
	header["User-Agent"] = c.userAgent
	if c.token != nil && where.Host == chosen.host && where.Scheme == chosen.scheme {
		header["Authorization"] = c.token
	}
	if r.version != "" {
		header[wire.HeaderCallerMap] = []string{r.version}
	}
	u := *where
	req := &http.Request{
		Method:     r.method,
		URL:        &u,
		Host:       u.Host,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
	}
	r.body.attach(req)
	return req.WithContext(ctx)
}

func isRedirect(status int) bool {
	return status == http.StatusMovedPermanently || status == http.StatusFound ||
		status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}
