package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// appendEscaped appends s with every byte escaped but letters, digits, "-", ".",
// "_", "~" and those of keep.
func appendEscaped(dst []byte, s, keep string) []byte {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', strings.IndexByte(keep, c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// pair is a parameter of the query, both sides escaped as the signature wants.
type pair struct{ name, value string }

// canonicalQuery returns the query as it is signed, without the parameter except,
// and false if it cannot be read.
func canonicalQuery(raw, except string) (string, bool) {
	if raw == "" {
		return "", true
	}
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return "", false
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return "", false
		}
		if name != except {
			pairs = append(pairs, pair{string(appendEscaped(nil, name, "")), string(appendEscaped(nil, value, ""))})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var dst []byte
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(append(dst, p.name...), '='), p.value...)
	}
	return string(dst), true
}

// headerValue returns the value of a signed header, and whether the request has
// it. Net/http keeps some out of the map.
func headerValue(r *http.Request, name string) (string, bool) {
	switch name {
	case "host":
		return r.Host, true
	case "content-length":
		if r.Header["Content-Length"] == nil && r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10), true
		}
	case "transfer-encoding":
		if len(r.TransferEncoding) > 0 {
			return strings.Join(r.TransferEncoding, ","), true
		}
	}
	values, found := r.Header[http.CanonicalHeaderKey(name)]
	if !found {
		return "", false
	}
	if len(values) == 1 {
		return squeeze(values[0]), true
	}
	squeezed := make([]string, len(values))
	for i, value := range values {
		squeezed[i] = squeeze(value)
	}
	return strings.Join(squeezed, ","), true
}

// squeeze trims spaces, and makes one of several.
func squeeze(s string) string {
	s = strings.Trim(s, " \t")
	if !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// canonicalRequest returns the hash of the request as it is signed, in hex. Path
// is the one to sign, escaped.
func (q *request) canonicalRequest(r *http.Request, path, query string) string {
	dst := make([]byte, 0, 512)
	dst = append(append(dst, r.Method...), '\n')
	dst = append(append(dst, path...), '\n')
	dst = append(append(dst, query...), '\n')
	for _, name := range q.headers {
		value, _ := headerValue(r, name)
		dst = append(append(dst, name...), ':')
		dst = append(append(dst, value...), '\n')
	}
	dst = append(dst, '\n')
	for i, name := range q.headers {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	dst = append(append(dst, '\n'), q.payload...)
	return hexOf(dst)
}

func hexOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
