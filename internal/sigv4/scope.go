package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"
)

// scope is what a signing key is good for. Any region is: clients must name one,
// and this cluster is in none.
type scope struct {
	date, region, service string
}

func (s scope) String() string { return s.date + "/" + s.region + "/" + s.service + "/" + terminator }

// parseCredential splits "key/20130524/us-east-1/s3/aws4_request". Access keys may
// have slashes.
func parseCredential(text string) (accessKey string, s scope, problem string) {
	parts := strings.Split(text, "/")
	n := len(parts)
	if n < 5 {
		return "", s, "the Credential must be access key/date/region/service/aws4_request"
	}
	accessKey = strings.Join(parts[:n-4], "/")
	s = scope{date: parts[n-4], region: parts[n-3], service: parts[n-2]}
	switch {
	case accessKey == "" || len(accessKey) > maxAccessKey:
		return "", s, "the Credential names no access key"
	case parts[n-1] != terminator:
		return "", s, "the Credential must end with aws4_request"
	case s.service != "s3":
		return "", s, `the Credential must be for the service "s3"`
	case len(s.region) > maxRegion:
		return "", s, "the region in the Credential is too long"
	}
	if _, err := time.Parse(dateFormat, s.date); err != nil {
		return "", s, "the date in the Credential must be YYYYMMDD"
	}
	return accessKey, s, ""
}

const (
	maxAccessKey = 128 // bytes
	maxRegion    = 64  // bytes
)

// signingKey derives the key of a scope.
func signingKey(secret string, s scope) []byte {
	key := sum256([]byte("AWS4"+secret), s.date)
	for _, part := range [...]string{s.region, s.service, terminator} {
		key = sum256(key, part)
	}
	return key
}

func sum256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// maxKeys bounds the signing keys that are remembered; deriving one costs a few
// microseconds.
const maxKeys = 1024

// keyCache remembers signing keys: a client uses one for a day. The zero value
// is empty.
type keyCache struct {
	mu   sync.RWMutex
	keys map[keyID][]byte // guarded by mu; at most maxKeys
}

// keyID holds the secret too, so that a key whose secret was changed is derived
// anew.
type keyID struct {
	secret string
	scope  scope
}

func (c *keyCache) key(secret string, s scope) []byte {
	id := keyID{secret, s}
	c.mu.RLock()
	key := c.keys[id]
	c.mu.RUnlock()
	if key != nil {
		return key
	}
	key = signingKey(secret, s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = make(map[keyID][]byte)
	}
	c.keys[id] = key
	return key
}
