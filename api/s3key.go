package api

import (
	"context"
	"net/http"
	"net/url"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// CreateS3Key adds an access key with which S3 clients sign, and returns it with
// its secret, which nobody is told again. Both are made by the cluster unless want
// has them. Access and Buckets of want say what the key allows; ID and time are
// ignored. Errors: Invalid, Exists, TooLarge (there are too many).
func (c *Client) CreateS3Key(ctx context.Context, want wire.S3Key) (*wire.S3Key, error) {
	const op = "api.CreateS3Key"
	body, err := jsonx.Marshal(&want)
	if err != nil {
		return nil, errs.E(op, want.AccessKey, errs.Invalid, err)
	}
	made := &wire.S3Key{}
	r := &call{op: op, subject: "access keys", method: http.MethodPost, path: wire.PathS3Keys,
		body: ownBody(body), header: http.Header{"Content-Type": {wire.ContentJSON}}}
	if err := c.control(ctx, r, intoJSON(made)); err != nil {
		return nil, err
	}
	return made, nil
}

// S3Keys returns all access keys of S3 clients, without their secrets.
func (c *Client) S3Keys(ctx context.Context) ([]wire.S3Key, error) {
	var list []wire.S3Key
	r := &call{op: "api.S3Keys", subject: "access keys", method: http.MethodGet, path: wire.PathS3Keys}
	return list, c.control(ctx, r, intoJSON(&list))
}

// RemoveS3Key removes an access key: what is signed with it is refused from now
// on. Errors: NotFound.
func (c *Client) RemoveS3Key(ctx context.Context, accessKey string) error {
	r := &call{op: "api.RemoveS3Key", subject: accessKey, method: http.MethodDelete, path: wire.PathS3Keys + "/" + url.PathEscape(accessKey)}
	return c.control(ctx, r, nil)
}
