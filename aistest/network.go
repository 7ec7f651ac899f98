package aistest

import (
	"context"
	"net"

	"aistore/internal/memnet"
)

// clientHost is what the host of tests is called in a network.
const clientHost = "client"

// network is what nodes in this process talk over. Hosts are known by name: a
// node's, or clientHost.
type network interface {
	// address is what a host listens on, without port.
	address(host string) string
	// host is one life of a host: after kill it is of no use.
	host(name string) host
	// cut stops what travels from one host to another, heal lets it go on.
	cut(from, to string)
	heal(from, to string)
	// freeze stops all that travels to and from a host, thaw lets it go on.
	freeze(name string)
	thaw(name string)
}

// host listens and dials for one node.
type host interface {
	Listen(ctx context.Context, network, address string) (net.Listener, error)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	// kill closes the listeners of the host, resets its connections, and
	// refuses to make new ones.
	kill()
}

// memory is a network in memory.
type memory struct {
	*memnet.Network
	hosts  map[string]bool // all that were asked for
	frozen map[string]bool
	links  map[[2]string]bool // cut on purpose
}

func newMemory() *memory {
	return &memory{
		Network: memnet.New(),
		hosts:   map[string]bool{clientHost: true},
		frozen:  map[string]bool{},
		links:   map[[2]string]bool{},
	}
}

func (m *memory) address(host string) string { return host }

func (m *memory) host(name string) host {
	m.hosts[name] = true
	m.settle()
	return &memoryHost{network: m.Network, host: m.Network.Host(name), dead: make(chan struct{})}
}

func (m *memory) cut(from, to string) {
	m.links[[2]string{from, to}] = true
	m.settle()
}

func (m *memory) heal(from, to string) {
	delete(m.links, [2]string{from, to})
	m.settle()
}

func (m *memory) freeze(name string) {
	m.frozen[name] = true
	m.settle()
}

func (m *memory) thaw(name string) {
	delete(m.frozen, name)
	m.settle()
}

// settle makes the links what they should be.
func (m *memory) settle() {
	for from := range m.hosts {
		for to := range m.hosts {
			if from == to {
				continue
			}
			if m.frozen[from] || m.frozen[to] || m.links[[2]string{from, to}] {
				m.Cut(from, to)
			} else {
				m.Heal(from, to)
			}
		}
	}
}

// memoryHost is one life of a host in memory.
type memoryHost struct {
	network *memnet.Network
	host    *memnet.Host
	dead    chan struct{}
}

func (h *memoryHost) Listen(_ context.Context, _, address string) (net.Listener, error) {
	if h.isDead() {
		return nil, net.ErrClosed
	}
	return h.host.Listen(address)
}

func (h *memoryHost) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if h.isDead() {
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.ErrClosed}
	}
	return h.host.DialContext(ctx, network, address)
}

func (h *memoryHost) kill() {
	close(h.dead)
	h.network.Kill(h.host.Name())
}

func (h *memoryHost) isDead() bool {
	select {
	case <-h.dead:
		return true
	default:
		return false
	}
}
