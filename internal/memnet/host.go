package memnet

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// Host is one end of links: who listens or dials through it is it.
type Host struct {
	network *Network
	name    string
}

// Name returns the name that Cut and addresses use.
func (h *Host) Name() string { return h.name }

// Listen listens at a port of the host; what addr says before the colon is
// ignored. Port 0 or none picks a free one. The caller closes the listener.
// Errors: one that is syscall.EADDRINUSE.
func (h *Host) Listen(addr string) (net.Listener, error) {
	_, port := split(addr)
	l, err := h.network.listen(h.name, port)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Dial connects to "host:port". It waits while a link between the two is cut,
// until ctx ends. The caller closes the connection. Errors: those of ctx, in a
// form that is net.Error, and syscall.ECONNREFUSED where nobody listens.
func (h *Host) Dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := h.dial(ctx, addr)
	if err != nil {
		host, port := split(addr)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.Join(os.ErrDeadlineExceeded, err)
		}
		return nil, &net.OpError{Op: "dial", Net: network, Addr: address{host, port}, Err: err}
	}
	return c, nil
}

// DialContext is Dial with the parameters of net.Dialer.
func (h *Host) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	return h.Dial(ctx, addr)
}

func (h *Host) dial(ctx context.Context, addr string) (*conn, error) {
	host, port := split(addr)
	if err := h.network.reachable(ctx, h.name, host); err != nil {
		return nil, err
	}
	to := address{host, port}
	h.network.mu.Lock()
	l, ok := h.network.listeners[to.String()]
	h.network.mu.Unlock()
	if !ok {
		return nil, syscall.ECONNREFUSED
	}
	near, far := h.network.pair(h.name, to)
	if err := l.offer(ctx, far); err != nil {
		near.reset()
		far.reset()
		return nil, err
	}
	return near, nil
}
