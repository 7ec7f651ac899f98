package rest_test

import (
	"crypto/ed25519"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// passed is a request that a node passes on to another.
func (p people) passed(t testing.TB, from, to, method, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	check.NoError(t, err)
	key, _ := p.public(to)
	check.NoError(t, p.signer(from).SignPassed(r, key))
	return r
}

// TestNodesAgreeOnKeys has many pairs of nodes pass requests on both ways: the keys
// of both ends are made apart.
func TestNodesAgreeOnKeys(t *testing.T) {
	t.Parallel()
	for range 50 {
		all := newPeople(t, "target01", "target02")
		for from, to := range map[string]string{"target01": "target02", "target02": "target01"} {
			r := all.passed(t, from, to, "PUT", "http://h/s3/b/o")
			id, err := all.signer(to).VerifyPassed(received(r))
			check.NoError(t, err)
			check.Equal(t, id, from)
		}
	}
}

func TestWhatIsPassedOnIsProven(t *testing.T) {
	t.Parallel()
	const url = "http://h/s3/b/o?a=b"
	all := newPeople(t, "proxy001", "target01", "target02")
	other := newPeople(t, "proxy001", "stranger", "target01")
	mixed := people{"proxy001": all["proxy001"], "target01": other["target01"]}
	set := func(header, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(header, value) }
	}
	for name, row := range map[string]struct {
		request *http.Request
		change  func(*http.Request)
		kind    errs.Kind
	}{
		"as it should be":    {all.passed(t, "proxy001", "target01", "PUT", url), nil, ""},
		"a signature":        {signed(t, all.signer("proxy001"), "PUT", url), nil, ""},
		"without a key":      {all.passed(t, "proxy001", "keyless1", "PUT", url), nil, ""},
		"another method":     {all.passed(t, "proxy001", "target01", "PUT", url), func(r *http.Request) { r.Method = "DELETE" }, errs.Forbidden},
		"another query":      {all.passed(t, "proxy001", "target01", "PUT", url), func(r *http.Request) { r.URL.RawQuery = "" }, errs.Forbidden},
		"another path":       {all.passed(t, "proxy001", "target01", "PUT", url), func(r *http.Request) { r.URL.Path = "/v1/x" }, errs.Forbidden},
		"another nonce":      {all.passed(t, "proxy001", "target01", "PUT", url), func(r *http.Request) { r.Header[wire.HeaderCallerNonce][0] += "0" }, errs.Forbidden},
		"another node's id":  {all.passed(t, "proxy001", "target01", "PUT", url), set(wire.HeaderCallerID, "target02"), errs.Forbidden},
		"sent back":          {all.passed(t, "target01", "target01", "PUT", url), set(wire.HeaderCallerID, "proxy001"), errs.Forbidden},
		"the id of no key":   {all.passed(t, "proxy001", "target01", "PUT", url), set(wire.HeaderCallerID, "keyless1"), errs.Forbidden},
		"another key":        {passedWith(t, other["proxy001"], "proxy001", all, url), nil, errs.Forbidden},
		"nothing":            {all.passed(t, "proxy001", "target01", "PUT", url), set(wire.HeaderCallerSignature, "."), errs.Unavailable},
		"for another node":   {all.passed(t, "proxy001", "target02", "PUT", url), nil, errs.Unavailable},
		"for an earlier key": {mixed.passed(t, "proxy001", "target01", "PUT", url), nil, errs.Unavailable},
		"a stranger":         {passedWith(t, other["stranger"], "stranger", all, url), nil, errs.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := received(row.request)
			if row.change != nil {
				row.change(r)
			}
			id, err := all.signer("target01").VerifyPassed(r)
			check.Equal(t, errs.KindOf(err), row.kind)
			check.Equal(t, id == "", row.kind != "")
		})
	}
}

// passedWith is a request that the owner of a key passes on to target01 under an id.
func passedWith(t *testing.T, own ed25519.PrivateKey, id string, all people, url string) *http.Request {
	t.Helper()
	mine := people{id: own, "target01": all["target01"]}
	return mine.passed(t, id, "target01", "PUT", url)
}

