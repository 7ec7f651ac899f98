package node

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// relayIdle is how long a connection is kept without a request, and relayKept how
	// many are to each address.
	relayIdle = 20 * time.Second
	relayKept = 64
	// relayHead is the size of the buffer for the header of an answer: what of the
	// content comes with it is copied by hand.
	relayHead = 4 << 10
	// relayWake is how much of an answer of relayLong and more has to be there before
	// it is sent on: each time costs a wake-up of this node, and one of the client.
	relayWake = 256 << 10
	relayLong = 4 << 20
)

// relay sends GET requests to other nodes over connections of its own, whose answers
// the kernel copies from socket to socket: net/http's client shows nobody its
// sockets. It is for plain HTTP. It starts no goroutines, and is safe for concurrent
// use.
type relay struct {
	dial Dialer

	mu   sync.Mutex
	idle map[string][]*relayConn // guarded by mu; by address, the one used last behind
}

// relayConn is a connection that serves one request at a time.
type relayConn struct {
	net.Conn
	in    *bufio.Reader
	since time.Time // when it was given back
}

func newRelay(dial Dialer) *relay {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &relay{dial: dial, idle: map[string][]*relayConn{}}
}

// close closes the connections that no request has.
func (l *relay) close() {
	l.mu.Lock()
	idle := l.idle
	l.idle = map[string][]*relayConn{}
	l.mu.Unlock()
	for _, conns := range idle {
		for _, c := range conns {
			_ = c.Close() // nothing is under way
		}
	}
}

// roundTrip sends a request without a body, and returns the answer, whose body the
// caller closes. A connection that was kept too long for its other end is given up
// for a new one.
func (l *relay) roundTrip(r *http.Request) (*http.Response, error) {
	for {
		c := l.take(r.URL.Host)
		kept := c != nil
		if !kept {
			conn, err := l.dial(r.Context(), "tcp", r.URL.Host)
			if err != nil {
				return nil, err
			}
			c = &relayConn{Conn: conn, in: bufio.NewReaderSize(conn, relayHead)}
		}
		response, err := l.exchange(c, r)
		if err == nil {
			return response, nil
		}
		_ = c.Close() // err says more
		if !kept || r.Context().Err() != nil {
			return nil, err
		}
	}
}

// take returns a connection that is kept, nil if there is none.
func (l *relay) take(address string) *relayConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	conns := l.idle[address]
	for len(conns) > 0 {
		c := conns[len(conns)-1]
		conns = conns[:len(conns)-1]
		l.idle[address] = conns
		if time.Since(c.since) < relayIdle {
			return c
		}
		_ = c.Close() // nothing is under way
	}
	return nil
}

// give keeps a connection for the next request.
func (l *relay) give(address string, c *relayConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	conns := l.idle[address]
	if len(conns) >= relayKept {
		_ = conns[0].Close() // nothing is under way
		conns = conns[1:]
	}
	c.since = time.Now()
	l.idle[address] = append(conns, c)
}

// exchange sends a request on a connection, and reads the header of the answer.
func (l *relay) exchange(c *relayConn, r *http.Request) (*http.Response, error) {
	stop := context.AfterFunc(r.Context(), func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // its reads fail then
	err := r.Write(c.Conn)
	var response *http.Response
	for err == nil && (response == nil || response.StatusCode < http.StatusOK) { // that one goes on is no answer
		response, err = http.ReadResponse(c.in, r)
	}
	if err != nil {
		stop()
		return nil, err
	}
	b := &relayBody{relay: l, conn: c, address: r.URL.Host, stop: stop, inner: response.Body, left: response.ContentLength, last: response.Close}
	if response.Body == http.NoBody {
		b.left = 0
	}
	response.Body = b
	return response, nil
}

// relayBody is the body of an answer. It belongs to one goroutine.
type relayBody struct {
	relay   *relay
	conn    *relayConn // nil: closed
	address string
	stop    func() bool
	inner   io.ReadCloser
	left    int64 // bytes to come; -1: until inner ends
	last    bool  // the other end closes the connection
}

// Read reads on.
func (b *relayBody) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	switch {
	case b.left >= 0:
		b.left -= int64(n)
	case err == io.EOF:
		b.left = 0
	}
	return n, err
}

// WriteTo writes the rest to w: in the kernel, if w is a connection as this is.
func (b *relayBody) WriteTo(w io.Writer) (n int64, err error) {
	if b.left < 0 {
		return io.Copy(w, onlyReader{b})
	}
	if k := min(int64(b.conn.in.Buffered()), b.left); k > 0 {
		n, err = io.CopyN(w, b.conn.in, k)
		b.left -= n
		if err != nil {
			return n, err
		}
	}
	if b.left == 0 {
		return n, nil
	}
	m, err := b.splice(w)
	if err == nil && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n + m, err
}

// splice writes what is to come to w.
func (b *relayBody) splice(w io.Writer) (n int64, err error) {
	if b.left >= relayLong && wakeAt(b.conn.Conn, relayWake) == nil {
		n, err = io.Copy(w, &io.LimitedReader{R: b.conn.Conn, N: b.left - relayWake})
		b.left -= n
		if woken := wakeAt(b.conn.Conn, 1); err == nil {
			err = woken
		}
		if err != nil || b.left != relayWake {
			return n, err
		}
	}
	m, err := io.Copy(w, &io.LimitedReader{R: b.conn.Conn, N: b.left})
	b.left -= m
	return n + m, err
}

// onlyReader hides all but Read.
type onlyReader struct{ io.Reader }

// Close gives the connection back if all has been read, and closes it otherwise.
func (b *relayBody) Close() error {
	c := b.conn
	if c == nil {
		return nil
	}
	b.conn = nil
	if stopped := b.stop(); stopped && b.left == 0 && !b.last {
		b.relay.give(b.address, c)
		return nil
	}
	if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
