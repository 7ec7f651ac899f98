package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

const nodeID = "t1234567"

func keysOf(current, previous string) func() rest.Keys {
	keys := rest.Keys{Current: []byte(current), Previous: []byte(previous)}
	return func() rest.Keys { return keys }
}

// newSigner returns the signer of a node that has joined.
func newSigner() *rest.Signer {
	return rest.NewSigner(nodeID, keysOf("the key of the cluster", ""), nil)
}

// received returns what a server sees of a request that a client sends.
func received(r *http.Request) *http.Request {
	seen := newRequest(r.Method, r.URL.RequestURI(), "")
	seen.Header = r.Header.Clone()
	return seen
}

func signed(t testing.TB, s *rest.Signer, method, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	check.NoError(t, err)
	check.NoError(t, s.SignRequest(r))
	return r
}

func TestCallsBetweenNodesAreVerified(t *testing.T) {
	t.Parallel()
	s := newSigner()
	for _, url := range []string{"http://h", "http://h/", "http://h/v1/x?a=b%20c", "http://h/v1/objects/b/a%2Fb//c/./%25", "http://h/v1/é"} {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE", "HEAD"} {
			node, err := s.VerifyCaller(received(signed(t, s, method, url)))
			check.NoError(t, err)
			check.Equal(t, node, nodeID)
		}
	}
}

func TestForgedCallsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSigner()
	for name, forge := range map[string]func(*http.Request){
		"method":           func(r *http.Request) { r.Method = "DELETE" },
		"path":             func(r *http.Request) { r.URL.Path = "/v1/other" },
		"escaped path":     func(r *http.Request) { r.URL.RawPath = "/v1/metasync%2Fx" },
		"query":            func(r *http.Request) { r.URL.RawQuery = "a=2" },
		"caller":           func(r *http.Request) { r.Header.Set(wire.HeaderCallerID, "t7654321") },
		"no caller":        func(r *http.Request) { r.Header.Del(wire.HeaderCallerID) },
		"two callers":      func(r *http.Request) { r.Header.Add(wire.HeaderCallerID, nodeID) },
		"nonce":            func(r *http.Request) { r.Header[wire.HeaderCallerNonce][0] += "0" },
		"no nonce":         func(r *http.Request) { r.Header.Del(wire.HeaderCallerNonce) },
		"bad nonce":        func(r *http.Request) { r.Header.Set(wire.HeaderCallerNonce, "now.00") },
		"long nonce":       func(r *http.Request) { r.Header.Set(wire.HeaderCallerNonce, string(make([]byte, 4096))) },
		"signature":        func(r *http.Request) { flip(r.Header[wire.HeaderCallerSignature]) },
		"short signature":  func(r *http.Request) { r.Header[wire.HeaderCallerSignature][0] = "abc" },
		"empty signature":  func(r *http.Request) { r.Header[wire.HeaderCallerSignature][0] = "" },
		"no signatures":    func(r *http.Request) { r.Header[wire.HeaderCallerSignature] = []string{} },
		"other purpose":    func(r *http.Request) { r.Header[wire.HeaderCallerSignature][0] = redirectSignature(s) },
		"moved boundaries": func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "/v1/metasynca", "=1" },
	} {
		r := received(signed(t, s, "PUT", "http://h/v1/metasync/x?a=1"))
		forge(r)
		if _, err := s.VerifyCaller(r); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := s.VerifyCaller(newRequest("GET", "/v1/x", ""))
	check.ErrorIs(t, err, errs.Unauthenticated)
}

func flip(values []string) {
	b := []byte(values[0])
	b[5] ^= 1
	values[0] = string(b)
}

func redirectSignature(s *rest.Signer) string {
	location := s.Location(newRequest("PUT", "/v1/metasync/x?a=1", ""), rest.Redirection{URL: "http://h"})
	return location[len(location)-43:]
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	before := rest.NewSigner(nodeID, keysOf("old", ""), nil)
	during := rest.NewSigner(nodeID, keysOf("new", "old"), nil)
	after := rest.NewSigner(nodeID, keysOf("new", ""), nil)
	none := rest.NewSigner(nodeID, keysOf("", ""), nil)
	verify := func(by, s *rest.Signer) errs.Kind {
		_, err := s.VerifyCaller(received(signed(t, by, "PUT", "http://h/v1/x")))
		return errs.KindOf(err)
	}
	check.Equal(t, verify(before, during), "")
	check.Equal(t, verify(during, after), "")
	check.Equal(t, verify(before, after), errs.Forbidden)
	check.Equal(t, verify(during, before), errs.Forbidden)
	check.Equal(t, verify(before, none), errs.Unavailable)
	r, err := http.NewRequest("GET", "http://h/", nil)
	check.NoError(t, err)
	check.ErrorIs(t, none.SignRequest(r), errs.Unavailable)
}

func TestACallIsTakenOnce(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Limits.Nonces = 1024
	s := rest.NewSigner(nodeID, keysOf("key", ""), config.NewLive(&cfg))
	put, get := received(signed(t, s, "PUT", "http://h/v1/x")), received(signed(t, s, "GET", "http://h/v1/x"))
	for _, r := range []*http.Request{put, get, get} {
		_, err := s.VerifyCaller(r)
		check.NoError(t, err)
	}
	_, err := s.VerifyCaller(put)
	check.ErrorIs(t, err, errs.Forbidden)
	for range cfg.Limits.Nonces {
		_, err := s.VerifyCaller(received(signed(t, s, "PUT", "http://h/v1/x")))
		check.NoError(t, err)
	}
	_, err = s.VerifyCaller(put) // forgotten: the bound holds
	check.NoError(t, err)
}

func TestCallsAreGoodForTheWindowOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigner()
		early, late := received(signed(t, s, "GET", "http://h/v1/x")), received(signed(t, s, "GET", "http://h/v1/x"))
		time.Sleep(time.Minute)
		_, err := s.VerifyCaller(early)
		check.NoError(t, err)
		time.Sleep(time.Nanosecond)
		_, err = s.VerifyCaller(late)
		check.ErrorIs(t, err, errs.Forbidden)
	})
}
