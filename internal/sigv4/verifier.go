package sigv4

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultSkew is how far apart the clocks of a client and of this node may be.
const DefaultSkew = 15 * time.Minute

// Secrets returns the secret of an access key, and whether there is such a key.
type Secrets func(accessKey string) (secret string, found bool)

// Verifier checks the signatures of requests. It is safe for concurrent use.
type Verifier struct {
	secrets Secrets
	skew    time.Duration
	keys    keyCache
}

// New returns a Verifier that asks secrets for each request. Skew 0 is
// DefaultSkew.
func New(secrets Secrets, skew time.Duration) *Verifier {
	if skew <= 0 {
		skew = DefaultSkew
	}
	return &Verifier{secrets: secrets, skew: skew}
}

// Signed is a request whose signature holds.
type Signed struct {
	AccessKey string // of whom the request is
	Presigned bool   // by a URL that may have been handed on

	// Unverified says that whoever serves the request has decided not to check its
	// signature: those of its chunks are not checked either.
	Unverified bool

	payload string
	chain   chain // of a chunked body
}

// IsSigned tells whether a request claims to be signed, in whatever way.
func IsSigned(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || isPresigned(r.URL.RawQuery) || isPresigned2(r.URL.RawQuery)
}

func isPresigned(query string) bool {
	return strings.Contains(query, "X-Amz-Signature=") || strings.Contains(query, "X-Amz-Algorithm=")
}

// Verify checks the signature of r at the time now. Resource is the path as
// Version 2 signs it, with the bucket in front when the host names it; "" is
// the path of the URL.
// Errors: Forbidden (unknown key, wrong signature, too early, too late), Invalid
// (it cannot be read), with the codes of the package.
func (v *Verifier) Verify(r *http.Request, resource string, now time.Time) (*Signed, error) {
	authorization := r.Header.Get("Authorization")
	presigned := isPresigned(r.URL.RawQuery)
	switch {
	case authorization != "" && presigned:
		return nil, refuse(CodeInvalidArgument, "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	case authorization != "":
		q, err := parseHeader(r, authorization)
		if err != nil {
			return nil, err
		}
		return v.check(r, q, "", now)
	case presigned:
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, refuse(CodeMalformedQuery, "The query cannot be read; escape it.")
		}
		q, err := parseQuery(r, query)
		if err != nil {
			return nil, err
		}
		return v.check(r, q, "X-Amz-Signature", now)
	case isPresigned2(r.URL.RawQuery):
		return v.verify2(r, resource, now)
	}
	return nil, refuse(CodeAccessDenied, "Access Denied")
}

// check holds a request against what it says of itself.
func (v *Verifier) check(r *http.Request, q *request, except string, now time.Time) (*Signed, error) {
	if err := v.inTime(q, now); err != nil {
		return nil, err
	}
	secret, found := v.secrets(q.accessKey)
	if !found {
		return nil, unknownKey()
	}
	query, ok := canonicalQuery(r.URL.RawQuery, except)
	if !ok {
		return nil, refuse(CodeMalformedQuery, "The query cannot be read; escape it.")
	}
	if name, found := q.unsignedHeader(r); found {
		return nil, refuse(CodeAccessDenied, "There were headers present in the request which were not signed: "+name)
	}
	key := v.keys.key(secret, q.scope)
	stamp := q.time.Format(timeFormat)
	if !q.holds(r, key, stamp, query) {
		return nil, mismatch()
	}
	return &Signed{
		AccessKey: q.accessKey, Presigned: q.expires > 0, payload: q.payload,
		chain: chain{key: key, stamp: stamp, scope: q.scope.String(), previous: q.signature},
	}, nil
}

// holds compares the signature with that of the path escaped as clients should,
// and then as it came: some escape more or less before they sign.
func (q *request) holds(r *http.Request, key []byte, stamp, query string) bool {
	path := string(appendEscaped(nil, r.URL.Path, "/"))
	if q.matches(r, key, stamp, path, query) {
		return true
	}
	sent := r.URL.EscapedPath()
	return sent != path && q.matches(r, key, stamp, sent, query)
}

func (q *request) matches(r *http.Request, key []byte, stamp, path, query string) bool {
	text := algorithm + "\n" + stamp + "\n" + q.scope.String() + "\n" + q.canonicalRequest(r, path, query)
	return equal(q.signature, hex.EncodeToString(sum256(key, text)))
}

// equal takes as long whatever the difference.
func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// inTime refuses what is too old or from the future.
func (v *Verifier) inTime(q *request, now time.Time) error {
	ahead := q.time.Sub(now)
	switch {
	case q.expires == 0 && (ahead > v.skew || -ahead > v.skew):
		return refuse(CodeSkewed, "The difference between the request time and the current time is too large.")
	case q.expires > 0 && ahead > v.skew:
		return refuse(CodeAccessDenied, "Request is not yet valid")
	case q.expires > 0 && now.After(q.time.Add(q.expires)):
		return refuse(CodeAccessDenied, "Request has expired")
	}
	return nil
}

func unknownKey() error {
	return refuse(CodeUnknownKey, "The AWS Access Key Id you provided does not exist in our records.")
}
