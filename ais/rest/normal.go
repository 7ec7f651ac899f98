package rest

import "strings"

// appendNormal appends s, a query or a path of which any part may be escaped,
// to dst in the one spelling that all equivalent ones share (RFC 3986, 6.2.2):
// letters, digits and "-._~" never escaped, the reserved characters in keep as
// they came, escaped or not, all else escaped with upper-case digits. Clients
// that follow a redirect respell its URL within these limits.
func appendNormal(dst []byte, s, keep string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		escaped := false
		if c == '%' {
			if b, ok := unhexPair(s[i+1:]); ok {
				c, escaped = b, true
				i += 2
			}
		}
		if isUnreserved(c) || !escaped && strings.IndexByte(keep, c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = appendEscape(dst, c)
	}
	return dst
}

func appendEscape(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}

// The reserved characters that may stand in a query, and in a path.
const (
	keepInQuery = "!$&'()*+,;=:@/?"
	keepInPath  = "!$&'()*+,;=:@/"
)

// appendPath appends an escaped path so that it survives being resolved
// against a URL: a "." between slashes, which clients would remove, is escaped.
func appendPath(dst []byte, path string) []byte {
	for {
		segment, rest, more := strings.Cut(path, "/")
		start := len(dst)
		dst = appendNormal(dst, segment, keepInPath)
		if dots := dst[start:]; string(dots) == "." || string(dots) == ".." {
			n := len(dots)
			dst = dst[:start]
			for range n {
				dst = appendEscape(dst, '.')
			}
		}
		if !more {
			return dst
		}
		dst = append(dst, '/')
		path = rest
	}
}

func isUnreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}
