package node_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// pass serves a request at one node, which passes it on, and returns what the other
// one was asked. The client writes the request as it is.
func pass(t *testing.T, request string, add http.Header) *http.Request {
	t.Helper()
	p, signer := peers(t)
	var got *http.Request
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		_, err := signer.VerifyCaller(r)
		check.NoError(t, err)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		check.NoError(t, p.Pass(w, r, at(base), add, nil))
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(first, "http://"))
	check.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(strings.ReplaceAll(request, "\n", "\r\n")))
	check.NoError(t, err)
	var status [12]byte
	_, err = io.ReadFull(conn, status[:])
	check.NoError(t, err)
	check.Equal(t, string(status[:]), "HTTP/1.1 200")
	return got
}

// at is the target at a base URL.
func at(base string) *wire.Node {
	return &wire.Node{Type: wire.NodeTarget, Data: wire.NetInfo{URL: base}}
}

// TestPassKeepsThePath passes requests on whose paths net/http would write in
// another way, or take for hosts.
func TestPassKeepsThePath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/b/o", "/b//o", "//o/p", "//o%2Fp?x=%20", "///", "/b/%6f", "/b/a%2Fb", `/b/"<>`, "//b/|^"} {
		r := pass(t, "GET "+path+" HTTP/1.1\nHost: b.example.com:81\n\n", nil)
		path, _, _ = strings.Cut(path, "?")
		sent := r.URL.RawPath
		if sent == "" {
			sent = r.URL.EscapedPath()
		}
		check.Equal(t, sent, path)
		check.Equal(t, r.Host, "b.example.com:81")
	}
}

// TestPassBelievesNoClient has a client speak as if it were a node.
func TestPassBelievesNoClient(t *testing.T) {
	t.Parallel()
	r := pass(t, "GET /s3/b/o HTTP/1.1\nHost: h\nais-s3-root: other\nAIS-S3-HOPS: -7\nAis-Caller-Id: x\nConnection: Ais-S3-Hops, X-Gone\nX-Gone: 1\nX-Kept: 1\n\n",
		http.Header{"Ais-S3-Hops": {"1"}})
	check.Equal(t, strings.Join(r.Header["Ais-S3-Root"], "|"), "")
	check.Equal(t, strings.Join(r.Header["Ais-S3-Hops"], "|"), "1")
	check.Equal(t, strings.Join(r.Header["Ais-Caller-Id"], "|"), "target01")
	check.Equal(t, r.Header.Get("X-Gone"), "")
	check.Equal(t, r.Header.Get("X-Kept"), "1")
}

// TestPassSaysWhetherAChangeMayHaveBeenMade passes requests on to a node that takes
// them, and answers nothing.
func TestPassSaysWhetherAChangeMayHaveBeenMade(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	silent := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for method, code := range map[string]string{"GET": "", "HEAD": "", "PUT": errs.CodeOutcomeUnknown, "POST": errs.CodeOutcomeUnknown, "DELETE": errs.CodeOutcomeUnknown} {
		r := httptest.NewRequestWithContext(t.Context(), method, "/s3/b/o", nil)
		err := p.Pass(httptest.NewRecorder(), r, at(silent), nil, nil)
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.CodeOf(err), code)
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	err := p.Pass(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "PUT", "/s3/b/o", nil), at(nobody.URL), nil, nil)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, errs.CodeOf(err), "") // nobody has heard of it
}
