package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

var (
	errManyRedirects = errors.New("too many redirects")
	errBodyGone      = errors.New("redirected after the body was sent, and the body cannot be read again")
)

func badRedirect(location string) error {
	return fmt.Errorf("redirect to %q", location)
}

// failure is why an attempt did not succeed, and how far it came.
type failure struct {
	err        error
	answered   bool   // a server answered; else the connection failed
	unsent     bool   // the request reached nobody
	stalled    bool   // the connection failed because nothing moved on it
	mapVersion string // of the map that the answering node has; "" when it did not say
}

// brokenConnection returns the failure of a request that got no answer.
func brokenConnection(ctx context.Context, host string, err error) *failure {
	if ctx.Err() != nil {
		return &failure{err: errs.E("", host, "", ended(ctx))}
	}
	dial := false
	if at, ok := errors.AsType[*net.OpError](err); ok {
		dial = at.Op == "dial"
	}
	return &failure{
		err:     errs.E("", host, errs.Unavailable, err),
		unsent:  dial,
		stalled: !dial && errors.Is(err, os.ErrDeadlineExceeded),
	}
}

// ended returns why ctx ended: Canceled or DeadlineExceeded of package
// context, with the cause if that is another.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

// refused returns the failure that an answer of status 300 and above stands
// for, and closes the answer.
func refused(resp *http.Response) *failure {
	e := decodeError(resp)
	discard(resp)
	e.RetryAfter = retryAfter(resp.Header)
	return &failure{err: e, answered: true, mapVersion: resp.Header.Get(wire.HeaderCallerMap)}
}

// decodeError returns the error that resp carries: in its body, or with HEAD
// in a header, or else in its status alone.
func decodeError(resp *http.Response) *errs.Error {
	const maxErrorBody = 64 << 10
	var text []byte
	if resp.Request.Method == http.MethodHead {
		text = []byte(resp.Header.Get(wire.HeaderError))
	} else {
		text, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // a cut-off text is still the best there is
	}
	var w errs.Wire
	if jsonx.Unmarshal(text, &w) == nil && w.Message != "" {
		w.Status = resp.StatusCode
		return errs.FromWire(w)
	}
	return errs.FromWire(errs.Wire{
		Message: statusText(resp.StatusCode, string(text)),
		Method:  resp.Request.Method,
		URLPath: resp.Request.URL.Path,
		Status:  resp.StatusCode,
	})
}

func statusText(status int, body string) string {
	if body = strings.TrimSpace(body); body != "" && len(body) < 1000 {
		return body
	}
	return strings.ToLower(http.StatusText(status)) + " (status " + strconv.Itoa(status) + ")"
}

// retryAfter returns the wait that a server asked for, 0 for none.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return max(time.Duration(seconds)*time.Second, time.Millisecond)
}

// discard reads what little is left of an answer, so that its connection can
// be used again, and closes it.
func discard(resp *http.Response) {
	const maxRest = 256 << 10
	_, _ = io.CopyN(io.Discard, resp.Body, maxRest)
	_ = resp.Body.Close()
}
