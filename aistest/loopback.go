package aistest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
)

// loopback is the network of real sockets. Where the system allows it, a
// cluster has an address of its own: nobody else takes the port of a node that
// is down.
type loopback struct {
	ip string

	mu     sync.Mutex
	owners map[string]string   // guarded by mu; host by the address it listens on
	frozen map[string]*gate    // guarded by mu; by host
	links  map[[2]string]*gate // guarded by mu; by from and to
}

func newLoopback() *loopback {
	ip := "127.0.0.1"
	if runtime.GOOS == "linux" {
		ip = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 2+rand.IntN(250))
	}
	return &loopback{ip: ip, owners: map[string]string{}, frozen: map[string]*gate{}, links: map[[2]string]*gate{}}
}

func (l *loopback) address(string) string { return l.ip }

func (l *loopback) host(name string) host {
	return &loopbackHost{network: l, name: name, frozen: l.gateOf(name), open: map[closer]struct{}{}}
}

func (l *loopback) cut(from, to string)  { l.link(from, to).close() }
func (l *loopback) heal(from, to string) { l.link(from, to).open() }
func (l *loopback) freeze(name string)   { l.gateOf(name).close() }
func (l *loopback) thaw(name string)     { l.gateOf(name).open() }

func (l *loopback) gateOf(host string) *gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.frozen[host] == nil {
		l.frozen[host] = &gate{}
	}
	return l.frozen[host]
}

func (l *loopback) link(from, to string) *gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{from, to}
	if l.links[key] == nil {
		l.links[key] = &gate{}
	}
	return l.links[key]
}

func (l *loopback) owner(address string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owners[address]
}

// closer is a listener or a connection of a host.
type closer interface{ abort() }

// loopbackHost is one life of a host.
type loopbackHost struct {
	network *loopback
	name    string
	frozen  *gate

	mu   sync.Mutex
	dead bool                // guarded by mu
	open map[closer]struct{} // guarded by mu
}

func (h *loopbackHost) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	inner, err := (&net.ListenConfig{}).Listen(ctx, network, address)
	if err != nil {
		return nil, err
	}
	h.network.mu.Lock()
	h.network.owners[inner.Addr().String()] = h.name
	h.network.mu.Unlock()
	l := &listener{Listener: inner, host: h, done: make(chan struct{})}
	if !h.add(l) {
		return nil, net.ErrClosed
	}
	return l, nil
}

// Dial connects; it waits while the way there or back is cut.
func (h *loopbackHost) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	peer := h.network.owner(address)
	to, from := h.network.link(h.name, peer), h.network.link(peer, h.name)
	if err := pass(ctx.Done(), []*gate{h.frozen, to, from}); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: context.Cause(ctx)}
	}
	inner, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := newConn(inner, h, []*gate{h.frozen, from}, []*gate{h.frozen, to})
	if !h.add(c) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.ErrClosed}
	}
	return c, nil
}

func (h *loopbackHost) kill() {
	h.mu.Lock()
	h.dead = true
	open := h.open
	h.open = nil
	h.mu.Unlock()
	// Listeners go last: the node that sees one end has no connection any more by
	// which it could take leave.
	var listeners []*listener
	for c := range open {
		if l, is := c.(*listener); is {
			listeners = append(listeners, l)
			continue
		}
		c.abort()
	}
	for _, l := range listeners {
		l.abort()
	}
}

// add keeps c for kill, or ends it if that has happened.
func (h *loopbackHost) add(c closer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead {
		c.abort()
		return false
	}
	h.open[c] = struct{}{}
	return true
}

func (h *loopbackHost) remove(c closer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, c)
}

// listener accepts for a host.
type listener struct {
	net.Listener
	host *loopbackHost
	once sync.Once
	done chan struct{} // closed by Close
}

// Accept is net.Listener.Accept; while the host is frozen it waits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		gates := []*gate{l.host.frozen}
		c := newConn(inner, l.host, gates, gates)
		if err := pass(l.done, gates); err != nil {
			c.abort()
			return nil, err
		}
		if l.host.add(c) {
			return c, nil
		}
	}
}

// Close is net.Listener.Close.
func (l *listener) Close() error {
	l.host.remove(l)
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

func (l *listener) abort() {
	l.once.Do(func() { close(l.done) })
	_ = l.Listener.Close() // it never fails
}
