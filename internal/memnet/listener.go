package memnet

import (
	"context"
	"net"
	"sync"
	"syscall"
)

const backlog = 128 // connections dialed and not yet accepted

// listener is a net.Listener.
type listener struct {
	network *Network
	addr    address
	waiting chan *conn // capacity is the backlog; never closed
	closed  chan struct{}
	once    sync.Once // closes closed
}

func newListener(n *Network, addr address) *listener {
	return &listener{network: n, addr: addr, waiting: make(chan *conn, backlog), closed: make(chan struct{})}
}

// Accept waits for a connection. After Close it returns net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, l.closedError()
	default:
	}
	select {
	case c := <-l.waiting:
		return c, nil
	case <-l.closed:
		return nil, l.closedError()
	}
}

// Close ends Accept and resets connections not accepted.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, l.addr.String())
		l.network.mu.Unlock()
		close(l.closed)
	})
	l.drain()
	return nil
}

// Addr returns "host:port".
func (l *listener) Addr() net.Addr { return l.addr }

// offer hands c to Accept, waiting while the backlog is full.
func (l *listener) offer(ctx context.Context, c *conn) error {
	select {
	case l.waiting <- c:
	case <-l.closed:
		return syscall.ECONNREFUSED
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-l.closed:
		l.drain() // Close may have drained before c was there
	default:
	}
	return nil
}

func (l *listener) drain() {
	for {
		select {
		case c := <-l.waiting:
			c.reset()
		default:
			return
		}
	}
}

func (l *listener) closedError() error {
	return &net.OpError{Op: "accept", Net: network, Addr: l.addr, Err: net.ErrClosed}
}
