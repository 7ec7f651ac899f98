package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// maxReply bounds the answer of a call that carries no object data.
const maxReply = 256 << 20

// control sends r within Options.Timeout and hands the answer to read, which
// may be nil.
func (c *Client) control(ctx context.Context, r *call, read func(*http.Response) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer discard(resp)
	if read == nil {
		return nil
	}
	if err := read(resp); err != nil {
		return r.wrap(replyError(ctx, err))
	}
	return nil
}

// replyError gives an error that came while an answer was read its kind.
func replyError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case errs.KindOf(err) != errs.Internal:
		return err
	}
	return errs.E("read answer", "", errs.Unavailable, err)
}

// intoJSON decodes an answer into what into points to.
func intoJSON(into any) func(*http.Response) error {
	return func(resp *http.Response) error {
		return jsonx.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(into)
	}
}

// intoText reads an answer that is text as a whole.
func intoText(into *string) func(*http.Response) error {
	return func(resp *http.Response) error {
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
		*into = string(text)
		return err
	}
}

// withAction makes the JSON of an action the body of r.
func (r *call) withAction(action, name string, value any) error {
	a, err := wire.NewAction(action, name, value)
	if err != nil {
		return errs.E(r.op, r.subject, "", err)
	}
	text, err := jsonx.Marshal(a)
	if err != nil {
		return errs.E(r.op, r.subject, errs.Invalid, err)
	}
	r.body = ownBody(text)
	r.header = http.Header{"Content-Type": {wire.ContentJSON}}
	return nil
}

// bucketQuery returns the query that names provider and namespace of b.
func bucketQuery(b wire.Bucket) string {
	if b.IsAIS() && b.Namespace.IsGlobal() {
		return wire.QueryProvider + "=" + wire.ProviderAIS
	}
	q := wire.QueryProvider + "=" + providerOf(b)
	if !b.Namespace.IsGlobal() {
		q += "&" + wire.QueryNamespace + "=" + url.QueryEscape(b.Namespace.String())
	}
	return q
}

func providerOf(b wire.Bucket) string {
	if b.Provider == "" {
		return wire.ProviderAIS
	}
	return b.Provider
}

func versionText(version int64) string { return strconv.FormatInt(version, 10) }
