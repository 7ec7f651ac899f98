package rest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/internal/check"
)

const everything = rest.Public | rest.Control | rest.Data

// echo answers with what the router made of the path.
func echo(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
	return rest.Text(w, o.Bucket.ObjectString(o.Object))
}

func echoAction(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest, a *wire.Action) error {
	return rest.Text(w, a.Action+" "+o.Bucket.ObjectString(o.Object))
}

func say(text string) rest.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error { return rest.Text(w, text) }
}

func sayBucket(text string) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return rest.Text(w, text+" "+rest.BucketOf(r).String())
	}
}

func doAction(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	return rest.Text(w, a.Action+" "+rest.BucketOf(r).String())
}

func sayObject(text string) rest.ObjectHandler {
	return func(w http.ResponseWriter, _ *http.Request, _ *rest.ObjectRequest) error { return rest.Text(w, text) }
}

// newRouter returns a router with routes of each sort.
func newRouter(o rest.Options) *rest.Router {
	o.Node = "t[test]"
	r := rest.New(o)
	r.Objects(rest.ObjectRoutes{
		Get:  []rest.ObjectVerb{rest.Verb(access.GetObject, echo)},
		Head: []rest.ObjectVerb{rest.Verb(access.HeadObject, echo)},
		Put: []rest.ObjectVerb{
			rest.VerbWith(wire.QueryUploadID, access.PutObject, sayObject("part")),
			rest.VerbWith(wire.QueryAppendType, access.AppendObject, sayObject("append")),
			rest.Verb(access.PutObject, echo),
		},
		Delete:     []rest.ObjectVerb{rest.Verb(access.DeleteObject, echo)},
		Post:       map[string]rest.ObjectAction{wire.ActionCheckLock: rest.ObjectAct(access.GetObject, echoAction)},
		BucketPost: map[string]rest.ObjectAction{wire.ActionPromote: rest.ObjectAct(access.Promote, echoAction)},
	})
	r.Handle("GET /v1/buckets", access.ListBuckets, say("buckets"))
	r.Handle("GET /v1/buckets/{bucket}", access.ListObjects, sayBucket("list"))
	r.Handle("HEAD /v1/buckets/{bucket}", access.HeadBucket, sayBucket("head"))
	r.Handle("HEAD /v1/buckets/{bucket}/{prefix...}", access.HeadBucket, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Prefix", r.PathValue("prefix"))
		return nil
	})
	r.Actions("POST /v1/buckets/{bucket}", map[string]rest.Action{wire.ActionCreateBucket: rest.Act(access.CreateBucket, doAction)})
	r.Actions("DELETE /v1/buckets/{bucket}", map[string]rest.Action{wire.ActionDestroyBucket: rest.Act(access.DestroyBucket, doAction)})
	r.What("GET /v1/daemon", map[string]rest.Choice{
		wire.WhatSmap: rest.Choose(access.None, say("smap")),
		wire.WhatLog:  rest.Choose(access.Admin, say("log")),
	})
	r.HandleAlways("GET /v1/health", access.None, say("healthy"))
	r.Control("PUT /v1/metasync", say("synced"))
	r.ControlOpen("POST /v1/join", say("joined"))
	r.Data("PUT /v1/objstream", say("received"))
	return r
}

