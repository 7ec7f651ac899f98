package rest

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
)

// purposeCall is what the signature of a call between nodes is for.
const purposeCall = "ais call 1"

// maxMark bounds the length of a caller's id and nonce, in bytes.
const maxMark = 128

// SignRequest signs a call to another node: it sets the headers of caller,
// nonce and signature on r, whose method and URL must not change afterwards.
// Errors: Unavailable (no key yet).
func (s *Signer) SignRequest(r *http.Request) error {
	key := s.keys().Current
	if len(key) == 0 {
		return errs.E("rest.SignRequest", r.URL.Path, errs.Unavailable, errNoKey)
	}
	nonce := s.mark(r)
	if s.identities.Own != nil {
		r.Header[wire.HeaderCallerSignature] = []string{s.signAsNode(r.Method, r.URL, nonce)}
		return nil
	}
	m := s.mac(purposeCall)
	defer s.release(m)
	m.call(r.Method, r.URL, s.node, nonce)
	r.Header[wire.HeaderCallerSignature] = []string{string(m.sign(key))}
	return nil
}

// mark sets the headers of caller and nonce, and returns the nonce.
func (s *Signer) mark(r *http.Request) string {
	stamp := strconv.AppendInt(make([]byte, 0, 40), time.Now().UnixNano(), 10)
	nonce := string(appendNonce(append(stamp, '.')))
	r.Header[wire.HeaderCallerID] = []string{s.node}
	r.Header[wire.HeaderCallerNonce] = []string{nonce}
	return nonce
}

// VerifyCaller returns the id of the node that signed r.
// Errors: Unauthenticated (not signed), Forbidden (signed, but not by that node,
// not this request, too long ago, or for the second time), Unavailable (no key
// yet, or the node is none that this one knows).
func (s *Signer) VerifyCaller(r *http.Request) (node string, err error) {
	return s.verify(r, s.verifySignature)
}

// verifying finds out whether a node has signed a call, and what to remember of it.
type verifying func(r *http.Request, node, stamp, signature string, keys Keys) (nonce, error)

// verify returns the id of the node that signed r, by one way to find that out.
func (s *Signer) verify(r *http.Request, by verifying) (node string, err error) {
	const op = "rest.VerifyCaller"
	if !isSigned(r.Header) {
		return "", errs.E(op, r.URL.Path, errs.Unauthenticated, errNotSigned)
	}
	keys := s.keys()
	if len(keys.Current) == 0 {
		return "", errs.E(op, r.URL.Path, errs.Unavailable, errNoKey)
	}
	node, err = s.verifyCall(r, keys, by)
	if isEarly(err) {
		e := errs.E(op, r.URL.Path, errs.Unavailable, err)
		e.Code, e.Public, e.RetryAfter = errs.CodeStranger, err.Error(), time.Second
		return "", e
	}
	if err != nil {
		return "", errs.E(op, r.URL.Path, errs.Forbidden, err)
	}
	return node, nil
}

// Reasons to refuse a signature.
var (
	errNoKey     = errors.New("this node has no cluster key yet")
	errNotSigned = errors.New("the request is not signed")
	errMalformed = errors.New("the signature is malformed")
	errTime      = errors.New("the time of the signature is too far from ours")
	errForged    = errors.New("the signature does not match")
	errReplayed  = errors.New("the request has been seen before")
	errStranger  = errors.New("this node knows no node of that id: it has not joined, or word of it has not arrived here")
	errOldKey    = errors.New("the sender knows another key of this node: word of the present one has not arrived there")
)

// isEarly tells whether a signature may be good as soon as both ends know the same
// map.
func isEarly(err error) bool { return errors.Is(err, errStranger) || errors.Is(err, errOldKey) }

// isSigned tells whether a request carries a signature, good or bad.
func isSigned(h http.Header) bool { return h[wire.HeaderCallerSignature] != nil }

// claimsNode tells whether a request claims to come from a node.
func claimsNode(h http.Header) bool {
	return isSigned(h) || h[wire.HeaderCallerID] != nil || h[wire.HeaderCallerNonce] != nil
}

func (s *Signer) verifyCall(r *http.Request, keys Keys, by verifying) (string, error) {
	node, ok1 := only(r.Header[wire.HeaderCallerID])
	stamp, ok2 := only(r.Header[wire.HeaderCallerNonce])
	signature, ok3 := only(r.Header[wire.HeaderCallerSignature])
	if !ok1 || !ok2 || !ok3 {
		return "", errMalformed
	}
	at, _, ok := strings.Cut(stamp, ".")
	sent, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok {
		return "", errMalformed
	}
	seen, err := by(r, node, stamp, signature, keys)
	if err != nil {
		return "", err
	}
	cfg := s.config.Get()
	if age := time.Since(time.Unix(0, sent)); age.Abs() > time.Duration(cfg.Auth.Nodes().NonceWindow) {
		return "", errTime
	}
	// The same GET may come twice: net/http repeats it on a broken connection.
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reading && !s.seen.first(seen, cfg.Limits.Nonces) {
		return "", errReplayed
	}
	return node, nil
}

// verifySignature finds out whether a node has signed a call, and what to
// remember of it.
func (s *Signer) verifySignature(r *http.Request, node, stamp, signature string, keys Keys) (nonce, error) {
	if s.identities.Own != nil {
		return s.verifySigned(r, node, stamp, signature, keys)
	}
	seen, ok := s.verifyMAC(r, purposeCall, node, stamp, signature, keys)
	if !ok {
		return nonce{}, errForged
	}
	return seen, nil
}

// call adds the fields of a call between nodes.
func (m *mac) call(method string, u *url.URL, node, nonce string) {
	path := u.EscapedPath()
	if path == "" {
		path = "/" // what net/http sends for it
	}
	m.field(method)
	m.field(path)
	m.field(u.RawQuery)
	m.field(node)
	m.field(nonce)
}

// only returns the one value of a header, and false when there are none, more,
// or it is empty or too long.
func only(values []string) (string, bool) {
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxMark {
		return "", false
	}
	return values[0], true
}
