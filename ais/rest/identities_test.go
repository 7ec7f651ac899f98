package rest_test

import (
	"crypto/ed25519"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// people are nodes with keys of their own, who know each other.
type people map[string]ed25519.PrivateKey

func newPeople(t testing.TB, ids ...string) people {
	t.Helper()
	p := people{}
	for _, id := range ids {
		_, key, err := ed25519.GenerateKey(nil)
		check.NoError(t, err)
		p[id] = key
	}
	return p
}

// public returns the public key of a node.
func (p people) public(id string) (ed25519.PublicKey, bool) {
	if key, ok := p[id]; ok {
		return key.Public().(ed25519.PublicKey), true
	}
	return nil, id == "keyless1"
}

// signer is that of a node; the node "keyless1" is known and has no key.
func (p people) signer(id string) *rest.Signer {
	return rest.NewNodeSigner(id, keysOf("the key of the cluster", ""), rest.Identities{
		Own: p[id],
		Of:  p.public,
	}, nil)
}

func TestNodesProveWhoTheyAre(t *testing.T) {
	t.Parallel()
	all := newPeople(t, "proxy001", "target01")
	verify := func(r *http.Request) (string, error) { return all.signer("target01").VerifyCaller(r) }
	for _, url := range []string{"http://h", "http://h/v1/x?a=b%20c", "http://h/v1/objects/b/a%2Fb//c/./%25"} {
		id, err := verify(received(signed(t, all.signer("proxy001"), "PUT", url)))
		check.NoError(t, err)
		check.Equal(t, id, "proxy001")
	}
	id, err := verify(received(signed(t, rest.NewSigner("keyless1", keysOf("the key of the cluster", ""), nil), "PUT", "http://h/v1/x")))
	check.NoError(t, err)
	check.Equal(t, id, "keyless1")

	const url = "http://h/v1/x?a=b"
	other := newPeople(t, "proxy001", "stranger")
	for name, row := range map[string]struct {
		request *http.Request
		change  func(*http.Request)
		kind    errs.Kind
	}{
		"the key of the cluster":  {signed(t, rest.NewSigner("proxy001", keysOf("the key of the cluster", ""), nil), "PUT", url), nil, errs.Forbidden},
		"another key":             {signed(t, other.signer("proxy001"), "PUT", url), nil, errs.Forbidden},
		"a stranger":              {signed(t, other.signer("stranger"), "PUT", url), nil, errs.Unavailable},
		"a stranger with the key": {signed(t, rest.NewSigner("stranger", keysOf("the key of the cluster", ""), nil), "PUT", url), nil, errs.Unavailable},
		"another node's id":       {signed(t, all.signer("proxy001"), "PUT", url), func(r *http.Request) { r.Header.Set(wire.HeaderCallerID, "target01") }, errs.Forbidden},
		"a node's id without key": {signed(t, all.signer("proxy001"), "PUT", url), func(r *http.Request) { r.Header.Set(wire.HeaderCallerID, "keyless1") }, errs.Forbidden},
		"another method":          {signed(t, all.signer("proxy001"), "PUT", url), func(r *http.Request) { r.Method = "DELETE" }, errs.Forbidden},
		"another query":           {signed(t, all.signer("proxy001"), "PUT", url), func(r *http.Request) { r.URL.RawQuery = "a=c" }, errs.Forbidden},
		"no base64":               {signed(t, all.signer("proxy001"), "PUT", url), func(r *http.Request) { r.Header.Set(wire.HeaderCallerSignature, "???") }, errs.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := received(row.request)
			if row.change != nil {
				row.change(r)
			}
			_, err := verify(r)
			check.ErrorIs(t, err, row.kind)
			if row.kind == errs.Unavailable {
				check.Equal(t, errs.CodeOf(err), errs.CodeStranger)
			}
		})
	}
}

// A node that started with an old map knows better by what it has only heard.
func TestLaterKeysCountToo(t *testing.T) {
	t.Parallel()
	old, now := newPeople(t, "proxy001", "target01"), newPeople(t, "proxy001", "proxy002")
	s := rest.NewNodeSigner("target01", keysOf("the key of the cluster", ""), rest.Identities{
		Own:   old["target01"],
		Of:    old.public,
		Later: now.public,
	}, nil)
	for _, from := range []*rest.Signer{old.signer("proxy001"), now.signer("proxy001"), now.signer("proxy002"), old.signer("target01")} {
		_, err := s.VerifyCaller(received(signed(t, from, "PUT", "http://h/v1/x")))
		check.NoError(t, err)
	}
	stranger := newPeople(t, "proxy001", "proxy003")
	_, err := s.VerifyCaller(received(signed(t, stranger.signer("proxy001"), "PUT", "http://h/v1/x")))
	check.ErrorIs(t, err, errs.Forbidden)
	_, err = s.VerifyCaller(received(signed(t, stranger.signer("proxy003"), "PUT", "http://h/v1/x")))
	check.ErrorIs(t, err, errs.Unavailable)
}

func TestCallsOfNodesComeOnceAndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newPeople(t, "proxy001", "target01")
		s := all.signer("target01")
		call := signed(t, all.signer("proxy001"), "PUT", "http://h/v1/x")
		_, err := s.VerifyCaller(received(call))
		check.NoError(t, err)
		_, err = s.VerifyCaller(received(call))
		check.Contains(t, err.Error(), "has been seen before")
		late := signed(t, all.signer("proxy001"), "GET", "http://h/v1/x")
		time.Sleep(time.Hour)
		_, err = s.VerifyCaller(received(late))
		check.Contains(t, err.Error(), "too far from ours")
	})
}

func BenchmarkNodeSignature(b *testing.B) {
	all := newPeople(b, "proxy001", "target01")
	from, to := all.signer("proxy001"), all.signer("target01")
	for b.Loop() {
		r, err := http.NewRequest("GET", "http://h/v1/objects/b/o?provider=ais", nil)
		check.NoError(b, err)
		check.NoError(b, from.SignRequest(r))
		_, err = to.VerifyCaller(r)
		check.NoError(b, err)
	}
}
