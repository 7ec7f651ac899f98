package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/metrics"
)

// limited returns the default configuration with other limits.
func limited(change func(*config.Cluster)) *config.Live[config.Cluster] {
	cfg := config.Default()
	change(&cfg)
	return config.NewLive(&cfg)
}

// held is a route whose requests stay until they are let go.
type held struct {
	entered chan struct{} // one per request that has come in; unbuffered
	release chan struct{} // closed to let all go
}

func (h *held) serve(w http.ResponseWriter, _ *http.Request) error {
	h.entered <- struct{}{}
	<-h.release
	return rest.Text(w, "done")
}

// newHeld returns a handler with the routes /v1/held and /v1/health.
func newHeld(t testing.TB, o rest.Options) (*held, *rest.Router, http.Handler) {
	one := &held{entered: make(chan struct{}), release: make(chan struct{})}
	r := rest.New(o)
	r.Handle("GET /v1/held", access.None, one.serve)
	r.HandleAlways("GET /v1/health", access.None, say("healthy"))
	r.Control("PUT /v1/metasync", say("synced"))
	return one, r, handlerOf(t, r, everything)
}

// from returns a request of a client with this address.
func from(address string) *http.Request {
	r := newRequest("GET", "/v1/held", "")
	r.RemoteAddr = address
	return r
}

func TestRequestsInFlightAreBounded(t *testing.T) {
	t.Parallel()
	registry, s := metrics.NewRegistry(), newSigner()
	cfg := limited(func(c *config.Cluster) { c.Limits.Requests = 2 })
	one, _, h := newHeld(t, rest.Options{Config: cfg, Metrics: registry.Scope(""), Signer: s})
	var group run.Group
	for range 2 {
		group.Go(func() { serve(h, from("10.0.0.1:1")) })
		<-one.entered
	}
	check.Equal(t, registry.Snapshot()["public_in_flight"], int64(2))
	w := serve(h, from("10.0.0.1:1"))
	check.Equal(t, w.Code, http.StatusServiceUnavailable)
	check.Equal(t, w.Header().Get("Retry-After"), "1")
	check.Contains(t, w.Body.String(), "too many requests in flight")
	check.Equal(t, registry.Snapshot()["public_refused_total"], int64(1))
	check.Equal(t, serve(h, newRequest("GET", "/v1/health", "")).Code, http.StatusOK)
	// What nodes tell each other is not stuck behind clients.
	check.Equal(t, serve(h, received(signed(t, s, "PUT", "http://h/v1/metasync"))).Code, http.StatusOK)
	close(one.release)
	group.Wait()
	check.Equal(t, registry.Snapshot()["public_in_flight"], int64(0))
}

func TestRequestsOfOneClientAreBounded(t *testing.T) {
	t.Parallel()
	cfg := limited(func(c *config.Cluster) { c.Limits.PerClient = 1 })
	one, _, h := newHeld(t, rest.Options{Config: cfg})
	var group run.Group
	for _, address := range []string{"10.0.0.1:1", "[::1]:1", "pipe"} {
		group.Go(func() { serve(h, from(address)) })
		<-one.entered
	}
	w := serve(h, from("[::ffff:10.0.0.1]:2"))
	check.Equal(t, w.Code, http.StatusTooManyRequests)
	check.Equal(t, w.Header().Get("Retry-After"), "1")
	close(one.release)
	group.Wait()
	one.release = make(chan struct{})
	group.Go(func() { serve(h, from("10.0.0.1:3")) })
	<-one.entered
	close(one.release)
	group.Wait()
}

func TestDrainLetsRequestsInFlightFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, r, h := newHeld(t, rest.Options{})
		var group run.Group
		group.Go(func() {
			if w := serve(h, from("10.0.0.1:1")); w.Body.String() != "done" {
				t.Errorf("in flight: got %d %s", w.Code, w.Body)
			}
		})
		<-one.entered
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		check.ErrorIs(t, r.Drain(short, rest.Public), context.DeadlineExceeded)
		drained := make(chan error, 1)
		group.Go(func() { drained <- r.Drain(t.Context(), rest.Public) })
		synctest.Wait()
		w := serve(h, from("10.0.0.1:2"))
		check.Equal(t, w.Code, http.StatusServiceUnavailable)
		check.Equal(t, w.Header().Get("Connection"), "close")
		check.Equal(t, serve(h, newRequest("GET", "/v1/health", "")).Code, http.StatusOK)
		check.Equal(t, serve(h, newRequest("PUT", "/v1/metasync", "")).Code, http.StatusForbidden)
		close(one.release)
		check.NoError(t, <-drained)
		check.NoError(t, r.Drain(t.Context(), everything))
		group.Wait()
	})
}