// TestBadKeysAreNotAgreedOn takes points of small order, and what is no point.
func TestBadKeysAreNotAgreedOn(t *testing.T) {
	t.Parallel()
	s := newPeople(t, "proxy001").signer("proxy001")
	one, minus := make([]byte, 32), []byte(strings.Repeat("\xff", 32))
	one[0], minus[0], minus[31] = 1, 0xec, 0x7f
	for _, key := range [][]byte{[]byte("short"), one, minus, make([]byte, 32), []byte(strings.Repeat("\xff", 32))} {
		r, err := http.NewRequest("GET", "http://h/s3/b/o", nil)
		check.NoError(t, err)
		check.ErrorIs(t, s.SignPassed(r, key), errs.Internal)
	}
}

func TestWhatIsPassedOnComesOnceAndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newPeople(t, "proxy001", "target01")
		s := all.signer("target01")
		call := all.passed(t, "proxy001", "target01", "PUT", "http://h/s3/b/o")
		_, err := s.VerifyPassed(received(call))
		check.NoError(t, err)
		_, err = s.VerifyPassed(received(call))
		check.Contains(t, err.Error(), "has been seen before")
		late := all.passed(t, "proxy001", "target01", "GET", "http://h/s3/b/o")
		time.Sleep(time.Hour)
		_, err = s.VerifyPassed(received(late))
		check.Contains(t, err.Error(), "too far from ours")
	})
}

// TestToPassOnIsNotToCall sends a request with the proof of one who passes it on to
// a dialect, which takes it, and to what nodes call, which does not.
func TestToPassOnIsNotToCall(t *testing.T) {
	t.Parallel()
	all := newPeople(t, "proxy001", "target01")
	r := newRouter(rest.Options{Signer: all.signer("target01"), BucketAccess: oneBucket})
	r.Dialect("shout", "/s3", shout{})
	h := handlerOf(t, r, rest.Data)
	check.Equal(t, serve(h, received(all.passed(t, "proxy001", "target01", "GET", "http://h/s3/b/o"))).Code, 200)
	for _, url := range []string{"http://h/v1/objects/b/o", "http://h/v1/daemon?what=smap"} {
		check.Equal(t, serve(h, received(all.passed(t, "proxy001", "target01", "GET", url))).Code, 403)
		check.Equal(t, serve(h, received(signed(t, all.signer("proxy001"), "GET", url))).Code, 200)
	}
}

// FuzzVerifyPassed checks that nothing unproven is taken for passed on.
func FuzzVerifyPassed(f *testing.F) {
	all := newPeople(f, "proxy001", "target01")
	s := all.signer("target01")
	mark := all.passed(f, "proxy001", "target01", "GET", "http://h/s3/b/o").Header.Get(wire.HeaderCallerSignature)
	f.Add("GET", "/s3/b/o", "a=b", "proxy001", "1700000000000000000.00", mark)
	f.Add("PUT", "", "", "", ".", ".")
	f.Fuzz(func(t *testing.T, method, path, query, node, nonce, signature string) {
		r := newRequest("GET", "/", "")
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		r.Header["Ais-Caller-Id"], r.Header["Ais-Caller-Nonce"], r.Header["Ais-Caller-Sig"] = []string{node}, []string{nonce}, []string{signature}
		if id, err := s.VerifyPassed(r); err == nil {
			t.Errorf("taken for one of %q", id)
		}
	})
}

func BenchmarkPassed(b *testing.B) {
	all := newPeople(b, "proxy001", "target01")
	from, to := all.signer("proxy001"), all.signer("target01")
	key, _ := all.public("target01")
	for b.Loop() {
		r, err := http.NewRequest("GET", "http://h/s3/b/o", nil)
		check.NoError(b, err)
		check.NoError(b, from.SignPassed(r, key))
		_, err = to.VerifyPassed(r)
		check.NoError(b, err)
	}
}
