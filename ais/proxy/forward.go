package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/run"
)

// forward sends a change on to the primary, with the message that was its
// body unless that is nil, and the answer back. The caller's rights were checked here;
// the primary trusts the signature of this node.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, message any) error {
	leader := p.core.Meta.State().Map.Primary()
	if leader == nil || leader.ID == p.self.ID {
		return p.notPrimary()
	}
	var body []byte
	if message != nil {
		var err error
		if body, err = jsonx.Marshal(message); err != nil {
			return errs.E("proxy.forward", r.URL.Path, errs.Internal, err)
		}
	}
	ctx, stop := context.WithCancel(r.Context())
	var watching run.Group
	defer watching.Wait()
	defer stop()
	watching.Go(func() {
		p.awaitAnother(ctx, leader.ID)
		stop()
	})
	err := p.relay(w, r.WithContext(ctx), leader.Control.URL+r.URL.RequestURI(), nil, body)
	if neverSent(err) {
		return p.notPrimary()
	}
	return err
}

// neverSent reports whether a request has failed before anything of it was sent.
func neverSent(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// watchPause is how often a request that was passed on looks whether its primary
// still is.
const watchPause = 100 * time.Millisecond

// awaitAnother returns when another node than that of the id is the primary, or
// ctx ends: what was asked of a primary that hangs gets no answer any more.
func (p *Proxy) awaitAnother(ctx context.Context, id string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchPause):
		}
		if now := p.core.Meta.State().Map.Primary(); now == nil || now.ID != id {
			return
		}
	}
}

// relay passes a request on to another node and its answer back.
func (p *Proxy) relay(w http.ResponseWriter, r *http.Request, target string, header http.Header, body []byte) error {
	response, err := p.core.Peers.Request(r.Context(), r.Method, target, header, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	_, err = io.Copy(w, response.Body)
	return err
}
