package rest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"math/big"
	"slices"
	"sync"
)

// purposePair is what the secret of two nodes is for.
const purposePair = "ais pair 1"

// pairKeys are the keys that a node has with another, one for each direction: who
// is sent back what it has sent cannot take it for the other's.
type pairKeys struct {
	out []byte // under what this node sends there
	in  []byte // under what comes from there
}

// pairs are the keys with other nodes. They are made of the two nodes' own keys,
// which takes as long as some signatures, so they are kept. The zero value works.
type pairs struct {
	mu   sync.Mutex
	keys map[string]pairKeys // guarded by mu; by public key
}

// maxPairs bounds how many keys are kept: beyond it all are made anew.
const maxPairs = 1024

// with returns the keys with the node of a public key. Errors: errMalformed.
func (p *pairs) with(own ed25519.PrivateKey, other ed25519.PublicKey) (pairKeys, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.keys[string(other)]; ok {
		return k, nil
	}
	k, err := newPairKeys(own, other)
	if err != nil {
		return k, err
	}
	if p.keys == nil || len(p.keys) >= maxPairs {
		p.keys = map[string]pairKeys{}
	}
	p.keys[string(other)] = k
	return k, nil
}

func newPairKeys(own ed25519.PrivateKey, other ed25519.PublicKey) (k pairKeys, err error) {
	secret, err := agree(own, other)
	if err != nil {
		return k, err
	}
	mine, _ := own.Public().(ed25519.PublicKey)
	if k.out, err = hkdf.Key(sha256.New, secret, nil, purposePair+string(mine)+string(other), sha256.Size); err != nil {
		return k, err
	}
	k.in, err = hkdf.Key(sha256.New, secret, nil, purposePair+string(other)+string(mine), sha256.Size)
	return k, err
}

// agree returns the secret that the owners of two Ed25519 keys share, and nobody
// else can know: X25519 with both keys on the curve of that (RFC 7748, 4.1).
// Errors: errMalformed.
func agree(own ed25519.PrivateKey, other ed25519.PublicKey) ([]byte, error) {
	scalar := sha512.Sum512(own.Seed()) // of which Ed25519 takes the first half, too (RFC 8032, 5.1.5)
	private, err := ecdh.X25519().NewPrivateKey(scalar[:32])
	if err != nil {
		return nil, err
	}
	u, err := montgomery(other)
	if err != nil {
		return nil, err
	}
	public, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return nil, err
	}
	secret, err := private.ECDH(public)
	if err != nil { // a point of small order, which is nobody's key
		return nil, errors.Join(errMalformed, err)
	}
	return secret, nil
}

// montgomery returns a public key of Ed25519 as one of X25519: u = (1+y)/(1-y).
// The key is public, so the time that it takes may tell it. Errors: errMalformed.
func montgomery(key ed25519.PublicKey) ([]byte, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, errMalformed
	}
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	digits := slices.Clone(key)
	digits[31] &= 0x7f // the sign of x
	slices.Reverse(digits)
	y := new(big.Int).SetBytes(digits)
	divisor := new(big.Int).Sub(big.NewInt(1), y)
	if y.Cmp(p) >= 0 || divisor.ModInverse(divisor.Mod(divisor, p), p) == nil {
		return nil, errMalformed
	}
	u := new(big.Int).Add(big.NewInt(1), y)
	u.Mod(u.Mul(u, divisor), p)
	out := u.FillBytes(make([]byte, 32))
	slices.Reverse(out)
	return out, nil
}
