package rest

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// Signer signs calls between nodes and redirects of clients with the key of
// the cluster, and verifies both. It is safe for concurrent use.
//
// A call between nodes is signed over method, escaped path, query, caller and
// nonce; its body and other headers are not: against somebody who changes
// packets on the wire use TLS. What was signed can be replayed for as long as
// its time is accepted, and by that much may the clocks of two nodes differ.
type Signer struct {
	node    string
	key     func() []byte
	options SignerOptions
	macs    sync.Pool // *mac
}

// SignerOptions changes what a Signer accepts. The zero value is the default.
type SignerOptions struct {
	CallWindow   time.Duration // how far the time of a call may be from ours, either way; 0 is one minute
	RedirectLife time.Duration // how long a redirect is good for; 0 is five minutes
}

// NewSigner returns a signer for the node with this id. Key returns the
// cluster's key, which the signer does not change, or nothing before the node
// has joined; it is called once per signature.
func NewSigner(node string, key func() []byte, o SignerOptions) *Signer {
	if o.CallWindow <= 0 {
		o.CallWindow = time.Minute
	}
	if o.RedirectLife <= 0 {
		o.RedirectLife = 5 * time.Minute
	}
	return &Signer{node: node, key: key, options: o}
}

// mac returns a computation under key; give it back with release.
func (s *Signer) mac(key []byte, purpose string) *mac {
	m, _ := s.macs.Get().(*mac)
	if m == nil {
		m = new(mac)
	}
	m.begin(key, purpose)
	return m
}

func (s *Signer) release(m *mac) { s.macs.Put(m) }

// nonceBytes is how many random bytes a nonce has.
const nonceBytes = 8

// appendNonce appends random hexadecimal digits.
func appendNonce(dst []byte) []byte {
	var random [nonceBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return hex.AppendEncode(dst, random[:])
}
