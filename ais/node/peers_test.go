package node_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/module"
)

// peers reach others with a key, and take answers of up to 1,000 bytes.
func peers(t *testing.T) (*node.Peers, *rest.Signer) {
	t.Helper()
	keys := func() rest.Keys { return rest.Keys{Current: []byte("0123456789abcdef0123456789abcdef")} }
	p := node.NewPeers(rest.NewSigner("target01", keys, nil), nil, 1000)
	t.Cleanup(p.Close)
	return p, rest.NewSigner("target02", keys, nil)
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestErrorsOfPeersKeepTheirKinds(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	for _, kind := range []errs.Kind{
		errs.Invalid, errs.Unauthenticated, errs.Forbidden, errs.NotFound, errs.Exists, errs.Conflict, errs.Busy, errs.Gone, errs.Precondition,
		errs.TooLarge, errs.Range, errs.Throttled, errs.Internal, errs.Corrupt, errs.Unsupported, errs.Unavailable, errs.NoSpace,
	} {
		sent := errs.E("there", "ais://b", kind, nil)
		sent.Public = "the exact words"
		text, err := jsonx.Marshal(errs.ToWire(sent, errs.Wire{Method: "GET", URLPath: "/x"}))
		check.NoError(t, err)
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.Header().Set(wire.HeaderError, string(text))
				w.WriteHeader(kind.Status())
				return
			}
			w.WriteHeader(kind.Status())
			w.Write(text)
		})
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			_, err := p.Request(t.Context(), method, url, nil, nil)
			if errs.KindOf(err) != kind {
				t.Fatalf("%s of %s: got %s", method, kind, errs.KindOf(err))
			}
			check.Equal(t, errs.PublicOf(err), "the exact words")
		}
	}
}

func TestErrorsThatArePlainText(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "a proxy in between says no", http.StatusBadGateway)
	})
	_, err := p.Request(t.Context(), http.MethodGet, url, nil, nil)
	check.ErrorIs(t, err, errs.Internal)
	check.Contains(t, err.Error(), "a proxy in between says no")
}

func TestPeersThatAreNotThere(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cuts := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	cutsLate := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("half of"))
	})
	to := &wire.Node{Control: wire.NetInfo{}, Data: wire.NetInfo{}}
	for _, url := range []string{gone.URL, cuts, cutsLate} {
		to.Control.URL, to.Data.URL = url, url
		_, infoErr := p.Info(t.Context(), url)
		_, joinErr := p.Join(t.Context(), url, &primary.JoinRequest{})
		_, syncErr := p.Sync(t.Context(), to, &primary.SyncMessage{})
		_, callErr := p.Call(t.Context(), to, module.PeerAddress{}, nil)
		for _, err := range []error{infoErr, joinErr, syncErr, callErr} {
			check.ErrorIs(t, err, errs.Unavailable)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Info(ctx, gone.URL)
	check.ErrorIs(t, err, context.Canceled)
}

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	length := 1000
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", length)) })
	to := &wire.Node{Data: wire.NetInfo{URL: url}}
	got, err := p.Call(t.Context(), to, module.PeerAddress{}, nil)
	check.NoError(t, err)
	check.Equal(t, len(got), 1000)
	length++
	_, err = p.Call(t.Context(), to, module.PeerAddress{}, nil)
	check.ErrorIs(t, err, errs.TooLarge)
	length = 3
	_, err = p.Info(t.Context(), url)
	check.ErrorIs(t, err, errs.Unavailable) // no JSON
}

func TestCallsAreSignedAndSayWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	p, receiver := peers(t)
	var path, caller, body string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var err error
		if caller, err = receiver.VerifyCaller(r); err != nil {
			caller = err.Error()
		}
		path = r.Method + " " + r.URL.RequestURI()
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		io.WriteString(w, "answer")
	})
	to := &wire.Node{Data: wire.NetInfo{URL: url}}
	bucket := wire.Bucket{Name: "b", Provider: wire.ProviderAIS, Namespace: wire.Namespace{UUID: "u", Name: "n"}}
	got, err := p.Call(t.Context(), to, module.PeerAddress{Module: "m", Call: "c", Bucket: bucket}, []byte("question"))
	check.NoError(t, err)
	check.Equal(t, string(got), "answer")
	check.Equal(t, caller, "target01")
	check.Equal(t, path, "POST /v1/m/c/b?provider=ais&namespace=%40u%23n")
	check.Equal(t, body, "question")
}

func TestANodeWithoutKeyAsksUnsigned(t *testing.T) {
	t.Parallel()
	p := node.NewPeers(rest.NewSigner("target01", func() rest.Keys { return rest.Keys{} }, nil), nil, 1000)
	defer p.Close()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(wire.HeaderCallerID) != "" {
			t.Error("the request is signed")
		}
		io.WriteString(w, `{"key":{"text":"a2V5"}}`)
	})
	reply, err := p.Join(t.Context(), url, &primary.JoinRequest{})
	check.NoError(t, err)
	check.Equal(t, string(reply.Key.Text), "key")
}

func TestObjectURLKeepsNames(t *testing.T) {
	t.Parallel()
	var path string
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path })
	bucket := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	p, _ := peers(t)
	for _, name := range []string{"o", "a/b", "a//b", "./a", "/a", "a/", "50%", "%2F", "a b+c", "q?x=y#z", "日本", "\xff", "a\\b;c:d", "\x01"} {
		response, err := p.Request(t.Context(), http.MethodGet, node.ObjectURL(base, bucket, name, "&gfn=true"), nil, nil)
		check.NoError(t, err)
		response.Body.Close()
		check.Equal(t, path, "/v1/objects/b/"+name)
	}
}
