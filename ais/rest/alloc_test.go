package rest_test

import (
	"net/http"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/metrics"
)

// nullWriter is a ResponseWriter that keeps nothing.
type nullWriter struct{ header http.Header }

func (w *nullWriter) Header() http.Header         { return w.header }
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *nullWriter) WriteHeader(int)             {}

// TestObjectRequestsAllocateOnce is about our part of a request; what net/http
// and the verb allocate comes on top.
func TestObjectRequestsAllocateOnce(t *testing.T) {
	s := newSigner()
	body := []byte("body")
	do := func(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
		if o.Object == "" || o.Bucket.Name == "" {
			t.Error("no name")
		}
		_, err := w.Write(body)
		return err
	}
	r := rest.New(rest.Options{
		Signer:   s,
		Metrics:  metrics.NewRegistry().Scope("ais_target_"),
		Identify: func(*http.Request) (access.Identity, error) { return access.Nobody(), nil },
		BucketAccess: func(b wire.Bucket) (access.BucketAccess, error) {
			return access.BucketAccess{Bucket: b, Access: access.All}, nil
		},
		Ready: func() error { return nil },
	})
	verbs := []rest.ObjectVerb{rest.VerbWith(wire.QueryUploadID, access.PutObject, do), rest.Verb(access.PutObject, do)}
	r.Objects(rest.ObjectRoutes{Get: verbs, Put: verbs, Head: verbs})
	h := handlerOf(t, r, everything)
	w := &nullWriter{header: http.Header{}}
	redirected := location(t, s, "GET", "/v1/objects/b/dir/object?provider=ais").RequestURI()
	for name, request := range map[string]*http.Request{
		"plain GET":       newRequest("GET", "/v1/objects/bucket/dir/object?provider=ais", ""),
		"name with space": newRequest("GET", "/v1/objects/bucket/dir/an%20object", ""),
		"redirected GET":  newRequest("GET", redirected, ""),
		"HEAD":            newRequest("HEAD", "/v1/objects/bucket/dir/object?props=size", ""),
		"PUT":             newRequest("PUT", "/v1/objects/bucket/dir/object?provider=ais", "data"),
	} {
		if got := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, request) }); got > 1 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func TestSignaturesAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	s := newSigner()
	call := received(signed(t, s, "GET", "http://h/v1/objects/b/o?provider=ais"))
	redirected := newRequest("GET", location(t, s, "GET", "/v1/objects/b/o?provider=ais").RequestURI(), "")
	for range 100 { // fill the pool
		_, err := s.VerifyCaller(call)
		check.NoError(t, err)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = s.VerifyCaller(call) }); got > 0 {
		t.Errorf("VerifyCaller: %v allocations", got)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = s.VerifyRedirect(redirected) }); got > 0 {
		t.Errorf("VerifyRedirect: %v allocations", got)
	}
}
