package rest_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/metrics"
)

func TestRoutesStayOnTheirNetwork(t *testing.T) {
	t.Parallel()
	s := newSigner()
	r := newRouter(rest.Options{Signer: s})
	type asked struct{ method, url string }
	public, object := asked{"GET", "/v1/daemon?what=smap"}, asked{"GET", "/v1/objects/b/o"}
	control, data, join := asked{"PUT", "/v1/metasync"}, asked{"PUT", "/v1/objstream"}, asked{"POST", "/v1/join"}
	for _, row := range []struct {
		listener rest.Network
		asked    asked
		stranger int
		node     int
	}{
		{rest.Public, public, 200, 403},
		{rest.Public, object, 200, 403},
		{rest.Public, control, 403, 403},
		{rest.Public, data, 403, 403},
		{rest.Public, join, 403, 403},
		{rest.Control | rest.Data, public, 403, 200},
		{rest.Control | rest.Data, control, 403, 200},
		{rest.Control | rest.Data, data, 403, 200},
		{rest.Public | rest.Control, object, 200, 200},
		{rest.Public | rest.Control, data, 403, 403},
		{rest.Control, public, 403, 200},
		{rest.Control, object, 403, 200},
		{rest.Control, control, 403, 200},
		{rest.Control, data, 403, 403},
		{rest.Control, join, 200, 200},
		{rest.Data, public, 403, 200},
		{rest.Data, object, 403, 200},
		{rest.Data, control, 403, 403},
		{rest.Data, data, 403, 200},
		{everything, public, 200, 200},
		{everything, object, 200, 200},
		{everything, control, 403, 200},
		{everything, data, 403, 200},
		{everything, join, 200, 200},
	} {
		h := handlerOf(t, r, row.listener)
		if got := serve(h, newRequest(row.asked.method, row.asked.url, "")).Code; got != row.stranger {
			t.Errorf("%v listener, %v of a stranger: got %d, want %d", row.listener, row.asked, got, row.stranger)
		}
		request := received(signed(t, s, row.asked.method, "http://h"+row.asked.url))
		if got := serve(h, request).Code; got != row.node {
			t.Errorf("%v listener, %v of a node: got %d, want %d", row.listener, row.asked, got, row.node)
		}
	}
}

// A client that a gateway has sent to the data listener gets the object there, and
// nothing else.
func TestClientsAreSentToTheDataListener(t *testing.T) {
	t.Parallel()
	s := newSigner()
	r := newRouter(rest.Options{Signer: s})
	sent := s.Location(newRequest("GET", "/v1/objects/b/o", ""), rest.Redirection{URL: "http://h", Rights: access.GetObject, Map: 1})
	for _, row := range []struct {
		listener    rest.Network
		method, url string
		want        int
	}{
		{rest.Data, "GET", sent, 200},
		{rest.Control | rest.Data, "GET", sent, 200},
		{rest.Control, "GET", sent, 403},
		{rest.Data, "PUT", sent, 403},
		{rest.Data, "GET", strings.Replace(sent, "/b/o", "/b/other", 1), 403},
		{rest.Data, "GET", strings.Replace(sent, "/objects/b/o", "/daemon", 1), 403},
		{rest.Data, "GET", "/v1/objects/b/o", 403},
	} {
		if got := serve(handlerOf(t, r, row.listener), newRequest(row.method, row.url, "")).Code; got != row.want {
			t.Errorf("%v listener, %s %s: got %d, want %d", row.listener, row.method, row.url, got, row.want)
		}
	}
}

