package node

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
)

// Pass passes a request of a client on to a node, on the network of its role, as it
// came and signed as passed on by this node, with the headers of add beside its own,
// and passes the answer back, whatever it says, after edit has seen its header, unless
// that is nil. It waits for the answer for as long as the node lives. Errors:
// Unavailable (nothing has been answered; a change may have been made then, and the
// code is CodeOutcomeUnknown), and those of the client's connection.
func (p *Peers) Pass(w http.ResponseWriter, r *http.Request, to *wire.Node, add http.Header, edit func(http.Header)) error {
	const op = "node.Pass"
	base := to.Control.URL
	if to.Type == wire.NodeTarget {
		base = to.Data.URL
	}
	ctx, looked := p.watch(r.Context(), to)
	defer looked.stop()
	request, err := passed(r, base, add)
	if err != nil {
		return errs.E(op, base, errs.Internal, err)
	}
	if err := p.signer.SignPassed(request, to.VerifyingKey); err != nil {
		return err
	}
	request = request.WithContext(ctx)
	var body *lentBody
	if request.Body != nil {
		body = lend(r)
		request.Body = looked.body(body) // the server closes it
	}
	response, err := p.passOn(request)
	body.takeBack()
	if err != nil {
		return unanswered(r.Method, base, errors.Join(err, context.Cause(ctx)))
	}
	defer response.Body.Close()
	looked.answered()
	h := w.Header()
	maps.Copy(h, response.Header)
	dropHops(h)
	if edit != nil {
		edit(h)
	}
	w.WriteHeader(response.StatusCode)
	if _, err := io.Copy(w, response.Body); err != nil {
		return errs.E(op, base, errs.Unavailable, err)
	}
	return nil
}

// unanswered is the error of a request to which the node at base gave no answer.
func unanswered(method, base string, err error) error {
	e := errs.E("node.Pass", base, errs.Unavailable, err)
	e.RetryAfter = time.Second
	var dialed *net.OpError
	sent := !errors.As(err, &dialed) || dialed.Op != "dial"
	if sent && method != http.MethodGet && method != http.MethodHead {
		e.Code = errs.CodeOutcomeUnknown
		e.Public = "the node that owns this does not answer: the change may have been made or not"
		return e
	}
	e.Public = "the node that owns this does not answer: try again"
	return e
}

// passOn sends a request that is passed on, and follows no redirect.
func (p *Peers) passOn(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && r.Body == nil && r.URL.Scheme == "http" {
		return p.relay.roundTrip(r)
	}
	return p.client.Transport.RoundTrip(r)
}

// passed is a request that goes to another node as it came: with its host, and its
// path escaped as it was, since the client has signed both. What the client says in
// headers of nodes is left out: the other node would believe it.
func passed(r *http.Request, base string, add http.Header) (*http.Request, error) {
	to, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	to.Path, to.RawPath, to.RawQuery, to.ForceQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.URL.ForceQuery
	to.Opaque = pathSent(r) // what goes out; the signature is over the rest
	request := &http.Request{
		Method: r.Method, URL: to, Host: r.Host, Header: r.Header.Clone(), ContentLength: r.ContentLength,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.ContentLength != 0 {
		request.Body = io.NopCloser(r.Body)
	}
	dropHops(request.Header)
	maps.DeleteFunc(request.Header, func(name string, _ []string) bool { return strings.HasPrefix(name, "Ais-") })
	if request.Header["User-Agent"] == nil {
		request.Header["User-Agent"] = []string{""} // and none is sent
	}
	maps.Copy(request.Header, add)
	return request, nil
}

// pathSent is the path of a request as it came. Two slashes at its begin would be
// taken for a host, so the host is put in front.
func pathSent(r *http.Request) string {
	path := cmp.Or(r.URL.RawPath, r.URL.EscapedPath())
	if strings.HasPrefix(path, "//") {
		return "//" + r.Host + path
	}
	return path
}

// dropHops takes away the headers that concern one connection.
func dropHops(h http.Header) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		h.Del(name)
	}
}
