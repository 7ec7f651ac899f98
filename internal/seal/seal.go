// Package seal hides small secrets by a key that those who may read them share:
// AES-256-GCM under a key that is derived from theirs by HKDF-SHA256.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"aistore/errs"
)

// A sealed secret is the format, the nonce, and what AES-GCM makes of the secret.
const (
	format    = 1
	keyBytes  = 32
	nonceSize = 12
)

// Seal hides a secret. Purpose says what it is for: it opens for that only.
// Errors: Unavailable (there is no key yet).
func Seal(key []byte, purpose string, secret []byte) ([]byte, error) {
	box, err := newBox(key, purpose)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, 1+nonceSize, 1+nonceSize+len(secret)+box.Overhead())
	sealed[0] = format
	rand.Read(sealed[1:])
	return box.Seal(sealed, sealed[1:], secret, []byte(purpose)), nil
}

// Open returns what was sealed. Errors: Unavailable (there is no key yet),
// Unsupported (a newer release sealed it), Corrupt (it was altered, or sealed
// by another key or for another purpose).
func Open(key []byte, purpose string, sealed []byte) ([]byte, error) {
	const op = "seal.Open"
	switch {
	case len(sealed) > 0 && sealed[0] > format:
		return nil, errs.E(op, "", errs.Unsupported, errors.New("sealed by a newer release"))
	case len(sealed) < 1+nonceSize || sealed[0] != format:
		return nil, errs.E(op, "", errs.Corrupt, errors.New("not sealed"))
	}
	box, err := newBox(key, purpose)
	if err != nil {
		return nil, err
	}
	secret, err := box.Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], []byte(purpose))
	if err != nil {
		return nil, errs.E(op, "", errs.Corrupt, err)
	}
	return secret, nil
}

func newBox(key []byte, purpose string) (cipher.AEAD, error) {
	const op = "seal"
	if len(key) == 0 {
		return nil, errs.E(op, "", errs.Unavailable, errors.New("there is no key yet"))
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "ais seal 1 "+purpose, keyBytes)
	if err != nil {
		return nil, errs.E(op, "", errs.Internal, err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, errs.E(op, "", errs.Internal, err)
	}
	return cipher.NewGCM(block)
}
