package rest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/check"
)

func location(t testing.TB, s *rest.Signer, method, target string) *url.URL {
	t.Helper()
	text := s.Location(newRequest(method, target, ""), rest.Redirection{URL: "http://t:51081", Rights: access.PutObject, Map: 7})
	u, err := url.Parse(text)
	check.NoError(t, err)
	return u
}

func TestLocationLeadsToTheSameObject(t *testing.T) {
	t.Parallel()
	s := newSigner()
	h := handlerOf(t, newRouter(rest.Options{}), rest.Public)
	for target, want := range map[string]string{
		"/v1/objects/b/o":                           "ais://b/o",
		"/v1/objects/b/a//b":                        "ais://b/a//b",
		"/v1/objects/b//a":                          "ais://b//a",
		"/v1/objects/b/./a":                         "ais://b/./a",
		"/v1/objects/b/a/.":                         "ais://b/a/.",
		"/v1/objects/b/a/%2e/b/":                    "ais://b/a/./b/",
		"/v1/objects/b/a%2Fb%25%3F%23%20+&c=d;e":    "ais://b/a/b%?# +&c=d;e",
		"/v1/objects/b/a?provider=s3":               "s3://b/a",
		"/v1/objects/b/a?namespace=%40u%23n&x=a+b":  "ais://@u#n/b/a",
		"/v1/objects/b/%ff\xfe":                     "ais://b/\xff\xfe",
		"/v1/objects/b/é{}|\\^`\"<>!'()*[]":         "ais://b/é{}|\\^`\"<>!'()*[]",
		"/ais/b/o?provider=s3&pid=p9&u=forged&x=1-": "ais://b/o",
	} {
		u := location(t, s, "PUT", target)
		// What a client does: resolve it against where it was, then send it.
		base, err := url.Parse("http://p:51080/v1/objects/x")
		check.NoError(t, err)
		r := newRequest("PUT", base.ResolveReference(u).RequestURI(), "")
		check.Equal(t, serve(h, r).Body.String(), want)
		grant, err := s.VerifyRedirect(r)
		check.NoError(t, err)
		check.Equal(t, grant, rest.Grant{Proxy: nodeID, Rights: access.PutObject, Map: 7})
	}
}

func TestLocationHasNoFragment(t *testing.T) {
	t.Parallel()
	r := newRequest("GET", "/v1/objects/b/o", "")
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/v1/objects/b/o#x", "", "a=#b"
	u, err := url.Parse(newSigner().Location(r, rest.Redirection{URL: "http://t"}))
	check.NoError(t, err)
	check.Equal(t, u.Fragment, "")
	check.Equal(t, u.Path, "/v1/objects/b/o#x")
}

func TestClientsMayRespellALocation(t *testing.T) {
	t.Parallel()
	s := newSigner()
	u := location(t, s, "PUT", "/v1/objects/b/~a%20b!(c)?namespace=%40%23&y=%7e{z}&w=a%2fb")
	respelled := u.RequestURI()
	for _, change := range [][2]string{{"~a", "%7Ea"}, {"!(c)", "%21%28c%29"}, {"y=~", "y=%7e"}, {"w=a%2Fb", "w=a%2fb"}, {"%7Bz%7D", "{z}"}, {"b/", "%62/"}} {
		if !strings.Contains(respelled, change[0]) {
			t.Fatalf("%q is not in %q", change[0], respelled)
		}
		respelled = strings.Replace(respelled, change[0], change[1], 1)
	}
	_, err := s.VerifyRedirect(newRequest("PUT", respelled, ""))
	check.NoError(t, err)
	_, err = s.VerifyRedirect(newRequest("PUT", strings.Replace(respelled, "w=a%2fb", "w=a/b", 1), ""))
	check.ErrorIs(t, err, errs.Forbidden)
}

func TestForgedRedirectsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSigner()
	good := location(t, s, "PUT", "/v1/objects/b/o?a=1").RequestURI()
	cut := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, row := range map[string]struct {
		method, target string
		want           errs.Kind
	}{
		"as it is":         {"PUT", good, ""},
		"method":           {"DELETE", good, errs.Forbidden},
		"object":           {"PUT", cut("/o?", "/p?"), errs.Forbidden},
		"bucket":           {"PUT", cut("/b/", "/c/"), errs.Forbidden},
		"query":            {"PUT", cut("a=1", "a=2"), errs.Forbidden},
		"query in front":   {"PUT", cut("a=1", "z=1&a=1"), errs.Forbidden},
		"query behind":     {"PUT", good + "&z=1", errs.Unauthenticated},
		"second signature": {"PUT", good + "&u=" + good[len(good)-43:], errs.Forbidden},
		"proxy":            {"PUT", cut("pid="+nodeID, "pid=p9"), errs.Forbidden},
		"map":              {"PUT", cut("vpams=7", "vpams=8"), errs.Forbidden},
		"rights":           {"PUT", cut("-4-", "-ffff-"), errs.Forbidden},
		"signature":        {"PUT", good[:len(good)-3] + "AAA", errs.Forbidden},
		"no signature":     {"PUT", good[:strings.LastIndex(good, "&")], errs.Unauthenticated},
		"no marks":         {"PUT", "/v1/objects/b/o?a=1", errs.Unauthenticated},
		"marks alone":      {"PUT", "/v1/objects/b/o?u=", errs.Forbidden},
		"call signature":   {"PUT", good[:len(good)-43] + callSignature(t, s, good), errs.Forbidden},
	} {
		_, err := s.VerifyRedirect(newRequest(row.method, row.target, ""))
		if got := errs.KindOf(err); got != row.want {
			t.Errorf("%s: got %v, want %q", name, err, row.want)
		}
	}
	_, err := rest.NewSigner("t2", keysOf("another", ""), nil).VerifyRedirect(newRequest("PUT", good, ""))
	check.ErrorIs(t, err, errs.Forbidden)
	_, err = rest.NewSigner("t2", keysOf("", ""), nil).VerifyRedirect(newRequest("PUT", good, ""))
	check.ErrorIs(t, err, errs.Unauthenticated)
}

