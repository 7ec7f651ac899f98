package rest

import (
	"crypto/rand"
	"encoding/hex"
	"sync"

	"aistore/config"
)

// Keys are the keys of a cluster. A Signer does not change them, and neither
// may anybody else: a new key is a new slice.
type Keys struct {
	Current  []byte // signs; empty before the node has joined
	Previous []byte // still verifies; empty when there is none
}

// Signer signs calls between nodes and redirects of clients, and verifies both:
// redirects with the key of the cluster, calls with the node's own, or, without
// one, with that of the cluster. It is safe for concurrent use.
//
// A call between nodes is signed over method, escaped path, query, caller and
// nonce; its body and other headers are not: against somebody who changes
// packets on the wire use TLS. How far the clocks of two nodes may differ is
// auth.intra_cluster.nonce_window; within it, a call other than GET and HEAD
// that comes again is refused, as long as limits.max_nonces others have not
// come since. A redirect is good for auth.intra_cluster.ttl by the clock of
// the node it leads to, as often as the client likes.
type Signer struct {
	node   string
	keys   func() Keys
	config *config.Live[config.Cluster]
	seen   nonces
	// identities has no Own where calls are signed with the key of the cluster.
	identities Identities
	pairs      pairs     // with other nodes, see SignPassed
	macs       sync.Pool // *mac
}

// NewSigner returns a signer for the node with this id. Keys is called once
// per signature. Nil cfg stands for the default configuration.
func NewSigner(node string, keys func() Keys, cfg *config.Live[config.Cluster]) *Signer {
	return &Signer{node: node, keys: keys, config: orDefault(cfg)}
}

func orDefault(cfg *config.Live[config.Cluster]) *config.Live[config.Cluster] {
	if cfg != nil {
		return cfg
	}
	cluster := config.Default()
	return config.NewLive(&cluster)
}

// mac returns a computation for a purpose; give it back with release.
func (s *Signer) mac(purpose string) *mac {
	m, _ := s.macs.Get().(*mac)
	if m == nil {
		m = new(mac)
	}
	m.begin(purpose)
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
