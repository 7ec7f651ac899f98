package rest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// purposePass is what the proof of a node under a request that it passes on is for.
const purposePass = "ais pass 1"

// SignPassed signs a request of a client that this node passes on to the node whose
// public key is to: as SignRequest does, but with a key that only the two nodes
// have. It costs some microseconds, where a signature and its verification cost a
// hundred, and says less: it counts where a node lends none of its rights, in a
// [Dialect]. Where one of the two has no key it is SignRequest.
// Errors: Unavailable (no key yet), Internal (to is no key).
func (s *Signer) SignPassed(r *http.Request, to ed25519.PublicKey) error {
	if s.identities.Own == nil || len(to) == 0 {
		return s.SignRequest(r)
	}
	if len(s.keys().Current) == 0 {
		return errs.E("rest.SignPassed", r.URL.Path, errs.Unavailable, errNoKey)
	}
	keys, err := s.pairs.with(s.identities.Own, to)
	if err != nil {
		return errs.E("rest.SignPassed", r.URL.Path, errs.Internal, err)
	}
	nonce := s.mark(r)
	m := s.mac(purposePass)
	defer s.release(m)
	m.call(r.Method, r.URL, s.node, nonce)
	r.Header[wire.HeaderCallerSignature] = []string{fingerprint(to) + string(m.sign(keys.out))}
	return nil
}

// VerifyPassed is VerifyCaller for a request of a client that a node has passed on:
// it takes what SignPassed says, and what SignRequest does.
func (s *Signer) VerifyPassed(r *http.Request) (node string, err error) {
	return s.verify(r, s.verifyPassed)
}

// verifyPassed finds out whether a node has passed a request on, and what to
// remember of it. A node whose map has another key of this one has signed for that:
// it will learn better. Errors: errStranger, errOldKey, errForged.
func (s *Signer) verifyPassed(r *http.Request, node, stamp, signature string, keys Keys) (nonce, error) {
	to, text, passed := strings.Cut(signature, ".")
	if !passed || s.identities.Own == nil {
		return s.verifySignature(r, node, stamp, signature, keys)
	}
	if own, _ := s.identities.Own.Public().(ed25519.PublicKey); to+"." != fingerprint(own) {
		return nonce{}, errOldKey
	}
	err := errStranger
	for key := range s.identities.known(node) {
		err = errForged
		pair, malformed := s.pairs.with(s.identities.Own, key)
		if malformed != nil {
			continue
		}
		if seen, ok := s.verifyMAC(r, purposePass, node, stamp, text, Keys{Current: pair.in}); ok {
			return seen, nil
		}
	}
	return nonce{}, err
}

// fingerprint names a public key, with a dot behind.
func fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:4]) + "."
}
