package api

import (
	"context"
	"io"
	"net"
	"time"
)

// dialer opens connections that end when nothing moves for too long.
type dialer struct {
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	stall time.Duration
}

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &watchedConn{c, d.stall}, nil
}

// watchedConn is a connection on which every read and write gets a deadline.
// A write puts off that of a read in progress: net/http always has one.
type watchedConn struct {
	net.Conn
	stall time.Duration
}

// Read reads, for no longer than the connection may stand still.
func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write writes, for no longer than the connection may stand still.
func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// ReadFrom copies from r in pieces, each with its deadline; inside the kernel
// where r is a file.
func (c *watchedConn) ReadFrom(r io.Reader) (int64, error) {
	const piece = 4 << 20
	to, ok := c.Conn.(io.ReaderFrom)
	if !ok {
		return io.Copy(writerOnly{c}, r)
	}
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: r, N: 1<<63 - 1}
	}
	var total int64
	for limited.N > 0 {
		if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
			return total, err
		}
		part := &io.LimitedReader{R: limited.R, N: min(limited.N, piece)}
		n, err := to.ReadFrom(part)
		total, limited.N = total+n, limited.N-n
		if err != nil || part.N > 0 { // part.N: r has ended
			return total, err
		}
	}
	return total, nil
}

// writerOnly hides ReadFrom.
type writerOnly struct{ io.Writer }
