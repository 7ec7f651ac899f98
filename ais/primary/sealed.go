package primary

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"aistore/errs"
)

// SealedKey is the cluster key for one node that joins, and for nobody who has
// listened:
//
//	Public  the sealer's part of an exchange of keys by X25519, for this answer alone
//	Text    12 bytes nonce, and the key by AES-256-GCM
//
// The key of the cipher is HKDF-SHA256 of what both parts have in common and of the
// join secret, if there is one; what it is for is the whole request with both
// parts. So one who changes the request, or the answer, makes it useless; one who
// makes up both needs the join secret, where there is one.
type SealedKey struct {
	Public []byte `json:"public"`
	Text   []byte `json:"text"`
}

// JoinExchange is a node's part of the exchange by which it gets the cluster key.
// It is good for one request.
type JoinExchange struct {
	private *ecdh.PrivateKey
	request *JoinRequest
	secret  []byte
}

// Exchange completes a request to join: it adds the proof of the join secret, nil
// for none, the public part of an exchange of keys, and a signature of all by the
// key of the node, whose public half the nodes of the request have. Nothing of the
// request may change afterwards.
func (r *JoinRequest) Exchange(own ed25519.PrivateKey, secret []byte) (*JoinExchange, error) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, errs.E("primary.Exchange", "", errs.Internal, err)
	}
	r.Proof, r.Public = Proof(secret, r.Nodes), private.PublicKey().Bytes()
	r.Signature = ed25519.Sign(own, r.signed())
	return &JoinExchange{private: private, request: r, secret: secret}, nil
}

// Open returns the cluster key. Errors: Forbidden (it was not sealed for this
// request, or by somebody who knows another join secret).
func (x *JoinExchange) Open(s SealedKey) ([]byte, error) {
	key, err := x.open(s)
	if err != nil {
		e := errs.E("primary.Open", "", errs.Forbidden, err)
		e.Public = "the answer to the request to join cannot be trusted: the gateway has another join secret than this node, " +
			"see auth.intra_cluster.node_join_secret_path, or somebody has changed what they say to each other"
		return nil, e
	}
	return key, nil
}

func (x *JoinExchange) open(s SealedKey) ([]byte, error) {
	public, err := ecdh.X25519().NewPublicKey(s.Public)
	if err != nil {
		return nil, err
	}
	box, err := x.request.cipher(x.private, public, s.Public, x.secret)
	if err != nil {
		return nil, err
	}
	return box.Open(nil, nil, s.Text, nil)
}

// Seal returns a cluster key for the node that has sent the request, and that alone.
// A request without a part of the exchange gets none. Errors: Invalid (no key of an
// exchange).
func (r *JoinRequest) Seal(key, secret []byte) (SealedKey, error) {
	const op = "primary.Seal"
	if len(r.Public) == 0 {
		return SealedKey{}, nil
	}
	public, err := ecdh.X25519().NewPublicKey(r.Public)
	if err != nil {
		return SealedKey{}, errs.E(op, "", errs.Invalid, err)
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return SealedKey{}, errs.E(op, "", errs.Internal, err)
	}
	sealed := SealedKey{Public: private.PublicKey().Bytes()}
	box, err := r.cipher(private, public, sealed.Public, secret)
	if err != nil {
		return SealedKey{}, errs.E(op, "", errs.Invalid, err)
	}
	sealed.Text = box.Seal(nil, nil, key, nil)
	return sealed, nil
}

// cipher is that of the answer to r, of whose sealer is the public part.
func (r *JoinRequest) cipher(private *ecdh.PrivateKey, public *ecdh.PublicKey, sealer, secret []byte) (cipher.AEAD, error) {
	common, err := private.ECDH(public)
	if err != nil {
		return nil, err
	}
	purpose := parts([]byte("aistore cluster key 1"), r.signed(), sealer)
	key, err := hkdf.Key(sha256.New, parts(common, secret), nil, string(purpose), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// signed is what the signature of a request covers.
func (r *JoinRequest) signed() []byte {
	text := parts([]byte("aistore join 1"), []byte(r.UUID), []byte(r.Log.ID), []byte(r.Log.Address), []byte(r.Proof), r.Public)
	text = binary.BigEndian.AppendUint64(text, r.Incarnation)
	for _, n := range r.Nodes {
		text = append(text, parts([]byte(n.ID), []byte(n.Type), []byte(n.Public.URL), []byte(n.Control.URL), []byte(n.Data.URL), n.VerifyingKey)...)
	}
	return text
}

// checkSignature checks that whoever sends the request has the key that its nodes
// are to have. Nodes without one prove nothing.
func (r *JoinRequest) checkSignature() error {
	for _, n := range r.Nodes {
		if len(n.VerifyingKey) == 0 {
			continue
		}
		if len(n.VerifyingKey) != ed25519.PublicKeySize || !ed25519.Verify(n.VerifyingKey, r.signed(), r.Signature) {
			return errs.E("primary.Join", n.ID, errs.Forbidden, errors.New("the request is not signed with the key of the node"))
		}
	}
	return nil
}

// parts joins texts such that no others give the same: each with its length.
func parts(texts ...[]byte) []byte {
	var all []byte
	for _, text := range texts {
		all = append(binary.BigEndian.AppendUint32(all, uint32(len(text))), text...)
	}
	return all
}
