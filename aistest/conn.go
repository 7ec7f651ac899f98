package aistest

import (
	"errors"
	"io"
	"net"
	"sync"
)

// conn is a TCP connection with gates on its ways in and out. It keeps what a
// plain one has for sendfile and for closing one way.
type conn struct {
	net.Conn // a *net.TCPConn
	host     *loopbackHost
	in, out  []*gate
	once     sync.Once
	done     chan struct{} // closed by Close
}

func newConn(inner net.Conn, h *loopbackHost, in, out []*gate) *conn {
	return &conn{Conn: inner, host: h, in: in, out: out, done: make(chan struct{})}
}

// Read is net.Conn.Read. What arrives while a gate is shut is given out when it
// opens.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if closed := pass(c.done, c.in); closed != nil {
		return 0, closed
	}
	return n, err
}

// Write is net.Conn.Write.
func (c *conn) Write(p []byte) (int, error) {
	if err := pass(c.done, c.out); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// ReadFrom sends what r holds, from file to socket inside the kernel where that
// is possible.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if err := pass(c.done, c.out); err != nil {
		return 0, err
	}
	return c.Conn.(*net.TCPConn).ReadFrom(r)
}

// CloseWrite ends the way out only.
func (c *conn) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

// Close is net.Conn.Close.
func (c *conn) Close() error {
	c.host.remove(c)
	c.once.Do(func() { close(c.done) })
	return c.Conn.Close()
}

// abort ends the connection as the death of its process does: what was not
// read is answered with a reset.
func (c *conn) abort() {
	c.once.Do(func() { close(c.done) })
	_ = errors.Join(c.Conn.(*net.TCPConn).SetLinger(0), c.Conn.Close()) // it may be closed
}
