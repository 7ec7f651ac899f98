package primary_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// signing is a request of a target with a key of its own to join.
func signing(t testing.TB, secret string) (*primary.JoinRequest, *primary.JoinExchange, ed25519.PrivateKey) {
	t.Helper()
	public, own, err := ed25519.GenerateKey(nil)
	check.NoError(t, err)
	joiner := node("target01", wire.NodeTarget)
	joiner.VerifyingKey = public
	r := &primary.JoinRequest{Nodes: []*wire.Node{joiner}, Incarnation: 1}
	exchange, err := r.Exchange(own, []byte(secret))
	check.NoError(t, err)
	return r, exchange, own
}

func TestTheClusterKeyIsForTheNodeThatJoins(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	for _, secret := range []string{"", "open sesame"} {
		r, exchange, own := signing(t, secret)
		sealed, err := r.Seal(key, []byte(secret))
		check.NoError(t, err)
		opened, err := exchange.Open(sealed)
		check.NoError(t, err)
		check.Equal(t, opened, key)
		text, err := jsonx.Marshal(sealed)
		check.NoError(t, err)
		for _, clear := range [][]byte{key, key[:8], []byte("BwcHBwcH")} { // as it is, and in base64
			check.Equal(t, bytes.Contains(text, clear), false)
		}

		again := *r
		_, err = again.Exchange(own, []byte(secret))
		check.NoError(t, err)
		for what, other := range map[string]func() (primary.SealedKey, error){
			"a guessed secret": func() (primary.SealedKey, error) { return r.Seal(key, []byte("guess")) },
			"another request":  func() (primary.SealedKey, error) { return again.Seal(key, []byte(secret)) },
			"a changed text":   func() (primary.SealedKey, error) { return changed(sealed, 20), nil },
			"another part of the other": func() (primary.SealedKey, error) {
				return primary.SealedKey{Public: again.Public, Text: sealed.Text}, nil
			},
			"nothing": func() (primary.SealedKey, error) { return primary.SealedKey{}, nil },
		} {
			s, err := other()
			check.NoError(t, err)
			if _, err := exchange.Open(s); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: got %v", what, err)
			}
		}
	}
	_, err := (&primary.JoinRequest{Public: []byte("short")}).Seal(key, nil)
	check.ErrorIs(t, err, errs.Invalid)
	none, err := (&primary.JoinRequest{}).Seal(key, nil)
	check.NoError(t, err)
	check.Equal(t, none, primary.SealedKey{})
}

func changed(s primary.SealedKey, at int) primary.SealedKey {
	s.Text = bytes.Clone(s.Text)
	s.Text[at] ^= 1
	return s
}

// Nobody puts a key into the map that is not his, or a request of his in the place of
// another's.
func TestARequestToJoinIsSigned(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.start(t, "target01")
		for what, change := range map[string]func(*primary.JoinRequest){
			"no signature":   func(j *primary.JoinRequest) { j.Signature = nil },
			"another key":    func(j *primary.JoinRequest) { other, _, _ := signing(t, ""); j.Nodes = other.Nodes },
			"a bad key":      func(j *primary.JoinRequest) { j.Nodes[0].VerifyingKey = []byte("short") },
			"another answer": func(j *primary.JoinRequest) { other, _, _ := signing(t, ""); j.Public = other.Public },
			"an address":     func(j *primary.JoinRequest) { j.Nodes[0].Control.URL = "http://thief:80" },
			"a log":          func(j *primary.JoinRequest) { j.Log.Address = "thief:80" },
			"a start":        func(j *primary.JoinRequest) { j.Incarnation++ },
			"a cluster":      func(j *primary.JoinRequest) { j.UUID = r.log.State().Map.UUID() },
		} {
			request, _, _ := signing(t, "")
			change(request)
			if _, err := r.Join(t.Context(), request); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: got %v", what, err)
			}
		}
		_, known := r.log.State().Map.Node("target01")
		check.Equal(t, known, false)
		request, exchange, _ := signing(t, "")
		reply, err := r.Join(t.Context(), request)
		check.NoError(t, err)
		key, err := exchange.Open(reply.Key)
		check.NoError(t, err)
		check.Equal(t, string(key), "the key")
	})
}

func FuzzOpenSealedKey(f *testing.F) {
	r, exchange, _ := signing(f, "secret")
	good, err := r.Seal([]byte("the key"), []byte("secret"))
	check.NoError(f, err)
	f.Add(good.Public, good.Text)
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 32), good.Text)
	f.Fuzz(func(t *testing.T, public, text []byte) {
		key, err := exchange.Open(primary.SealedKey{Public: public, Text: text})
		if err == nil && (!bytes.Equal(public, good.Public) || string(key) != "the key") {
			t.Fatalf("%x opens as %q", text, key)
		}
	})
}
