package node

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// A layer carries bytes both ways, those that were sent right behind the
// upgrade included, and takes no connection of a stranger.
func TestLogStreams(t *testing.T) {
	t.Parallel()
	key := func() rest.Keys { return rest.Keys{Current: []byte("0123456789abcdef0123456789abcdef")} }
	server, address := startLayer(t, "p1", key)
	client := newLogStreams("unused", rest.NewSigner("p2", key, nil), nil)
	t.Cleanup(func() { check.NoError(t, client.Close()) })

	out, err := client.Dial(address, 5*time.Second)
	check.NoError(t, err)
	_, err = out.Write([]byte("ping"))
	check.NoError(t, err)
	in, err := server.Accept()
	check.NoError(t, err)
	buf := make([]byte, 4)
	_, err = in.Read(buf)
	check.NoError(t, err)
	check.Equal(t, string(buf), "ping")
	_, err = in.Write([]byte("pong"))
	check.NoError(t, err)
	_, err = out.Read(buf)
	check.NoError(t, err)
	check.Equal(t, string(buf), "pong")

	stranger := newLogStreams("unused", rest.NewSigner("p3", func() rest.Keys {
		return rest.Keys{Current: []byte("another key, another cluster....")}
	}, nil), nil)
	_, err = stranger.Dial(address, 5*time.Second)
	check.ErrorIs(t, err, errs.Forbidden)

	check.NoError(t, server.Close())
	_, err = out.Read(buf)
	if err == nil {
		t.Error("a connection outlives its layer")
	}
	_, err = server.Accept()
	check.ErrorIs(t, err, errClosedStreams)
}

func startLayer(t *testing.T, id string, key func() rest.Keys) (*logStreams, string) {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	check.NoError(t, err)
	signer := rest.NewSigner(id, key, nil)
	layer := newLogStreams(socket.Addr().String(), signer, nil)
	router := rest.New(rest.Options{Signer: signer})
	router.Control("GET "+PathLog, layer.take)
	handler, err := router.Handler(rest.Control)
	check.NoError(t, err)
	server := rest.NewServer(handler, rest.ServerOptions{})
	var group run.Group
	group.Go(func() {
		if err := server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		check.NoError(t, server.Shutdown(context.Background()))
		group.Wait()
		check.NoError(t, layer.Close())
	})
	return layer, socket.Addr().String()
}
