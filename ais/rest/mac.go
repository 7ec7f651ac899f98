package rest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"
)

// signatureLen is the length of a signature as text.
const signatureLen = 43

// mac computes signatures: HMAC-SHA256 over a purpose and fields, each with
// its length in front, as base64url without padding. It is used again and
// again, and then allocates nothing.
type mac struct {
	hash  hash.Hash // nil before the first use
	key   []byte    // of hash
	input []byte
	sum   [sha256.Size]byte
	text  [signatureLen]byte
	other [signatureLen]byte
}

// begin starts a signature for a purpose: those for one are no good for another.
func (m *mac) begin(purpose string) {
	m.input = m.input[:0]
	m.field(purpose)
}

// field adds one field.
func (m *mac) field(text string) {
	m.input = binary.AppendUvarint(m.input, uint64(len(text)))
	m.input = append(m.input, text...)
}

// normalField adds a query in its normal spelling.
func (m *mac) normalField(query string) {
	// The length comes behind, since it is known only then.
	start := len(m.input)
	m.input = appendNormal(m.input, query, keepInQuery)
	m.input = binary.BigEndian.AppendUint32(m.input, uint32(len(m.input)-start))
}

// sign returns the signature over all fields, valid until the next one.
func (m *mac) sign(key []byte) []byte {
	if m.hash == nil || !bytes.Equal(m.key, key) {
		m.key, m.hash = key, hmac.New(sha256.New, key)
	}
	m.hash.Reset()
	m.hash.Write(m.input)
	base64.RawURLEncoding.Encode(m.text[:], m.hash.Sum(m.sum[:0]))
	return m.text[:]
}

// verify tells, in constant time, whether signature is the one over all fields
// with one of the keys.
func (m *mac) verify(signature string, keys Keys) bool {
	if len(signature) != signatureLen {
		return false
	}
	copy(m.other[:], signature)
	if subtle.ConstantTimeCompare(m.sign(keys.Current), m.other[:]) == 1 {
		return true
	}
	return len(keys.Previous) > 0 && subtle.ConstantTimeCompare(m.sign(keys.Previous), m.other[:]) == 1
}

// nonce returns the beginning of the sum last computed.
func (m *mac) nonce() nonce { return nonce(m.sum[:len(nonce{})]) }
