package rest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Query is the query of a URL as it was sent, looked up in place: a lookup
// allocates only when the value has escapes. Of a name that occurs more than
// once, the first counts.
type Query string

// QueryOf returns the query of r.
func QueryOf(r *http.Request) Query { return Query(r.URL.RawQuery) }

// Get returns the decoded value of name, or "" when it is absent.
func (q Query) Get(name string) string {
	value, _ := q.Lookup(name)
	return value
}

// Bool tells whether the value of name is one of those that mean true.
func (q Query) Bool(name string) bool { return wire.Bool(q.Get(name)) }

// Has tells whether name occurs, with a value or without.
func (q Query) Has(name string) bool {
	_, found := q.find(name)
	return found
}

// Lookup returns the decoded value of name, and whether name occurs.
func (q Query) Lookup(name string) (value string, found bool) {
	raw, found := q.find(name)
	if strings.IndexByte(raw, '%') < 0 && strings.IndexByte(raw, '+') < 0 {
		return raw, found
	}
	value, err := url.QueryUnescape(raw)
	if err != nil {
		return raw, found // the router has refused such queries
	}
	return value, found
}

// Int returns the value of name as a number, and 0 when it is absent or empty.
// Errors: Invalid (not a number).
func (q Query) Int(name string) (int64, error) {
	text := q.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errs.E("rest.Query.Int", strconv.Quote(name), errs.Invalid, err)
	}
	return n, nil
}

// find returns the value of name as it was sent.
func (q Query) find(name string) (raw string, found bool) {
	rest := string(q)
	for rest != "" {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		key, value, _ := strings.Cut(pair, "=")
		if sameName(key, name) {
			return value, true
		}
	}
	return "", false
}

// sameName tells whether key, which may have escapes, is name.
func sameName(key, name string) bool {
	if strings.IndexByte(key, '%') < 0 && strings.IndexByte(key, '+') < 0 {
		return key == name
	}
	decoded, err := url.QueryUnescape(key)
	return err == nil && decoded == name
}

// check refuses a query in which a percent sign is not followed by two
// hexadecimal digits.
func (q Query) check() error {
	rest := string(q)
	for {
		at := strings.IndexByte(rest, '%')
		if at < 0 {
			return nil
		}
		if _, ok := unhexPair(rest[at+1:]); !ok {
			return errEscape
		}
		rest = rest[at+3:]
	}
}

// unhexPair returns the byte that the first two digits of s stand for.
func unhexPair(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	high, ok1 := unhex(s[0])
	low, ok2 := unhex(s[1])
	return high<<4 | low, ok1 && ok2
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