func callSignature(t testing.TB, s *rest.Signer, target string) string {
	return signed(t, s, "PUT", "http://h"+target).Header.Get("Ais-Caller-Sig")
}

func TestRedirectsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigner()
		target := location(t, s, "GET", "/v1/objects/b/o").RequestURI()
		time.Sleep(5 * time.Minute)
		_, err := s.VerifyRedirect(newRequest("GET", target, ""))
		check.NoError(t, err)
		time.Sleep(2 * time.Second)
		_, err = s.VerifyRedirect(newRequest("GET", target, ""))
		check.ErrorIs(t, err, errs.Forbidden)
	})
}

func TestWithoutKeyRedirectsAreUnsigned(t *testing.T) {
	t.Parallel()
	s := rest.NewSigner(nodeID, keysOf("", ""), nil)
	u := location(t, s, "GET", "/v1/objects/b/o?a=1")
	check.Equal(t, u.Query().Get("pid"), nodeID)
	check.Equal(t, u.Query().Get("vpams"), "7")
	check.Equal(t, u.Query().Has("u") || u.Query().Has("x"), false)
}

func TestRedirectStatus(t *testing.T) {
	t.Parallel()
	s := newSigner()
	for method, want := range map[string]int{"GET": 301, "HEAD": 307, "PUT": 307, "DELETE": 307, "PATCH": 307, "POST": 307} {
		w := httptest.NewRecorder()
		check.NoError(t, s.Redirect(w, newRequest(method, "/v1/objects/b/o", ""), rest.Redirection{URL: "http://t"}))
		check.Equal(t, w.Code, want)
		check.Contains(t, w.Header().Get("Location"), "http://t/v1/objects/b/o?pid=")
		check.Equal(t, w.Header().Get("Cache-Control"), "no-store")
	}
	w := httptest.NewRecorder()
	to := rest.Redirection{URL: "http://t", Path: "/v1/ml/other", Status: http.StatusTemporaryRedirect}
	check.NoError(t, s.Redirect(w, newRequest("GET", "/v1/ml/moss?a=b", ""), to))
	check.Equal(t, w.Code, http.StatusTemporaryRedirect)
	check.Contains(t, w.Header().Get("Location"), "http://t/v1/ml/other?a=b&pid=")
}

// FuzzVerifyRedirect checks that nothing but what was signed is granted.
func FuzzVerifyRedirect(f *testing.F) {
	s := newSigner()
	good := location(f, s, "GET", "/v1/objects/b/o?a=1")
	f.Add("/v1/objects/b/o", "a=1&pid=p&utm=1&vpams=2&x=9999999999-4-00&u="+strings.Repeat("A", 43))
	f.Add("/v1/objects/b/o", "u=")
	f.Add("/v1/objects/b/o", "&&u==&u=x")
	f.Add("/", "x=1-2-3&u=4")
	f.Fuzz(func(t *testing.T, path, query string) {
		r := newRequest("GET", "/", "")
		r.URL = &url.URL{Path: path, RawQuery: query}
		grant, err := s.VerifyRedirect(r)
		if kind := errs.KindOf(err); kind != errs.Forbidden && kind != errs.Unauthenticated {
			t.Errorf("%q %q: %v %+v", path, query, err, grant)
		}
		// What the fuzzer puts in front of a good location is part of what was signed.
		r.URL = &url.URL{Path: path, RawQuery: query + good.RawQuery}
		if _, err := s.VerifyRedirect(r); err == nil && (path != good.Path || query != "") {
			t.Errorf("%q with %q was granted", path, query)
		}
		r.URL = &url.URL{Path: path, RawQuery: query}
		if !strings.HasPrefix(path, "/") {
			return // no server sees such a path
		}
		u, err := url.Parse(s.Location(r, rest.Redirection{URL: "http://t"}))
		if err != nil {
			t.Fatalf("%q %q: %v", path, query, err)
		}
		r.URL = u
		if _, err := s.VerifyRedirect(r); err != nil {
			t.Errorf("%q %q: %q is refused: %v", path, query, u, err)
		}
	})
}

// FuzzVerifyCaller checks that nothing unsigned is taken for a node.
func FuzzVerifyCaller(f *testing.F) {
	s := newSigner()
	f.Add("GET", "/v1/x", "a=b", nodeID, "1700000000000000000.00", strings.Repeat("A", 43))
	f.Add("PUT", "", "", "", ".", "")
	f.Fuzz(func(t *testing.T, method, path, query, node, nonce, signature string) {
		r := newRequest("GET", "/", "")
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		r.Header["Ais-Caller-Id"], r.Header["Ais-Caller-Nonce"], r.Header["Ais-Caller-Sig"] = []string{node}, []string{nonce}, []string{signature}
		if _, err := s.VerifyCaller(r); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("got %v", err)
		}
		check.NoError(t, s.SignRequest(r))
		got, err := s.VerifyCaller(r)
		check.NoError(t, err)
		check.Equal(t, got, nodeID)
	})
}
