package node

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
)

// Listener opens a listening socket; nil stands for the real network.
type Listener func(ctx context.Context, network, address string) (net.Listener, error)

// listeners are the sockets of the three networks.
type listeners struct {
	public, control, data *listening   // the same where networks share one
	s3                    *listening   // for S3 alone; nil: there is none
	all                   []*listening // each once, that of clients last
}

// listening is one port, on one host or several, and what is served there.
type listening struct {
	networks rest.Network
	hosts    []string       // as configured; at least one, "" is every address of the machine
	port     string         // as configured
	sockets  []net.Listener // one for each host
}

// listen binds the sockets, so that ports chosen by the system are known before
// anybody is told of them.
func listen(ctx context.Context, open Listener, host config.HostNet, s3 config.S3) (*listeners, error) {
	if open == nil {
		open = (&net.ListenConfig{}).Listen
	}
	l := &listeners{public: newListening(host.Host, host.Port)}
	l.control = place(firstOf(host.HostControl, host.Host), host.PortControl, l.public)
	l.data = place(firstOf(host.HostData, host.Host), host.PortData, l.public, l.control)
	l.public.networks |= rest.Public
	l.control.networks |= rest.Control
	l.data.networks |= rest.Data
	for _, one := range []*listening{l.control, l.data} {
		if one != l.public && !slices.Contains(l.all, one) {
			l.all = append(l.all, one)
		}
	}
	if l.s3 = listeningForS3(host, s3); l.s3 != nil {
		l.all = append(l.all, l.s3)
	}
	l.all = append(l.all, l.public)
	for _, one := range l.all {
		if err := one.bind(ctx, open); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// listeningForS3 is the port for S3 alone, nil where there is to be none.
func listeningForS3(host config.HostNet, s3 config.S3) *listening {
	port := host.PortS3
	if port == "" && s3.Port != 0 {
		port = strconv.Itoa(s3.Port)
	}
	if port == "" {
		return nil
	}
	l := newListening(host.Host, port)
	l.networks = rest.Public
	return l
}

// S3Port is the port for S3 alone; "" where there is none.
func (c *Core) S3Port() string {
	if c.sockets.s3 == nil {
		return ""
	}
	return c.infos(c.sockets.s3, c.Config.HostNet.Host)[0].Port
}

func newListening(hosts, port string) *listening {
	l := &listening{port: port}
	for name := range strings.SplitSeq(hosts, ",") {
		l.hosts = append(l.hosts, strings.TrimSpace(name))
	}
	return l
}

// place returns where a network listens: at one of the places that others have,
// the first when it has no port of its own, or at a new one.
func place(hosts, port string, others ...*listening) *listening {
	if port == "" {
		return others[0]
	}
	l := newListening(hosts, port)
	for _, other := range others {
		if port != "0" && port == other.port && (slices.Contains(other.hosts, "") || slices.Equal(l.hosts, other.hosts)) {
			return other
		}
	}
	return l
}

// bind opens the sockets. The port that the system chooses for the first is that
// of the others.
func (l *listening) bind(ctx context.Context, open Listener) error {
	port := l.port
	for _, host := range l.hosts {
		address := net.JoinHostPort(host, port)
		socket, err := open(ctx, "tcp", address)
		if err != nil {
			e := errs.E("node.listen", address, errs.Busy, err)
			e.Public = fmt.Sprintf("cannot listen on %s: %v; change host_net in the configuration or stop who has the port", address, err)
			return e
		}
		l.sockets = append(l.sockets, socket)
		if _, port, err = net.SplitHostPort(socket.Addr().String()); err != nil {
			return errs.E("node.listen", address, errs.Internal, err)
		}
	}
	return nil
}

// close closes the sockets that nobody serves.
func (l *listeners) close() {
	for _, one := range l.all {
		for _, socket := range one.sockets {
			_ = socket.Close() // of those that have been served it says that they are closed
		}
	}
}

// infos are how others reach the sockets of a network whose hosts are called
// as given, or as they were bound where that is "". The first is where they
// look.
func (c *Core) infos(l *listening, hosts string) []wire.NetInfo {
	names := newListening(hosts, "").hosts
	var list []wire.NetInfo
	for i, socket := range l.sockets {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		host, port, _ := net.SplitHostPort(socket.Addr().String()) // bind has split it
		if name != "" {
			host = name
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = hostAddress(c.Cluster.Get().Net.UseIPv6)
		}
		list = append(list, netInfo(c.scheme, host, port))
	}
	return list
}

// publicInfos are how clients reach this node.
func (c *Core) publicInfos() []wire.NetInfo {
	list := c.infos(c.sockets.public, c.Config.HostNet.Host)
	told := &list[0]
	*told = netInfo(c.scheme, firstOf(c.Options.HostIP, told.Host), firstOf(c.Options.HostPort, told.Port))
	return list
}

// controlInfo is how others reach this node on the control network.
func (c *Core) controlInfo() wire.NetInfo {
	return c.intraInfo(c.sockets.control, c.Config.HostNet.HostControl)
}

// dataInfo is how others reach this node on the data network.
func (c *Core) dataInfo() wire.NetInfo {
	return c.intraInfo(c.sockets.data, c.Config.HostNet.HostData)
}

// intraInfo is how others reach a network of nodes: as clients do, if it shares
// their listener and has no host name of its own.
func (c *Core) intraInfo(l *listening, hosts string) wire.NetInfo {
	if l == c.sockets.public && hosts == "" {
		return c.publicInfos()[0]
	}
	return c.infos(l, firstOf(hosts, c.Config.HostNet.Host))[0]
}

func netInfo(scheme, host, port string) wire.NetInfo {
	return wire.NetInfo{Host: host, Port: port, URL: scheme + "://" + net.JoinHostPort(host, port)}
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// hostAddress is the address that the node tells others when the configuration
// names none: the first one that is up and is neither the loopback nor of one
// link only, of the preferred version of IP if there is one.
func hostAddress(preferIPv6 bool) string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	other := "127.0.0.1"
	for _, a := range slices.Backward(addresses) {
		ip, ok := a.(*net.IPNet)
		if ok && ip.IP.IsGlobalUnicast() && (ip.IP.To4() == nil) != preferIPv6 {
			other = ip.IP.String()
		}
	}
	for _, a := range addresses {
		ip, ok := a.(*net.IPNet)
		if ok && ip.IP.IsGlobalUnicast() && (ip.IP.To4() == nil) == preferIPv6 {
			return ip.IP.String()
		}
	}
	return other
}
