package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// shout is a dialect in capital letters.
type shout struct{}

func (shout) Identify(r *http.Request, o *rest.ObjectRequest) (access.Identity, error) {
	o.Proof = r.Header.Get("Shout")
	if o.Proof == "WHISPER" {
		return access.Identity{}, errs.E("shout", "", errs.Forbidden, nil)
	}
	return access.Nobody(), nil
}

func (shout) Verb(r *http.Request, o *rest.ObjectRequest) (rest.ObjectVerb, error) {
	if o.Query.Has("acl") {
		return rest.ObjectVerb{}, errs.E("shout", "", errs.Unsupported, nil)
	}
	if o.Bucket.Name == "cloud" {
		o.Bucket.Provider = wire.ProviderAWS
	}
	if o.Object == "fault" {
		panic("a fault")
	}
	need := access.GetObject
	if r.Method == http.MethodPut {
		need = access.PutObject
	}
	return rest.Verb(need, func(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
		return rest.Text(w, fmt.Sprintf("%s %q %q", o.Bucket.Provider, o.Bucket.Name, o.Object))
	}), nil
}

func (shout) WriteError(w http.ResponseWriter, _ *http.Request, _ *rest.ObjectRequest, err error) {
	w.WriteHeader(errs.KindOf(err).Status())
	fmt.Fprint(w, "ERROR ", errs.KindOf(err))
}

func TestDialect(t *testing.T) {
	t.Parallel()
	r := newRouter(rest.Options{BucketAccess: oneBucket})
	r.Dialect("shout", "/s3", shout{})
	h := handlerOf(t, r, rest.Public)
	for _, row := range []struct {
		method, url string
		status      int
		want        string
	}{
		{"GET", "/s3", 200, ` "" ""`},
		{"GET", "/s3/", 200, ` "" ""`},
		{"GET", "/s3/b", 200, `ais "b" ""`},
		{"GET", "/s3/b/", 200, `ais "b" ""`},
		{"GET", "/s3/b/a//./b", 200, `ais "b" "a//./b"`},
		{"GET", "/s3/b//", 200, `ais "b" "/"`},
		{"GET", "/s3/b/a%2F%2fb%20+", 200, `ais "b" "a//b +"`},
		{"GET", "/s3/cloud/o", 200, `aws "cloud" "o"`},
		{"PUT", "/s3/b/o", 403, "ERROR forbidden"},
		{"GET", "/s3/b/../o", 400, "ERROR invalid"},
		{"GET", "/s3/b/%2e%2e", 400, "ERROR invalid"},
		{"GET", "/s3/b/o?x=%", 400, "ERROR invalid"},
		{"GET", "/s3//o", 400, "ERROR invalid"},
		{"GET", "/s3/%20/o", 400, "ERROR invalid"},
		{"GET", "/s3/b/o?acl", 501, "ERROR not supported"},
		{"GET", "/s3/broken/o", 503, "ERROR unavailable"},
		{"GET", "/s3/b/fault", 500, "ERROR internal"},
		{"GET", "/s3x/b", 404, "there is nothing at this path"},
		{"GET", "/v1/objects/b/o", 200, "ais://b/o"},
	} {
		w := serve(h, newRequest(row.method, row.url, ""))
		check.Contains(t, w.Body.String(), row.want)
		if w.Code != row.status {
			t.Errorf("%s %s: got %d %s", row.method, row.url, w.Code, w.Body)
		}
		if row.status == 503 {
			check.Equal(t, w.Header().Get("Retry-After"), "1")
		}
	}
}

func TestDialectAtTheRootTakesWhatIsLeft(t *testing.T) {
	t.Parallel()
	r := newRouter(rest.Options{})
	r.Dialect("shout", "", shout{})
	h := handlerOf(t, r, rest.Public)
	for url, want := range map[string]string{
		"/":                     ` "" ""`,
		"/b":                    `ais "b" ""`,
		"/b/o":                  `ais "b" "o"`,
		"/b/a//./b/":            `ais "b" "a//./b/"`,
		"/v1/objects/b/o":       "ais://b/o",
		"/v1/buckets":           "buckets",
		"/v1/daemon?what=smap":  "smap",
		"/v1/nothing":           `ais "v1" "nothing"`,
		"/v1/buckets/../daemon": "ERROR invalid",
	} {
		check.Equal(t, serve(h, newRequest("GET", url, "")).Body.String(), want)
	}
}

// hosted is a dialect at the root of the host "shout" and of names below it.
type hosted struct{ shout }

func (hosted) Locate(r *http.Request, from rest.Origin) (string, bool) {
	bucket, below := strings.CutSuffix(r.Host, ".shout")
	switch {
	case from == rest.FromNode:
		return r.Header.Get("Bucket"), true
	case below:
		return bucket, true
	}
	return "", from == rest.AtOwn || r.Host == "shout"
}

func TestADialectAtTheRootOfItsHosts(t *testing.T) {
	t.Parallel()
	s := newSigner()
	r := newRouter(rest.Options{Signer: s})
	r.Dialect("shout", "/s3", hosted{})
	shared := handlerOf(t, r, everything)
	own, err := r.DialectHandler("/s3")
	check.NoError(t, err)
	_, err = r.DialectHandler("/none")
	check.ErrorIs(t, err, errs.Internal)
	for _, row := range []struct {
		handler   http.Handler
		host, url string
		want      string
	}{
		{shared, "node", "/v1/objects/b/o", "ais://b/o"},
		{shared, "node", "/s3/b/o", `ais "b" "o"`},
		{shared, "shout", "/v1/objects/b/o", `ais "v1" "objects/b/o"`},
		{shared, "shout", "/", ` "" ""`},
		{shared, "b.shout", "/", `ais "b" ""`},
		{shared, "b.shout", "/v1/buckets//x%20", `ais "b" "v1/buckets//x "`},
		{shared, "b.shout", "/../x", "ERROR invalid"},
		{shared, "no such bucket.shout", "/x", "ERROR invalid"},
		{own, "node", "/v1/objects/b/o", `ais "v1" "objects/b/o"`},
		{own, "node", "/s3/b/o", `ais "s3" "b/o"`},
		{own, "b.shout", "/s3/b/o", `ais "b" "s3/b/o"`},
	} {
		request := newRequest("GET", row.url, "")
		request.Host = row.host
		check.Equal(t, serve(row.handler, request).Body.String(), row.want)
	}
	passed := signed(t, s, "GET", "http://h/v1/o")
	passed.Header.Set("Bucket", "b")
	check.Equal(t, serve(shared, received(passed)).Body.String(), `ais "b" "v1/o"`)
	forged := newRequest("GET", "/v1/o", "")
	forged.Header.Set(wire.HeaderCallerID, "p1")
	check.Equal(t, serve(shared, forged).Code, 403)
}

func TestADialectSaysWhoAsks(t *testing.T) {
	t.Parallel()
	s := newSigner()
	r := newRouter(rest.Options{Signer: s, BucketAccess: oneBucket})
	r.Dialect("shout", "/s3", shout{})
	h := handlerOf(t, r, everything)
	request := newRequest("GET", "/s3/b/o", "")
	request.Header.Set("Shout", "WHISPER")
	check.Equal(t, serve(h, request).Body.String(), "ERROR forbidden")
	// A node may do everything, but not for a client whose request it passes on.
	check.Equal(t, serve(h, received(signed(t, s, "GET", "http://h/s3/b/o"))).Code, 200)
	check.Equal(t, serve(h, received(signed(t, s, "PUT", "http://h/s3/b/o"))).Code, 403)
}
