package node

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/run"
)

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
	err := s.serve()
	if err != http.ErrServerClosed {
		close(failed)
	}
	stopping.Wait()
	if err != http.ErrServerClosed {
		return errs.E("node.serve", s.socket.Addr().String(), errs.Internal, err)
	}
	return nil
}

func (s *server) serve() error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(s.socket, "", "") // the configuration has the certificate
	}
	return s.http.Serve(s.socket)
}

// stop waits for requests in flight, for as long as the drain time allows.
func (s *server) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.drain())
	defer cancel()
	if errors.Join(s.router.Drain(ctx, s.networks), s.http.Shutdown(ctx)) != nil {
		s.http.Close()
	}
}
