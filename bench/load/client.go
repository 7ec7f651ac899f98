// Package load makes HTTP requests as cheaply as a client can, in a loop, and
// measures what they cost the servers and how long the client waited.
package load

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"

	"aistore/errs"
)

// maxRedirects is how many times one request follows a redirect.
const maxRedirects = 3

// expectAbove is the body size in bytes above which a request that may be
// redirected asks first (Expect: 100-continue), as curl does, instead of
// sending its body in vain.
const expectAbove = 64 << 10

// Request is one HTTP/1.1 request.
type Request struct {
	Method  string
	Address string // "host:port"
	Target  string // escaped path and query
	Header  string // further lines, each with its end
	Body    []byte // nil sends none
	Follow  bool   // go where 301 and 307 point to
}

// Response is the answer to a request. Its body has been read and dropped.
type Response struct {
	Status   int
	Bytes    int64  // of the body
	Location string // where a redirect points to, "" otherwise
}

// Client keeps one open connection per server. It belongs to one goroutine.
// Whoever makes one closes it.
type Client struct {
	conns map[string]*conn
	head  []byte // of the request being sent
	sink  io.Writer
}

// NewClient returns a client that has not connected to anything yet.
func NewClient() *Client {
	return &Client{conns: make(map[string]*conn)}
}

// Close closes all connections.
func (c *Client) Close() error {
	var all []error
	for address, cn := range c.conns {
		all = append(all, cn.Close())
		delete(c.conns, address)
	}
	return errors.Join(all...)
}

// Do makes a request and reads the whole answer. The answer may have any
// status. Errors: Unavailable (connection), Invalid (not HTTP/1.1 with a
// Content-Length).
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	const op = "load.Do"
	for range maxRedirects {
		answer, err := c.once(ctx, r)
		if err != nil {
			return answer, errs.E(op, r.Method+" "+r.Address+r.Target, "", err)
		}
		if !r.Follow || answer.Location == "" {
			return answer, nil
		}
		next, err := url.Parse(answer.Location)
		if err != nil {
			return answer, errs.E(op, answer.Location, errs.Invalid, err)
		}
		r.Address, r.Target = next.Host, next.RequestURI()
	}
	return Response{}, errs.E(op, r.Address+r.Target, errs.Invalid, errors.New("too many redirects"))
}

// Read makes a request and hands the body of the answer to sink.
func (c *Client) Read(ctx context.Context, r Request, sink io.Writer) (Response, error) {
	c.sink = sink
	defer func() { c.sink = nil }()
	return c.Do(ctx, r)
}

// once makes one request, without following redirects.
func (c *Client) once(ctx context.Context, r Request) (Response, error) {
	cn, err := c.connection(ctx, r.Address)
	if err != nil {
		return Response{}, err
	}
	answer, err := c.exchange(cn, r)
	if err != nil || cn.closing {
		delete(c.conns, r.Address)
		if closeErr := cn.Close(); err == nil {
			err = closeErr
		}
	}
	return answer, err
}

func (c *Client) connection(ctx context.Context, address string) (*conn, error) {
	if cn := c.conns[address]; cn != nil {
		return cn, nil
	}
	var dialer net.Dialer
	nc, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, errs.E("load.dial", address, errs.Unavailable, err)
	}
	cn := newConn(nc)
	c.conns[address] = cn
	return cn, nil
}

func (c *Client) exchange(cn *conn, r Request) (Response, error) {
	ask := r.Follow && len(r.Body) > expectAbove
	c.encode(r, ask)
	if !ask {
		if err := cn.send(c.head, r.Body); err != nil {
			return Response{}, err
		}
		return cn.receive(r.Method, c.sink)
	}
	if err := cn.send(c.head, nil); err != nil {
		return Response{}, err
	}
	answer, err := cn.receive(r.Method, c.sink)
	if err != nil || answer.Status != statusContinue {
		return answer, err
	}
	if err := cn.send(nil, r.Body); err != nil {
		return Response{}, err
	}
	return cn.receive(r.Method, c.sink)
}

// encode puts the request line and the headers into c.head.
func (c *Client) encode(r Request, ask bool) {
	h := append(c.head[:0], r.Method...)
	h = append(h, ' ')
	h = append(h, r.Target...)
	h = append(h, " HTTP/1.1\r\nHost: "...)
	h = append(h, r.Address...)
	if r.Body != nil {
		h = append(h, "\r\nContent-Length: "...)
		h = strconv.AppendInt(h, int64(len(r.Body)), 10)
	}
	if ask {
		h = append(h, "\r\nExpect: 100-continue"...)
	}
	h = append(h, "\r\n"...)
	h = append(h, r.Header...)
	c.head = append(h, "\r\n"...)
}
