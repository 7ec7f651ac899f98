package rest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
)

// purposeRedirect is what the signature of a redirect is for.
const purposeRedirect = "ais redirect 1"

// Redirection says where a client is sent and what it may do there.
type Redirection struct {
	URL    string      // public URL of the node: scheme, host, port, no slash at the end
	Path   string      // escaped path there; "" keeps that of the request
	Rights access.Bits // what the caller may do with this request; checked before
	Map    int64       // version of the cluster map that the choice of node rests on
	Status int         // 0 is 301 for GET and 307 for all other methods
}

// Grant is what a redirect that this cluster signed says.
type Grant struct {
	Proxy  string      // node that sent the client
	Rights access.Bits // what it found the caller may do with this request
	Map    int64       // version of its cluster map
}

// Redirect answers with a redirect, without waiting for the body of the request
// where a client may be waiting with it: the answer leaves right after the
// headers when the client expects 100-continue or says that it closes the
// connection (as do those that first ask with a body announced and not sent),
// and when more than 256 KiB or an unknown amount is to come. Then the
// connection closes: it is half closed first, for half a second, in which also
// clients see the answer that send all before they read. A smaller body is read
// and dropped before the answer, within ten seconds, so that the connection can
// serve the next request. It always returns nil, to be returned by handlers.
func (s *Signer) Redirect(w http.ResponseWriter, r *http.Request, to Redirection) error {
	status := to.Status
	if status == 0 {
		status = http.StatusTemporaryRedirect
		if r.Method == http.MethodGet {
			status = http.StatusMovedPermanently
		}
	}
	h := w.Header()
	h["Location"] = []string{s.Location(r, to)}
	h["Cache-Control"] = noStore() // a 301 is kept otherwise, its signature expires
	h["Content-Length"] = []string{"0"}
	if r.ContentLength < 0 || r.ContentLength > maxDrain {
		h["Connection"] = []string{"close"}
	}
	w.WriteHeader(status)
	return nil
}

func noStore() []string { return []string{"no-store"} }

// maxDrain is how much of an unread body net/http reads to keep a connection.
const maxDrain = 256 << 10

// Location returns the URL that a redirect of r leads to: path and query of
// the request, and behind them
//
//	pid=<this node> & utm=<time, unix ns> & vpams=<map version> &
//	x=<expiry, unix s>-<rights, hex>-<random, hex> & u=<signature>
//
// x and u are left out as long as the node has no key.
func (s *Signer) Location(r *http.Request, to Redirection) string {
	path := to.Path
	if path == "" {
		path = r.URL.EscapedPath()
	}
	now := time.Now()
	b := make([]byte, 0, len(to.URL)+len(path)+len(r.URL.RawQuery)+256)
	b = append(b, to.URL...)
	b = appendPath(b, path)
	b = append(b, '?')
	query := len(b)
	if r.URL.RawQuery != "" {
		b = append(appendNormal(b, r.URL.RawQuery, keepInQuery), '&')
	}
	b = append(append(b, wire.QueryProxyID+"="...), s.node...)
	b = strconv.AppendInt(append(b, "&"+wire.QueryUnixTime+"="...), now.UnixNano(), 10)
	b = strconv.AppendInt(append(b, "&"+wire.QueryMap+"="...), to.Map, 10)
	key := s.keys().Current
	if len(key) == 0 {
		return string(b)
	}
	b = append(b, "&"+wire.QueryNonce+"="...)
	b = strconv.AppendInt(b, now.Add(time.Duration(s.config.Get().Auth.Nodes().TTL)).Unix(), 10)
	b = strconv.AppendUint(append(b, '-'), uint64(to.Rights), 16)
	b = appendNonce(append(b, '-'))
	m := s.mac(purposeRedirect)
	defer s.release(m)
	m.redirect(r.Method, decodedPath(path), string(b[query:]))
	b = append(append(b, "&"+wire.QuerySignature+"="...), m.sign(key)...)
	return string(b)
}

// redirect adds the fields of a redirect. The path is decoded, since clients
// escape it anew when they follow.
func (m *mac) redirect(method, path, query string) {
	m.field(method)
	m.field(path)
	m.normalField(query)
}

func decodedPath(escaped string) string {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return path
}

// VerifyRedirect returns what the signed marks of r grant.
// Errors: Unauthenticated (no signature, or no key to check it with),
// Forbidden (not signed by this cluster, not for this request, or expired).
func (s *Signer) VerifyRedirect(r *http.Request) (Grant, error) {
	const op = "rest.VerifyRedirect"
	signed, signature, ok := cutMark(r.URL.RawQuery, wire.QuerySignature)
	keys := s.keys()
	if !ok || len(keys.Current) == 0 {
		return Grant{}, errs.E(op, r.URL.Path, errs.Unauthenticated, errNotSigned)
	}
	m := s.mac(purposeRedirect)
	defer s.release(m)
	m.redirect(r.Method, r.URL.Path, signed)
	if !m.verify(signature, keys) {
		return Grant{}, errs.E(op, r.URL.Path, errs.Forbidden, errForged)
	}
	grant, err := parseGrant(signed)
	if err != nil {
		return Grant{}, errs.E(op, r.URL.Path, errs.Forbidden, err)
	}
	return grant, nil
}

// parseGrant reads the marks at the end of query, which are ours.
func parseGrant(query string) (Grant, error) {
	query, x, ok1 := cutMark(query, wire.QueryNonce)
	query, version, ok2 := cutMark(query, wire.QueryMap)
	query, _, ok3 := cutMark(query, wire.QueryUnixTime)
	_, proxy, ok4 := cutMark(query, wire.QueryProxyID)
	expiry, rest, ok5 := strings.Cut(x, "-")
	rights, _, ok6 := strings.Cut(rest, "-")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return Grant{}, errMalformed
	}
	until, err1 := strconv.ParseInt(expiry, 10, 64)
	bits, err2 := strconv.ParseUint(rights, 16, 64)
	mapVersion, err3 := strconv.ParseInt(version, 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return Grant{}, errMalformed
	}
	if time.Now().Unix() > until {
		return Grant{}, errTime
	}
	return Grant{Proxy: proxy, Rights: access.Bits(bits), Map: mapVersion}, nil
}

// lastMark returns the value of the last parameter name, and "" without one.
func lastMark(query, name string) string {
	for at := len(query); at >= 0; {
		start := strings.LastIndexByte(query[:at], '&')
		if text, found := strings.CutPrefix(query[start+1:at], name); found {
			if value, ok := strings.CutPrefix(text, "="); ok {
				return value
			}
		}
		at = start
	}
	return ""
}

// parseVersion reads the version of a map, and is 0 where there is none.
func parseVersion(text string) int64 {
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return version
}

// cutMark cuts the parameter name off the end of query, where redirects put
// theirs: the same name further in front is the client's.
func cutMark(query, name string) (before, value string, ok bool) {
	at := strings.LastIndexByte(query, '=')
	if at < len(name) || query[at-len(name):at] != name {
		return "", "", false
	}
	before, value = query[:at-len(name)], query[at+1:]
	if before == "" {
		return "", value, true
	}
	before, ok = strings.CutSuffix(before, "&")
	return before, value, ok
}
