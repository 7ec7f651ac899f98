package api

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"aistore/api/wire"
	"aistore/errs"
)

// maxRetryAfter is the longest wait that a server may ask for; a call that
// would have to wait longer ends with what the server said.
const maxRetryAfter = 30 * time.Second

// do sends r until it succeeds or must not be sent again, and returns the
// answer, of status below 300. The caller closes its body.
func (c *Client) do(ctx context.Context, r *call) (*http.Response, error) {
	t := trial{client: c, call: r}
	for {
		resp, failed := t.attempt(ctx)
		if failed == nil {
			return resp, nil
		}
		if !t.again(ctx, failed) {
			return nil, r.wrap(failed.err)
		}
	}
}

// trial is the state of a call over its attempts.
type trial struct {
	client *Client
	call   *call

	sent       int     // attempts so far
	unanswered int     // proxies that could not be reached
	viaProxy   bool    // stop guessing owners
	owners     *owners // that the last attempt was sent by; nil by a proxy
	at         address // that it was sent to
}

// attempt sends the call once, to whom it seems best.
func (t *trial) attempt(ctx context.Context) (*http.Response, *failure) {
	t.choose(ctx)
	t.sent++
	resp, failed := t.client.send(ctx, t.at, t.call)
	if failed != nil && failed.stalled {
		t.sent += 2 // it took long enough: once more, not five times
	}
	switch {
	case failed == nil && t.owners == nil:
		t.client.answered(t.at)
	case failed == nil && t.call.hops > 0:
		t.owners.stale.Store(true) // the target knew better
	}
	if failed == nil && resp.StatusCode >= http.StatusMultipleChoices {
		failed = refused(resp)
	}
	return resp, failed
}

// choose picks the owner of the object if that can be known, else a proxy.
func (t *trial) choose(ctx context.Context) {
	t.owners, t.call.version = nil, ""
	if t.call.object && !t.viaProxy && !t.client.options.ViaProxy {
		known := t.client.knownOwners(ctx)
		if at, ok := known.of(t.call.digest); ok {
			t.owners, t.at, t.call.version = known, at, known.version
			return
		}
	}
	t.at = t.client.proxy(t.unanswered)
}

// again decides whether another attempt may succeed, prepares it, and waits
// as long as it has to.
func (t *trial) again(ctx context.Context, failed *failure) bool {
	if ctx.Err() != nil || t.sent >= cmp.Or(t.call.most, t.client.options.Attempts) || !t.call.body.repeatable() {
		return false
	}
	if !failed.unsent && !failed.answered && !t.call.safe() {
		return false // it may have been carried out
	}
	if t.owners != nil && t.misplaced(failed) && t.reroute(ctx, failed) {
		return true
	}
	if failed.unsent && t.owners == nil {
		t.unanswered++
	}
	switch {
	case !failed.answered:
		return t.wait(ctx, t.backoff())
	case errors.Is(failed.err, errs.Unavailable), errors.Is(failed.err, errs.Throttled):
		if asked := errs.RetryAfterOf(failed.err); asked > 0 {
			return t.wait(ctx, asked)
		}
	}
	return false
}

// misplaced reports whether the failure may come from a stale map.
func (t *trial) misplaced(failed *failure) bool {
	if !failed.answered {
		return true
	}
	if failed.mapVersion != "" && failed.mapVersion == t.owners.version {
		return false
	}
	switch errs.KindOf(failed.err) {
	case errs.NotFound, errs.Unavailable, errs.Conflict:
		return true
	}
	return false
}

// reroute fetches the map and reports whether to send the call again at once:
// to another owner, or to a proxy when the owner does not answer.
func (t *trial) reroute(ctx context.Context, failed *failure) bool {
	fresh := t.client.owners.refresh(ctx, t.owners, t.client.loadMap)
	if at, ok := fresh.of(t.call.digest); ok && at != t.at {
		return ctx.Err() == nil
	}
	if !failed.answered {
		t.viaProxy = true
		return ctx.Err() == nil
	}
	return false
}

// backoff returns how long to wait before the next attempt: twice as long
// each time.
func (t *trial) backoff() time.Duration {
	return t.client.options.Backoff << min(t.sent-1, 10)
}

// wait waits for d and up to a quarter more. It is false, at once, when that
// is too long for the caller.
func (t *trial) wait(ctx context.Context, d time.Duration) bool {
	return d <= maxRetryAfter && pause(ctx, d+rand.N(d/4+1))
}

// pause waits for d. It is false when ctx ends before, and at once when ctx
// is going to.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// knownOwners returns the owners in use, nil when the map cannot be had.
func (c *Client) knownOwners(ctx context.Context) *owners {
	return c.owners.get(ctx, c.loadMap)
}

// loadMap asks a proxy for the map.
func (c *Client) loadMap(ctx context.Context) (*wire.Smap, error) {
	const attempts = 2 // one that was down, one that is up: else a proxy redirects
	return c.fetchMap(ctx, &call{op: "api.Map", subject: "cluster map", most: attempts})
}
