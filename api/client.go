package api

import (
	"net/http"
	"sync/atomic"

	"aistore/errs"
)

// Client talks to one cluster. It is safe for concurrent use. Close it when
// done to give back its connections.
type Client struct {
	options   Options
	endpoint  address
	transport http.RoundTripper
	userAgent []string // header values, shared by all requests
	token     []string // nil without one
	owners    ownerCache
	door      atomic.Pointer[address] // the proxy that answered last; nil is the endpoint
	buffers   bufferPool
}

// New returns a client of the cluster behind o.Endpoint. It sends nothing
// yet; the first object call fetches the cluster map.
// Errors: Invalid (the endpoint is no URL of a host).
func New(o Options) (*Client, error) {
	const op = "api.New"
	endpoint, err := parseAddress(o.Endpoint)
	if err != nil {
		return nil, errs.E(op, o.Endpoint, errs.Invalid, err)
	}
	o = o.withDefaults()
	c := &Client{
		options:   o,
		endpoint:  endpoint,
		transport: o.Transport,
		userAgent: []string{o.UserAgent},
		owners:    newOwnerCache(),
	}
	if c.transport == nil {
		c.transport = newTransport(o)
	}
	if o.Token != "" {
		c.token = []string{"Bearer " + o.Token}
	}
	return c, nil
}

// Endpoint returns the URL of the proxy that the client was made with.
func (c *Client) Endpoint() string { return c.endpoint.String() }

// Close closes connections that are idle. Calls and readers in progress go
// on; the client may be used again.
func (c *Client) Close() {
	if own, ok := c.transport.(*http.Transport); ok && c.options.Transport == nil {
		own.CloseIdleConnections()
	}
}

// proxy returns the proxy to ask next, after the given number of them did
// not answer: the last that did, then the endpoint and the proxies of the map.
func (c *Client) proxy(unanswered int) address {
	doors := make([]address, 0, 8)
	add := func(a address) {
		for _, known := range doors {
			if known == a {
				return
			}
		}
		doors = append(doors, a)
	}
	if last := c.door.Load(); last != nil {
		add(*last)
	}
	if unanswered == 0 && len(doors) == 1 {
		return doors[0]
	}
	add(c.endpoint)
	if known := c.owners.current.Load(); known != nil {
		for _, a := range known.proxies {
			add(a)
		}
	}
	return doors[unanswered%len(doors)]
}

// answered remembers that the proxy at a is alive.
func (c *Client) answered(a address) {
	if last := c.door.Load(); last == nil || *last != a {
		c.door.Store(&a)
	}
}
