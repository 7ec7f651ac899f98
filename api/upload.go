package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Upload is an object on its way in several parts. Nothing of it can be read
// before Complete; whoever gives it up calls Abort. It survives restarts of the
// cluster. It is a plain value: any process that knows the id goes on with it.
type Upload struct {
	Bucket wire.Bucket
	Object string
	ID     string
}

// CreateUpload begins to upload an object in parts; custom pairs, nil for none,
// will be those of the object. Errors: NotFound (bucket), Invalid, Throttled.
func (c *Client) CreateUpload(ctx context.Context, b wire.Bucket, name string, custom map[string]string) (Upload, error) {
	u := Upload{Bucket: b, Object: name}
	r, err := objectCall("api.CreateUpload", http.MethodPost, b, name)
	if err != nil {
		return u, err
	}
	if err := r.withAction(wire.ActionCreateUpload, "", nil); err != nil {
		return u, err
	}
	for key, value := range custom {
		r.header.Add(wire.HeaderCustom, key+"="+value)
	}
	err = c.control(ctx, r, intoText(&u.ID))
	return u, err
}

// uploadCall makes a call that is about u.
func uploadCall(op, method string, u Upload) (*call, error) {
	r, err := objectCall(op, method, u.Bucket, u.Object)
	if err == nil {
		r.query += "&" + wire.QueryUploadID + "=" + url.QueryEscape(u.ID)
	}
	return r, err
}

// PutPart stores what body holds as the part of that number, from 1, in the
// place of any earlier one, and returns what Complete takes. Parts may come in
// any order, and at the same time. Of the options Checksum, Compute and Size
// count. It treats body as Put does. Errors: NotFound (the upload), Invalid
// (number, an empty part, a checksum that does not match), NoSpace.
func (c *Client) PutPart(ctx context.Context, u Upload, number int, body io.Reader, o PutOptions) (wire.CompletedPart, error) {
	const op = "api.PutPart"
	part := wire.CompletedPart{Number: number}
	size := o.Size
	if size <= 0 {
		size = -1
	}
	content, err := readerBody(body, size)
	if err != nil {
		return part, errs.E(op, u.Bucket.ObjectString(u.Object), "", err)
	}
	defer content.end()
	r, err := uploadCall(op, http.MethodPut, u)
	if err != nil {
		return part, err
	}
	r.query += "&" + wire.QueryPartNumber + "=" + strconv.Itoa(number)
	if o.Checksum.IsZero() && o.Compute != "" {
		if o.Checksum, err = content.sum(o.Compute); err != nil {
			return part, r.wrap(err)
		}
	}
	r.body, r.header = content, putHeader(PutOptions{Checksum: o.Checksum})
	resp, err := c.do(ctx, r)
	if err != nil {
		return part, err
	}
	defer discard(resp)
	part.ETag = strings.Trim(resp.Header.Get("Etag"), `"`)
	return part, nil
}

// CompleteUpload makes the object of all parts that were uploaded, in the order
// of their numbers; parts says which they are. Called again it succeeds, as long
// as the object has not been replaced. Errors: NotFound (the upload), Invalid (the
// list is not that of the parts), NoSpace.
func (c *Client) CompleteUpload(ctx context.Context, u Upload, parts []wire.CompletedPart) error {
	r, err := uploadCall("api.CompleteUpload", http.MethodPost, u)
	if err != nil {
		return err
	}
	if err := r.withAction(wire.ActionCompleteUpload, "", parts); err != nil {
		return err
	}
	return c.finish(ctx, r) // joining small parts takes its time
}

// AbortUpload gives an upload up, and removes its parts. Errors: NotFound.
func (c *Client) AbortUpload(ctx context.Context, u Upload) error {
	r, err := uploadCall("api.AbortUpload", http.MethodDelete, u)
	if err != nil {
		return err
	}
	if err := r.withAction(wire.ActionAbortUpload, "", nil); err != nil {
		return err
	}
	return c.control(ctx, r, nil)
}

// Append adds what body holds, size bytes or -1, to what handle stands for, and
// returns the handle that goes on from there. "" begins with what the object
// holds, or with nothing. The object changes with Flush only. Sent twice with one
// handle, the body counts once. Errors: NotFound (bucket or handle), Invalid,
// NoSpace.
func (c *Client) Append(ctx context.Context, b wire.Bucket, name, handle string, body io.Reader, size int64) (string, error) {
	const op = "api.Append"
	content, err := readerBody(body, size)
	if err != nil {
		return "", errs.E(op, b.ObjectString(name), "", err)
	}
	defer content.end()
	r, err := appendCall(op, b, name, wire.AppendTypeAppend, handle)
	if err != nil {
		return "", err
	}
	r.body = content
	resp, err := c.do(ctx, r)
	if err != nil {
		return "", err
	}
	defer discard(resp)
	return resp.Header.Get(wire.HeaderAppendHandle), nil
}

// Flush makes what was appended the content of the object. Errors: NotFound
// (bucket or handle), NoSpace.
func (c *Client) Flush(ctx context.Context, b wire.Bucket, name, handle string) error {
	r, err := appendCall("api.Flush", b, name, wire.AppendTypeFlush, handle)
	if err != nil {
		return err
	}
	r.body = ownBody(nil)
	return c.finish(ctx, r)
}

func appendCall(op string, b wire.Bucket, name, step, handle string) (*call, error) {
	r, err := objectCall(op, http.MethodPut, b, name)
	if err == nil {
		r.query += "&" + wire.QueryAppendType + "=" + step + "&" + wire.QueryAppendHandle + "=" + url.QueryEscape(handle)
	}
	return r, err
}
