package api_test

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// serveInMemory serves at http://server:80 until the bubble's test ends.
func serveInMemory(t *testing.T, network *memnet.Network, handler http.HandlerFunc) {
	t.Helper()
	listener, err := network.Host("server").Listen("server:80")
	check.NoError(t, err)
	server := &http.Server{Handler: handler}
	var group run.Group
	group.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		group.Wait()
	})
}

func TestServerThatStandsStill(t *testing.T) {
	tests := []struct {
		name     string
		do       func(*testing.T, *api.Client) error
		attempts int32
		after    time.Duration
	}{
		{"write", func(t *testing.T, c *api.Client) error {
			_, err := c.PutBytes(t.Context(), bucket(), "o", []byte("x"), api.PutOptions{})
			return err
		}, 1, time.Minute},
		{"read", func(t *testing.T, c *api.Client) error {
			_, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
			return err
		}, 2, 2 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := memnet.New()
				var attempts atomic.Int32
				serveInMemory(t, network, func(_ http.ResponseWriter, r *http.Request) {
					attempts.Add(1)
					_, _ = io.Copy(io.Discard, r.Body) // or else the server does not notice that the client is gone
					<-r.Context().Done()
				})
				c, err := api.New(api.Options{
					Endpoint: "http://server:80", ViaProxy: true, Stall: time.Minute,
					Dial: network.Host("client").DialContext,
				})
				check.NoError(t, err)
				defer c.Close()
				began := time.Now()
				check.ErrorIs(t, test.do(t, c), errs.Unavailable)
				check.Equal(t, attempts.Load(), test.attempts)
				check.Equal(t, time.Since(began).Truncate(time.Second), test.after)
			})
		})
	}
}

func TestSlowServerIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		serveInMemory(t, network, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			for range 10 {
				time.Sleep(50 * time.Second) // virtual
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
			}
		})
		c, err := api.New(api.Options{
			Endpoint: "http://server:80", ViaProxy: true, Stall: time.Minute,
			Dial: network.Host("client").DialContext,
		})
		check.NoError(t, err)
		defer c.Close()
		data, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, string(data), "xxxxxxxxxx")
	})
}