func handlerOf(t testing.TB, r *rest.Router, n rest.Network) http.Handler {
	t.Helper()
	h, err := r.Handler(n)
	check.NoError(t, err)
	return h
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutesAnswer(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{}), everything)
	for _, row := range []struct{ method, url, body, want string }{
		{"GET", "/v1/objects/b/o", "", "ais://b/o"},
		{"GET", "/v1/objects/b/a//b", "", "ais://b/a//b"},
		{"GET", "/v1/objects/b//a", "", "ais://b//a"},
		{"GET", "/v1/objects/b/./a", "", "ais://b/./a"},
		{"GET", "/v1/objects/b/a/.", "", "ais://b/a/."},
		{"GET", "/v1/objects/b/a/", "", "ais://b/a/"},
		{"GET", "/v1/objects/b/~/a", "", "ais://b/~/a"},
		{"GET", "/v1/objects/b/...", "", "ais://b/..."},
		{"GET", "/v1/objects/b/a..b", "", "ais://b/a..b"},
		{"GET", "/v1/objects/b/a%2Fb%2f%2fc", "", "ais://b/a/b//c"},
		{"GET", "/v1/objects/b/%2e", "", "ais://b/."},
		{"GET", "/v1/objects/b/a%20b+c", "", "ais://b/a b+c"},
		{"GET", "/v1/objects/b/%2541", "", "ais://b/%41"},
		{"GET", "/v1/objects/b/a%3Fb%23c", "", "ais://b/a?b#c"},
		{"GET", "/v1/objects/b/%C3%A9é", "", "ais://b/éé"},
		{"GET", "/v1/objects/b/%ff", "", "ais://b/\xff"},
		{"GET", "/v1/objects/b/o?provider=s3", "", "s3://b/o"},
		{"GET", "/v1/objects/b/o?provider=aws&namespace=", "", "s3://b/o"},
		{"GET", "/v1/objects/b/o?namespace=%40uuid%23ns", "", "ais://@uuid#ns/b/o"},
		{"GET", "/v1/objects/b/o?namespace=@%23", "", "ais://b/o"},
		{"GET", "/v1/objects/b/o?a=1&&provider=gcp&provider=ais", "", "gs://b/o"},
		{"GET", "/ais/b/o", "", "ais://b/o"},
		{"GET", "/gs/b/o/p?provider=ais", "", "gs://b/o/p"},
		{"GET", "/az/b/o", "", "az://b/o"},
		{"GET", "/ais/b", "", "list ais://b"},
		{"GET", "/gs/b/", "", "list gs://b"},
		{"GET", "/gs/b?namespace=", "", "list gs://b"},
		{"PUT", "/v1/objects/b/o", "data", "ais://b/o"},
		{"PUT", "/v1/objects/b/o?append_type=append&append_handle=", "data", "append"},
		{"PUT", "/v1/objects/b/o?append_type=append&uploadId=1", "data", "part"},
		{"PUT", "/v1/objects/b/o?uploadId=&append_type=", "data", "ais://b/o"},
		{"DELETE", "/v1/objects/b/o", "", "ais://b/o"},
		{"POST", "/v1/objects/b/o", `{"action":"check-lock","value":null}`, "check-lock ais://b/o"},
		{"POST", "/v1/objects/b", `{"action":"promote"}`, "promote ais://b/"},
		{"POST", "/v1/objects/b/", `{"action":"promote"}`, "promote ais://b/"},
		{"GET", "/v1/buckets", "", "buckets"},
		{"GET", "/v1/buckets/", "", "buckets"},
		{"GET", "/v1/buckets/b?provider=ais", "", "list ais://b"},
		{"GET", "/v1/buckets/b/", "", "list ais://b"},
		{"GET", "/v1/buckets/b%2Dc", "", "list ais://b-c"},
		{"POST", "/v1/buckets/b", `{"action":"create-bck"}`, "create-bck ais://b"},
		{"POST", "/v1/buckets/b/", `{"action":"create-bck","other":{}}`, "create-bck ais://b"},
		{"DELETE", "/v1/buckets/b", `{"action":"destroy-bck"}`, "destroy-bck ais://b"},
		{"GET", "/v1/daemon?what=smap", "", "smap"},
		{"GET", "/v1/daemon/?what=smap", "", "smap"},
		{"GET", "/v1/daemon?wh%61t=sm%61p", "", "smap"},
		{"GET", "/v1/health?prr=true", "", "healthy"},
		{"POST", "/v1/join", "", "joined"},
	} {
		w := serve(h, newRequest(row.method, row.url, row.body))
		if w.Code != http.StatusOK || w.Body.String() != row.want {
			t.Errorf("%s %s: got %d %q, want %q", row.method, row.url, w.Code, w.Body, row.want)
		}
	}
}

func TestPrefixKeepsItsSlash(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{}), everything)
	for url, want := range map[string]string{"/v1/buckets/b/dir/": "dir/", "/v1/buckets/b/dir/sub": "dir/sub", "/v1/buckets/b/dir": "dir"} {
		check.Equal(t, serve(h, newRequest("HEAD", url, "")).Header().Get("Prefix"), want)
	}
}

func TestPatternsThatCannotWorkAreFound(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		"/v1/x", "GET v1/x", "GET /v1/x/", "GET host/v1/x", "GET /v1/objects/x", "GET /v1/objects", "GET /ais/x",
		"GET /v1/{a}/{a}", "GET /v1/{", "", " /v1/x",
	} {
		r := rest.New(rest.Options{})
		r.Handle(pattern, access.None, say(""))
		if _, err := r.Handler(rest.Public); err == nil {
			t.Errorf("pattern %q was taken", pattern)
		}
	}
	r := rest.New(rest.Options{})
	r.Handle("GET /v1/x", access.None, say("public"))
	r.Control("GET /v1/x", say("control"))
	_, err := r.Handler(everything)
	check.Contains(t, err.Error(), "declared twice")
	r = rest.New(rest.Options{})
	r.Objects(rest.ObjectRoutes{})
	r.Objects(rest.ObjectRoutes{})
	_, err = r.Handler(everything)
	check.Contains(t, err.Error(), "declared twice")
}

func TestPathsWithoutRouteMayGoElsewhere(t *testing.T) {
	t.Parallel()
	second := handlerOf(t, newRouter(rest.Options{}), everything)
	r := rest.New(rest.Options{NotFound: second})
	r.Handle("GET /v1/daemon", access.None, say("first"))
	h := handlerOf(t, r, everything)
	check.Equal(t, serve(h, newRequest("GET", "/v1/daemon", "")).Body.String(), "first")
	check.Equal(t, serve(h, newRequest("GET", "/v1/buckets/", "")).Body.String(), "buckets")
	check.Equal(t, serve(h, newRequest("GET", "/v1/nowhere", "")).Code, http.StatusNotFound)
	check.Equal(t, serve(h, newRequest("GET", "/v1/objects/b/a%2F/o", "")).Body.String(), "ais://b/a//o")
}
