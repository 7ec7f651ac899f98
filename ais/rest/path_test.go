package rest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
)

// FuzzObjectPath checks what reaches a handler of objects against what the
// client sent: the same name, decoded once, and none that must not pass.
func FuzzObjectPath(f *testing.F) {
	for _, path := range []string{"b/o", "b/a//b", "b/./a", "b/%2e%2e/a", "b/a%2Fb", "b%2Fc/o", "b/%00", "b/a%20b", "b/é\xff", "", "b", "b/", "b/%2541", "b/a+b;c=d"} {
		f.Add(path)
	}
	var seen *rest.ObjectRequest
	r := rest.New(rest.Options{})
	r.Objects(rest.ObjectRoutes{Get: []rest.ObjectVerb{rest.Verb(access.GetObject,
		func(_ http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
			seen = o
			return nil
		})}})
	h := handlerOf(f, r, rest.Public)
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI("/v1/objects/" + path)
		if err != nil {
			return // net/http answers 400
		}
		seen = nil
		request := newRequest("GET", "/", "")
		request.URL = u
		w := serve(h, request)
		if seen == nil {
			if w.Code != http.StatusBadRequest {
				t.Errorf("%q: %d %s", path, w.Code, w.Body)
			}
			return
		}
		sent, _, _ := strings.Cut(path, "?")
		bucket, object, _ := strings.Cut(sent, "/")
		wantBucket, _ := url.PathUnescape(bucket)
		want, err := url.PathUnescape(object)
		if err != nil || seen.Object != want || seen.Bucket.Name != wantBucket {
			t.Errorf("%q: got %q in %q", path, seen.Object, seen.Bucket.Name)
		}
		if want == "" || len(want) > 1024 || strings.Contains(want, "\x00") || slices.Contains(strings.Split(want, "/"), "..") {
			t.Errorf("%q: %q must not pass", path, want)
		}
	})
}
