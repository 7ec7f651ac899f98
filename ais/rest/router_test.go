package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// echo answers with what the router made of the path.
func echo(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
	return rest.Text(w, o.Bucket.ObjectString(o.Object))
}

func say(text string) rest.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error { return rest.Text(w, text) }
}

func sayBucket(text string) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return rest.Text(w, text+" "+rest.BucketOf(r).String())
	}
}

// newRouter returns a router with one route of each sort.
func newRouter(o rest.Options) *rest.Router {
	o.Node = "t[test]"
	r := rest.New(o)
	verbs := []rest.ObjectVerb{
		rest.VerbWith(wire.QueryAppendType, access.AppendObject, func(w http.ResponseWriter, _ *http.Request, _ *rest.ObjectRequest) error {
			return rest.Text(w, "append")
		}),
		rest.Verb(access.PutObject, echo),
	}
	r.Objects(rest.ObjectRoutes{
		Get:    []rest.ObjectVerb{rest.Verb(access.GetObject, echo)},
		Head:   []rest.ObjectVerb{rest.Verb(access.HeadObject, echo)},
		Put:    verbs,
		Delete: []rest.ObjectVerb{rest.Verb(access.DeleteObject, echo)},
		Post: map[string]rest.ObjectAction{
			wire.ActionCheckLock: rest.ObjectAct(access.GetObject, echoAction),
		},
		BucketPost: map[string]rest.ObjectAction{
			wire.ActionPromote: rest.ObjectAct(access.Promote, echoAction),
		},
	})
	r.Handle("GET /v1/buckets", access.ListBuckets, say("buckets"))
	r.Handle("GET /v1/buckets/{bucket}", access.ListObjects, sayBucket("list"))
	r.Handle("HEAD /v1/buckets/{bucket}", access.HeadBucket, sayBucket("head"))
	r.Actions("POST /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionCreateBucket: rest.Act(access.CreateBucket, func(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
			return rest.Text(w, a.Action+" "+rest.BucketOf(r).String())
		}),
	})
	r.Actions("DELETE /v1/buckets/{bucket}", map[string]rest.Action{
		wire.ActionDestroyBucket: rest.Act(access.DestroyBucket, func(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
			return rest.Text(w, a.Action+" "+rest.BucketOf(r).String())
		}),
	})
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

func echoAction(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest, a *wire.Action) error {
	return rest.Text(w, a.Action+" "+o.Bucket.ObjectString(o.Object))
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

func TestSmoke(t *testing.T) {
	h := handlerOf(t, newRouter(rest.Options{}), rest.Public|rest.Control|rest.Data)
	for _, row := range []struct{ method, url, body string }{
		{"GET", "/v1/objects/b/a//b", ""},
		{"GET", "/v1/objects/b/./a?provider=s3", ""},
		{"GET", "/v1/objects/b/%2e%2e/a", ""},
		{"GET", "/ais/b/o", ""},
		{"GET", "/ais/b", ""},
		{"GET", "/v1/buckets/", ""},
		{"POST", "/v1/buckets/", ""},
		{"POST", "/v1/buckets/a/b", ""},
		{"PATCH", "/v1/buckets/a", ""},
		{"GET", "/v1/daemon/?what=smap", ""},
		{"GET", "/v1/daemon?what=x", ""},
		{"GET", "/v1/nothing", ""},
		{"PUT", "/v1/metasync", ""},
		{"HEAD", "/v1/objects/b/..", ""},
		{"POST", "/v1/objects/b", `{"action":"promote"}`},
	} {
		w := serve(h, httptest.NewRequest(row.method, row.url, strings.NewReader(row.body)))
		t.Log(row.method, row.url, w.Code, w.Body.String(), w.Header())
	}
}