func TestForgeryIsLoggedAndCounted(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	registry := metrics.NewRegistry()
	r := newRouter(rest.Options{Signer: newSigner(), Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: registry.Scope("")})
	h := handlerOf(t, r, everything)
	other := rest.NewSigner("p7654321", keysOf("another key", ""), nil)
	for range 3 {
		w := serve(h, received(signed(t, other, "PUT", "http://h/v1/metasync")))
		check.Equal(t, w.Code, http.StatusForbidden)
		check.Contains(t, w.Body.String(), "the signature does not match")
	}
	check.Contains(t, log.String(), "must come from a node")
	if lines := strings.Count(log.String(), "\n"); lines > 2 {
		t.Errorf("%d lines for 3 forgeries:\n%s", lines, &log)
	}
	check.Equal(t, registry.Snapshot()["request_forged_total"], int64(3))
	w := serve(h, received(signed(t, other, "GET", "http://h/v1/objects/b/o")))
	check.Equal(t, w.Code, http.StatusForbidden)
}

func TestBeforeJoiningOnlyJoinWorks(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{Signer: rest.NewSigner(nodeID, keysOf("", ""), nil)}), everything)
	peer := newSigner()
	check.Equal(t, serve(h, received(signed(t, peer, "PUT", "http://h/v1/metasync"))).Code, http.StatusServiceUnavailable)
	check.Equal(t, serve(h, received(signed(t, peer, "POST", "http://h/v1/join"))).Code, http.StatusOK)
	check.Equal(t, serve(h, newRequest("PUT", "/v1/metasync", "")).Code, http.StatusForbidden)
}

func TestCallerIsKnownToHandlers(t *testing.T) {
	t.Parallel()
	s := newSigner()
	r := rest.New(rest.Options{Signer: s})
	who := func(w http.ResponseWriter, r *http.Request) error {
		return rest.Text(w, rest.CallerOf(r).Identity.Node())
	}
	r.Control("GET /v1/who", who)
	r.ControlOpen("GET /v1/anybody", who)
	r.Objects(rest.ObjectRoutes{Get: []rest.ObjectVerb{rest.Verb(access.GetObject, func(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
		return rest.Text(w, o.Caller.Identity.Node())
	})}})
	h := handlerOf(t, r, everything)
	for _, path := range []string{"/v1/who", "/v1/anybody", "/v1/objects/b/o"} {
		check.Equal(t, serve(h, received(signed(t, s, "GET", "http://h"+path))).Body.String(), nodeID)
	}
	check.Equal(t, serve(h, newRequest("GET", "/v1/anybody", "")).Body.String(), "")
	check.Equal(t, rest.CallerOf(newRequest("GET", "/", "")) == rest.Caller{}, true)
	check.Equal(t, rest.BucketOf(newRequest("GET", "/", "")), wire.Bucket{})
}

// oneBucket knows bucket "b", which allows reading only.
func oneBucket(b wire.Bucket) (access.BucketAccess, error) {
	switch b.Name {
	case "b":
		return access.BucketAccess{Bucket: b, Access: access.ReadOnly}, nil
	case "broken":
		return access.BucketAccess{}, errs.E("test", b.String(), errs.Unavailable, nil)
	}
	return access.BucketAccess{}, errs.BucketNotFound("test", b.String())
}

func TestBucketsDecideWhatNobodyMayDo(t *testing.T) {
	t.Parallel()
	s := newSigner()
	h := handlerOf(t, newRouter(rest.Options{BucketAccess: oneBucket, Signer: s}), everything)
	for _, row := range []struct {
		method, url, body string
		want              int
	}{
		{"GET", "/v1/objects/b/o", "", 200},
		{"HEAD", "/v1/objects/b/o", "", 200},
		{"PUT", "/v1/objects/b/o", "x", 403},
		{"PUT", "/ais/b/o", "x", 403},
		{"PUT", "/v1/objects/b/o?append_type=append", "x", 403},
		{"DELETE", "/v1/objects/b/o", "", 403},
		{"POST", "/v1/objects/b/o", `{"action":"check-lock"}`, 200},
		{"POST", "/v1/objects/b", `{"action":"promote"}`, 403},
		{"GET", "/v1/buckets/b", "", 200},
		{"DELETE", "/v1/buckets/b", `{"action":"destroy-bck"}`, 403},
		{"GET", "/v1/objects/absent/o", "", 200}, // for the handler to say
		{"POST", "/v1/buckets/absent", `{"action":"create-bck"}`, 200},
		{"GET", "/v1/objects/broken/o", "", 503},
		{"GET", "/v1/buckets/broken", "", 503},
	} {
		if got := serve(h, newRequest(row.method, row.url, row.body)).Code; got != row.want {
			t.Errorf("%s %s: got %d, want %d", row.method, row.url, got, row.want)
		}
	}
	check.Equal(t, serve(h, received(signed(t, s, "DELETE", "http://h/v1/objects/b/o"))).Code, http.StatusOK)
}

