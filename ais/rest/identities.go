package rest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"net/http"
	"net/url"

	"aistore/config"
)

// purposeNode is what the signature of a node under a call is for.
const purposeNode = "ais node 1"

// Identities is how a node proves who it is, and how it knows the others.
type Identities struct {
	Own ed25519.PrivateKey // signs calls to other nodes

	// Of returns the public key of the node of an id, as the cluster map has it,
	// and whether there is such a node. One without a key signs with the key of
	// the cluster.
	Of func(node string) (key ed25519.PublicKey, known bool)

	// Later is asked for a call that Of does not vouch for, as Of is, for what the
	// node has heard and does not know to be agreed on yet: a voter that starts
	// anew hears that only from the others. Nil knows nothing.
	Later func(node string) (key ed25519.PublicKey, known bool)
}

// NewNodeSigner is NewSigner for a node that has a key of its own: it signs calls
// with that, and takes a call only from a node that the cluster map has, signed
// with that node's key. Who knows the cluster's key, or the key of one node,
// cannot speak for another, and who is no longer in the map not at all.
func NewNodeSigner(node string, keys func() Keys, identities Identities, cfg *config.Live[config.Cluster]) *Signer {
	s := NewSigner(node, keys, cfg)
	s.identities = identities
	return s
}

// signAsNode returns the signature of this node under a call.
func (s *Signer) signAsNode(method string, u *url.URL, nonce string) string {
	m := s.mac(purposeNode)
	defer s.release(m)
	m.call(method, u, s.node, nonce)
	return base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.identities.Own, m.input))
}

// verifySigned finds out whether the node of an id has signed a call, by one of
// the ways of knowing its key, and what to remember of it. Errors: errStranger,
// errForged.
func (s *Signer) verifySigned(r *http.Request, node, stamp, signature string, keys Keys) (nonce, error) {
	err := errStranger
	for key := range s.identities.known(node) {
		seen, ok := nonce{}, false
		if len(key) > 0 {
			seen, ok = s.verifyNode(r, node, stamp, signature, key)
		} else {
			seen, ok = s.verifyMAC(r, purposeCall, node, stamp, signature, keys)
		}
		if ok {
			return seen, nil
		}
		err = errForged
	}
	return nonce{}, err
}

// known are the public keys of a node, by all ways of knowing it. One may be empty.
func (i *Identities) known(node string) iter.Seq[ed25519.PublicKey] {
	return func(yield func(ed25519.PublicKey) bool) {
		for _, of := range []func(string) (ed25519.PublicKey, bool){i.Of, i.Later} {
			if of == nil {
				continue
			}
			if key, known := of(node); known && !yield(key) {
				return
			}
		}
	}
}

// verifyMAC tells whether a call is signed with one of keys for a purpose, and what
// to remember of it.
func (s *Signer) verifyMAC(r *http.Request, purpose, node, stamp, signature string, keys Keys) (nonce, bool) {
	m := s.mac(purpose)
	defer s.release(m)
	m.call(r.Method, r.URL, node, stamp)
	ok := m.verify(signature, keys)
	return m.nonce(), ok
}

// verifyNode tells whether key's owner has signed a call, and what to remember of
// it.
func (s *Signer) verifyNode(r *http.Request, node, stamp, signature string, key ed25519.PublicKey) (nonce, bool) {
	var seen nonce
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return seen, false
	}
	m := s.mac(purposeNode)
	defer s.release(m)
	m.call(r.Method, r.URL, node, stamp)
	if !ed25519.Verify(key, m.input, raw) {
		return seen, false
	}
	sum := sha256.Sum256(m.input)
	copy(seen[:], sum[:])
	return seen, true
}
