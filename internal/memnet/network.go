package memnet

import (
	"context"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Network is a set of hosts. Use New. It is for any number of goroutines.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener // guarded by mu; by "host:port"
	links     map[[2]string]*link  // guarded by mu; by from and to
	conns     map[*conn]struct{}   // guarded by mu; not closed
	nextPort  int                  // guarded by mu
	changed   chan struct{}        // guarded by mu; closed and replaced when a link heals
}

// New returns an empty network in which every host reaches every other.
func New() *Network {
	const firstPort = 40000
	return &Network{
		listeners: make(map[string]*listener),
		links:     make(map[[2]string]*link),
		conns:     make(map[*conn]struct{}),
		nextPort:  firstPort,
		changed:   make(chan struct{}),
	}
}

// Host returns the host of that name; there is nothing to set up or close.
func (n *Network) Host(name string) *Host { return &Host{network: n, name: name} }

// Listen listens at "host:port"; the host is what Cut calls this end. Port 0
// or none picks a free one. The caller closes the listener.
// Errors: one that is syscall.EADDRINUSE.
func (n *Network) Listen(addr string) (net.Listener, error) {
	host, port := split(addr)
	return n.Host(host).Listen(net.JoinHostPort("", port))
}

// Dial connects to addr from a host named "client".
func (n *Network) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return n.Host("client").Dial(ctx, addr)
}

// Cut stops everything that travels from one host to another, until Heal. The
// way back is another link. Cutting a cut link changes nothing.
func (n *Network) Cut(from, to string) {
	n.link(from, to).cut.Store(true)
}

// Isolate cuts host off from all others given, in both directions.
func (n *Network) Isolate(host string, others ...string) {
	for _, other := range others {
		n.Cut(host, other)
		n.Cut(other, host)
	}
}

// Heal undoes Cut(from, to), and what had been waiting arrives.
func (n *Network) Heal(from, to string) {
	n.link(from, to).cut.Store(false)
	n.settle()
}

// HealAll undoes every Cut.
func (n *Network) HealAll() {
	n.mu.Lock()
	for _, l := range n.links {
		l.cut.Store(false)
	}
	n.mu.Unlock()
	n.settle()
}

// Kill does what the death of a process does: it closes the listeners of host
// and resets its connections. The host may listen and dial again.
func (n *Network) Kill(host string) {
	n.mu.Lock()
	var listeners []*listener
	for _, l := range n.listeners {
		if l.addr.host == host {
			listeners = append(listeners, l)
		}
	}
	var conns []*conn
	for c := range n.conns {
		if c.local.host == host {
			conns = append(conns, c)
		}
	}
	n.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close() // never fails
	}
	for _, c := range conns {
		c.reset()
	}
}

// settle lets everything that waited for a link look again.
func (n *Network) settle() {
	n.mu.Lock()
	conns := make([]*conn, 0, len(n.conns))
	for c := range n.conns {
		conns = append(conns, c)
	}
	close(n.changed)
	n.changed = make(chan struct{})
	n.mu.Unlock()
	for _, c := range conns {
		c.in.settle()
		c.out.settle()
	}
}

// link returns the one-way link between two hosts.
func (n *Network) link(from, to string) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.linkLocked(from, to)
}

func (n *Network) linkLocked(from, to string) *link {
	l, ok := n.links[[2]string{from, to}]
	if !ok {
		l = &link{}
		n.links[[2]string{from, to}] = l
	}
	return l
}

// reachable waits until both ways between two hosts are open.
func (n *Network) reachable(ctx context.Context, from, to string) error {
	for {
		n.mu.Lock()
		changed := n.changed
		open := !n.linkLocked(from, to).cut.Load() && !n.linkLocked(to, from).cut.Load()
		n.mu.Unlock()
		if open {
			return ctx.Err()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// listen registers a listener for host at port, "0" or "" for a free one.
func (n *Network) listen(host, port string) (*listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "" || port == "0" {
		port = n.freePortLocked(host)
	}
	l := newListener(n, address{host, port})
	if _, taken := n.listeners[l.addr.String()]; taken {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: l.addr, Err: syscall.EADDRINUSE}
	}
	n.listeners[l.addr.String()] = l
	return l, nil
}

// freePortLocked returns a port on which host does not listen.
func (n *Network) freePortLocked(host string) string {
	for {
		n.nextPort++
		port := strconv.Itoa(n.nextPort)
		if _, taken := n.listeners[address{host, port}.String()]; !taken {
			return port
		}
	}
}

// pair registers the two ends of a new connection.
func (n *Network) pair(fromHost string, to address) (near, far *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	from := address{fromHost, n.freePortLocked(fromHost)}
	there, back := n.linkLocked(from.host, to.host), n.linkLocked(to.host, from.host)
	request, answer := newPipe(there, back), newPipe(back, there)
	near = &conn{network: n, local: from, remote: to, in: answer, out: request}
	far = &conn{network: n, local: to, remote: from, in: request, out: answer}
	n.conns[near], n.conns[far] = struct{}{}, struct{}{}
	return near, far
}

func (n *Network) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}
