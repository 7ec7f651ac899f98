package memnet

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// conn is one end of a connection, a net.Conn that can also close one way.
type conn struct {
	network       *Network
	local, remote address
	in, out       *pipe // what the other end wrote, and what this one writes
	closed        atomic.Bool
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.wrap("read", err)
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.wrap("write", err)
}

// Close ends both ways: the other end reads what is on the way, then io.EOF.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return c.wrap("close", net.ErrClosed)
	}
	c.network.forget(c)
	c.out.closeWriter()
	c.in.closeReader()
	c.dropDeadlines()
	return nil
}

// CloseWrite ends the way out only.
func (c *conn) CloseWrite() error {
	c.out.closeWriter()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	c.in.readDeadline.set(t)
	c.out.writeDeadline.set(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.readDeadline.set(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.writeDeadline.set(t)
	return nil
}

// reset ends the connection as the death of this end does: what is on the way
// is lost.
func (c *conn) reset() {
	c.closed.Store(true)
	c.network.forget(c)
	c.out.resetWriter()
	c.in.closeReader()
	c.dropDeadlines()
}

// dropDeadlines stops the timers of this end.
func (c *conn) dropDeadlines() {
	c.in.readDeadline.set(time.Time{})
	c.out.writeDeadline.set(time.Time{})
}

func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: network, Source: c.local, Addr: c.remote, Err: err}
}