func TestRedirectsCarryTheRightsOfTheCaller(t *testing.T) {
	t.Parallel()
	s := newSigner()
	noToken := func(*http.Request) (access.Identity, error) {
		return access.Nobody(), errs.E("test", "", errs.Unauthenticated, nil)
	}
	h := handlerOf(t, newRouter(rest.Options{Signer: s, Identify: noToken, BucketAccess: oneBucket}), rest.Public)
	w := serve(h, newRequest("PUT", "/v1/objects/b/o", "x"))
	check.Equal(t, w.Code, http.StatusUnauthorized)
	check.Equal(t, w.Header().Get("Www-Authenticate"), "Bearer")
	to := rest.Redirection{URL: "http://t", Rights: access.PutObject}
	location := func(method, target string) string {
		return strings.TrimPrefix(s.Location(newRequest(method, target, ""), to), "http://t")
	}
	put := func(target string) int { return serve(h, newRequest("PUT", target, "x")).Code }
	check.Equal(t, put(location("PUT", "/v1/objects/b/o")), http.StatusOK)
	check.Equal(t, put(location("PUT", "/v1/objects/b/o?append_type=append")), http.StatusUnauthorized) // needs another right
	check.Equal(t, put(location("GET", "/v1/objects/b/o")), http.StatusUnauthorized)
	check.Equal(t, put(strings.Replace(location("PUT", "/v1/objects/b/o"), "/o?", "/p?", 1)), http.StatusUnauthorized)
	// None of the rights of a redirect opens what only nodes may call.
	to.Rights = access.All
	shared := handlerOf(t, newRouter(rest.Options{Signer: s, Identify: noToken}), everything)
	check.Equal(t, serve(shared, newRequest("PUT", location("PUT", "/v1/metasync"), "")).Code, http.StatusForbidden)
	// What needs no right needs no token.
	check.Equal(t, serve(h, newRequest("GET", "/v1/health", "")).Code, http.StatusOK)
	check.Equal(t, serve(h, newRequest("GET", "/v1/daemon?what=smap", "")).Code, http.StatusOK)
	check.Equal(t, serve(h, newRequest("GET", "/v1/daemon?what=log", "")).Code, http.StatusUnauthorized)
}

func TestHandlersAskAboutOtherBuckets(t *testing.T) {
	t.Parallel()
	r := rest.New(rest.Options{BucketAccess: oneBucket})
	nobody, node := rest.Caller{}, rest.Caller{Identity: access.NodeIdentity(nodeID)}
	granted := rest.Caller{Granted: access.PutObject | access.GetObject}
	b := wire.Bucket{Name: "b"}
	check.NoError(t, r.Authorize(nobody, b, access.GetObject))
	check.ErrorIs(t, r.Authorize(nobody, b, access.PutObject), errs.Forbidden)
	check.NoError(t, r.Authorize(node, b, access.PutObject))
	check.NoError(t, r.Authorize(granted, b, access.PutObject))
	check.ErrorIs(t, r.Authorize(granted, b, access.DeleteObject), errs.Forbidden)
	check.ErrorIs(t, r.Authorize(nobody, wire.Bucket{Name: "broken"}, access.GetObject), errs.Unavailable)
	check.NoError(t, r.Authorize(nobody, wire.Bucket{Name: "absent"}, access.GetObject))
	check.NoError(t, rest.New(rest.Options{}).Authorize(nobody, b, access.PutObject))
}