func TestStartingNodeAnswers503(t *testing.T) {
	t.Parallel()
	s := newSigner()
	starting := errs.E("test", "", errs.Unavailable, errors.New("starting"))
	h := handlerOf(t, newRouter(rest.Options{Signer: s, Ready: func() error { return starting }}), everything)
	for _, target := range []string{"/v1/objects/b/o", "/v1/buckets", "/v1/daemon?what=smap"} {
		check.Equal(t, serve(h, newRequest("GET", target, "")).Code, http.StatusServiceUnavailable)
	}
	check.Equal(t, serve(h, received(signed(t, s, "PUT", "http://h/v1/objstream"))).Code, http.StatusServiceUnavailable)
	check.Equal(t, serve(h, received(signed(t, s, "PUT", "http://h/v1/metasync"))).Code, http.StatusOK)
	check.Equal(t, serve(h, newRequest("POST", "/v1/join", "")).Code, http.StatusOK)
	check.Equal(t, serve(h, newRequest("GET", "/v1/health", "")).Code, http.StatusOK)
}

func TestMapVersionOfTheSenderIsPassedOn(t *testing.T) {
	t.Parallel()
	s := newSigner()
	var told []int64
	note := func(_ context.Context, _ rest.Caller, version int64) error {
		told = append(told, version)
		if version > 100 {
			return errs.E("test", "", errs.Unavailable, errors.New("this node is behind"))
		}
		return nil
	}
	h := handlerOf(t, newRouter(rest.Options{Map: note, Signer: s}), everything)
	with := func(target, version string) int {
		r := newRequest("GET", target, "")
		if version != "" {
			r.Header.Set(wire.HeaderCallerMap, version)
		}
		return serve(h, r).Code
	}
	check.Equal(t, with("/v1/objects/b/o", "5"), http.StatusOK)
	check.Equal(t, with("/v1/objects/b/o?vpams=1&pid=p&vpams=6&utm=1", ""), http.StatusOK)
	check.Equal(t, with("/v1/objects/b/o", ""), http.StatusOK)
	check.Equal(t, with("/v1/objects/b/o", "rubbish"), http.StatusOK)
	check.Equal(t, with("/v1/objects/b/o?vpams=-6&xvpams=9", ""), http.StatusOK)
	check.Equal(t, with("/v1/daemon?what=smap", "7"), http.StatusOK)
	check.Equal(t, with("/v1/objects/b/o", "101"), http.StatusServiceUnavailable)
	check.Equal(t, told, []int64{5, 6, 7, 101})
}

func TestJSONBodiesAreBounded(t *testing.T) {
	t.Parallel()
	cfg := limited(func(c *config.Cluster) { c.Limits.JSONBody, c.Limits.MetadataBody = 100, 200 })
	s := newSigner()
	r := newRouter(rest.Options{Config: cfg, Signer: s})
	r.ControlOpen("POST /v1/decode", func(w http.ResponseWriter, r *http.Request) error {
		var text string
		if err := rest.Decode(w, r, &text); err != nil {
			return err
		}
		return rest.Text(w, text)
	})
	h := handlerOf(t, r, everything)
	long := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	post := func(target, body string, length int64) int {
		request := newRequest("POST", target, body)
		request.ContentLength = length
		return serve(h, request).Code
	}
	for _, length := range []int64{101, -1} {
		check.Equal(t, post("/v1/buckets/b", long(101), length), http.StatusRequestEntityTooLarge)
	}
	check.Equal(t, post("/v1/buckets/b", long(100), 100), http.StatusBadRequest) // no action, but short enough
	check.Equal(t, post("/v1/decode", long(100), 100), http.StatusOK)
	check.Equal(t, post("/v1/decode", long(101), 101), http.StatusRequestEntityTooLarge)
	for length, want := range map[int]int{200: http.StatusOK, 201: http.StatusRequestEntityTooLarge} {
		request := newRequest("POST", "/v1/decode", long(length))
		request.Header = signed(t, s, "POST", "http://h/v1/decode").Header
		check.Equal(t, serve(h, request).Code, want) // metadata, from a node
	}
	check.Equal(t, serve(h, newRequest("POST", "/v1/decode", "")).Code, http.StatusBadRequest)
}

// A bound is that of the configuration in force when a request comes in.
func TestBoundsFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		control bool
		set     func(*config.Cluster, int)
	}{
		"control": {true, func(c *config.Cluster, n int) { c.Limits.ControlRequests = n }},
		"data":    {false, func(c *config.Cluster, n int) { c.Limits.DataRequests = n }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, cfg := newSigner(), limited(func(c *config.Cluster) { test.set(c, 1) })
			one := &held{entered: make(chan struct{}), release: make(chan struct{})}
			r := rest.New(rest.Options{Config: cfg, Signer: s})
			add := r.Data
			if test.control {
				add = r.Control
			}
			add("POST /v1/held", one.serve)
			h := handlerOf(t, r, everything)
			ask := func() int { return serve(h, received(signed(t, s, "POST", "http://h/v1/held"))).Code }
			var group run.Group
			group.Go(func() { ask() })
			<-one.entered
			check.Equal(t, ask(), http.StatusServiceUnavailable)
			next := *cfg.Get()
			test.set(&next, 2)
			cfg.Set(&next)
			group.Go(func() { ask() })
			<-one.entered
			check.Equal(t, ask(), http.StatusServiceUnavailable)
			close(one.release)
			group.Wait()
		})
	}
}
