package api

import (
	"context"
	"net/http"
	"net/url"

	"aistore/api/wire"
)

// Copy makes an object with the content and custom pairs of another, in the
// same bucket or another one, in the place of any of that name.
// Errors: NotFound (object, or a bucket), Invalid (both are one), NoSpace.
func (c *Client) Copy(ctx context.Context, from wire.Bucket, name string, to wire.Bucket, toName string) error {
	r, err := objectCall("api.Copy", http.MethodPut, from, name)
	if err != nil {
		return err
	}
	if to, err = to.Normal(); err != nil {
		return r.wrap(err)
	}
	r.query += "&" + wire.QueryObjectTo + "=" + url.QueryEscape(to.Uname(toName))
	r.body = ownBody(nil)
	return c.finish(ctx, r)
}

// Rename gives an object another name in its bucket. For a moment it has both.
// Errors: NotFound, Invalid, Conflict (it is being written all the time),
// NoSpace.
func (c *Client) Rename(ctx context.Context, b wire.Bucket, name, newName string) error {
	r, err := objectCall("api.Rename", http.MethodPost, b, name)
	if err != nil {
		return err
	}
	if err := r.withAction(wire.ActionRenameObject, newName, nil); err != nil {
		return err
	}
	return c.finish(ctx, r)
}

// finish sends a call that may take long, and whose answer is empty.
func (c *Client) finish(ctx context.Context, r *call) error {
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	discard(resp)
	return nil
}
