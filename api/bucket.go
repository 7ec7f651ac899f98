package api

import (
	"context"
	"net/http"
	"strconv"

	"aistore/api/wire"
	"aistore/internal/jsonx"
)

// bucketCall returns a call about a bucket, after checking it.
func bucketCall(op, method string, b wire.Bucket) (*call, error) {
	r := &call{op: op, subject: b.String(), method: method,
		path: wire.PathBuckets + "/" + b.Name, query: bucketQuery(b)}
	if err := b.Validate(); err != nil {
		return nil, r.wrap(err)
	}
	return r, nil
}

// bucketAction sends an action about a bucket and returns the id of the job
// that it started, "" for none.
func (c *Client) bucketAction(ctx context.Context, r *call, action string, value any) (string, error) {
	if err := r.withAction(action, "", value); err != nil {
		return "", err
	}
	var job string
	return job, c.control(ctx, r, intoText(&job))
}

// CreateBucket creates a bucket. Properties that props does not set are the
// cluster's defaults; nil sets none.
// Errors: Exists, Invalid (bad name or properties).
func (c *Client) CreateBucket(ctx context.Context, b wire.Bucket, props *wire.BucketPropsToSet) error {
	r, err := bucketCall("api.CreateBucket", http.MethodPost, b)
	if err != nil {
		return err
	}
	var value any // stays nil, not a nil pointer, without props
	if props != nil {
		value = props
	}
	_, err = c.bucketAction(ctx, r, wire.ActionCreateBucket, value)
	return err
}

// DestroyBucket removes a bucket with all its objects.
// Errors: NotFound.
func (c *Client) DestroyBucket(ctx context.Context, b wire.Bucket) error {
	r, err := bucketCall("api.DestroyBucket", http.MethodDelete, b)
	if err != nil {
		return err
	}
	_, err = c.bucketAction(ctx, r, wire.ActionDestroyBucket, nil)
	return err
}

// HeadBucket returns the properties of a bucket.
// Errors: NotFound.
func (c *Client) HeadBucket(ctx context.Context, b wire.Bucket) (*wire.BucketProps, error) {
	r, err := bucketCall("api.HeadBucket", http.MethodHead, b)
	if err != nil {
		return nil, err
	}
	props := new(wire.BucketProps)
	err = c.control(ctx, r, func(resp *http.Response) error {
		return jsonx.Unmarshal([]byte(resp.Header.Get(wire.HeaderBucketProps)), props)
	})
	if err != nil {
		return nil, err
	}
	return props, nil
}

// SetBucketProps changes those properties of a bucket that props sets. It
// returns the id of the job that the change started, "" for none.
// Errors: NotFound, Invalid.
func (c *Client) SetBucketProps(ctx context.Context, b wire.Bucket, props *wire.BucketPropsToSet) (job string, err error) {
	r, err := bucketCall("api.SetBucketProps", http.MethodPatch, b)
	if err != nil {
		return "", err
	}
	return c.bucketAction(ctx, r, wire.ActionSetBucketProps, props)
}

// ResetBucketProps sets all properties of a bucket to the cluster's
// defaults. It returns the id of the job that the change started, "" for none.
// Errors: NotFound.
func (c *Client) ResetBucketProps(ctx context.Context, b wire.Bucket) (job string, err error) {
	r, err := bucketCall("api.ResetBucketProps", http.MethodPatch, b)
	if err != nil {
		return "", err
	}
	return c.bucketAction(ctx, r, wire.ActionResetBucketProps, nil)
}

// ListBuckets lists the buckets that the cluster knows, by name. The zero query
// is for all of them; provider, namespace and name each narrow it down.
func (c *Client) ListBuckets(ctx context.Context, query wire.Bucket) ([]wire.Bucket, error) {
	return c.listBuckets(ctx, "api.ListBuckets", query, wire.PresencePresent)
}

// ListAllBuckets is ListBuckets that also lists the buckets of remote backends
// that nobody has used through this cluster yet.
func (c *Client) ListAllBuckets(ctx context.Context, query wire.Bucket) ([]wire.Bucket, error) {
	return c.listBuckets(ctx, "api.ListAllBuckets", query, wire.PresenceExists)
}

func (c *Client) listBuckets(ctx context.Context, op string, query wire.Bucket, presence wire.Presence) ([]wire.Bucket, error) {
	r := &call{op: op, subject: "buckets", method: http.MethodGet, path: wire.PathBuckets,
		query: wire.QueryPresence + "=" + strconv.Itoa(int(presence))}
	if query.Provider != "" {
		r.query += "&" + bucketQuery(query)
	}
	if err := r.withAction(wire.ActionList, query.Name, nil); err != nil {
		return nil, err
	}
	var buckets []wire.Bucket
	return buckets, c.control(ctx, r, intoJSON(&buckets))
}
