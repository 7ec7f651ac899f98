package memnet

import "net"

const network = "tcp" // what addresses and errors call it, since callers look

// address is a net.Addr.
type address struct{ host, port string }

func (address) Network() string { return network }

func (a address) String() string { return net.JoinHostPort(a.host, a.port) }

// split cuts "host:port"; either may be missing.
func split(addr string) (host, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, ""
	}
	return host, port
}
