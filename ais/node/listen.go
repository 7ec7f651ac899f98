package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/run"
)

// Listener opens a listening socket; nil stands for the real network.
type Listener func(ctx context.Context, network, address string) (net.Listener, error)

// listeners are the sockets of the three networks. A network that has no port of
// its own shares the public one.
type listeners struct {
	public, control, data net.Listener // control and data may be public
}

// listen binds the sockets, so that ports chosen by the system are known before
// anybody is told of them.
func listen(ctx context.Context, open Listener, host config.HostNet) (*listeners, error) {
	if open == nil {
		open = (&net.ListenConfig{}).Listen
	}
	l := &listeners{}
	bind := func(hostname, port string) (net.Listener, error) {
		socket, err := open(ctx, "tcp", net.JoinHostPort(hostname, port))
		if err != nil {
			e := errs.E("node.listen", net.JoinHostPort(hostname, port), errs.Busy, err)
			e.Public = fmt.Sprintf("cannot listen on %s: %v; change host_net in the configuration or stop who has the port", e.Subject, err)
			return nil, e
		}
		return socket, nil
	}
	var err error
	if l.public, err = bind(host.Host, host.Port); err != nil {
		return nil, err
	}
	l.control, l.data = l.public, l.public
	if own(host.PortControl, host.Port) {
		if l.control, err = bind(firstOf(host.HostControl, host.Host), host.PortControl); err != nil {
			l.close()
			return nil, err
		}
	}
	if own(host.PortData, host.Port) {
		if l.data, err = bind(firstOf(host.HostData, host.Host), host.PortData); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// own reports whether a network has a port of its own.
func own(port, public string) bool { return port == "0" || port != "" && port != public }

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// close closes the sockets that nobody serves.
func (l *listeners) close() {
	for _, socket := range []net.Listener{l.public, l.control, l.data} {
		if socket != nil {
			socket.Close()
		}
	}
}

// info is how others reach a socket. Without a host name the address is that of
// the first interface.
func info(socket net.Listener, scheme, hostname string) wire.NetInfo {
	host, port, _ := net.SplitHostPort(socket.Addr().String())
	if hostname != "" {
		host = hostname
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = hostAddress()
	}
	return netInfo(scheme, host, port)
}

func netInfo(scheme, host, port string) wire.NetInfo {
	return wire.NetInfo{Host: host, Port: port, URL: scheme + "://" + net.JoinHostPort(host, port)}
}

// server is a listener of a network as a part of the node.
type server struct {
	socket   net.Listener
	http     *http.Server
	router   *rest.Router
	networks rest.Network
	drain    func() time.Duration // how long requests in flight may take after the stop
}

// Run serves until ctx ends, then lets requests in flight finish.
func (s *server) Run(ctx context.Context) error {
	var stopping run.Group
	failed := make(chan struct{})
	stopping.Go(func() {
		select {
		case <-ctx.Done():
			s.stop(ctx)
		case <-failed:
		}
	})
	err := s.http.Serve(s.socket)
	if err != http.ErrServerClosed {
		close(failed)
	}
	stopping.Wait()
	if err != http.ErrServerClosed {
		return errs.E("node.serve", s.socket.Addr().String(), errs.Internal, err)
	}
	return nil
}

// stop waits for requests in flight, for as long as the drain time allows.
func (s *server) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.drain())
	defer cancel()
	if errors.Join(s.router.Drain(ctx, s.networks), s.http.Shutdown(ctx)) != nil {
		s.http.Close()
	}
}
