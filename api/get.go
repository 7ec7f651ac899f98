package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// GetOptions says which part of an object to read, and how. The zero value
// reads all of it and compares the checksum.
type GetOptions struct {
	Offset     int64 // of the first byte; negative counts from the end, -1 is the last byte
	Length     int64 // in bytes, as far as the object goes; 0 is up to the end
	SkipVerify bool  // do not compare the checksum
	Latest     bool  // look at the remote bucket first, if there is one
	Validate   bool  // the server compares the checksum of what it has stored first
}

// whole reports whether o reads all of the object.
func (o GetOptions) whole() bool { return o.Offset == 0 && o.Length <= 0 }

// rangeHeader returns the Range header of o.
func (o GetOptions) rangeHeader() string {
	switch {
	case o.Offset < 0:
		return "bytes=" + strconv.FormatInt(o.Offset, 10)
	case o.Length > 0:
		return "bytes=" + strconv.FormatInt(o.Offset, 10) + "-" + strconv.FormatInt(o.Offset+o.Length-1, 10)
	}
	return "bytes=" + strconv.FormatInt(o.Offset, 10) + "-"
}

// Get opens an object for reading. The caller closes the Reader; it lives no
// longer than ctx.
// Errors: NotFound (bucket or object), Range (offset beyond the end), Corrupt
// (the server found the stored bytes damaged). Reads of the Reader return
// Corrupt when the bytes do not match the checksum, Conflict when the object
// was overwritten while its connection was broken, and Unavailable when the
// connection broke and could not be resumed.
func (c *Client) Get(ctx context.Context, b wire.Bucket, name string, o GetOptions) (*Reader, error) {
	r, err := c.getCall("api.Get", b, name, o)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, r, o)
}

// GetBytes reads an object, or the part that o asks for, into buf, or into new
// memory when it does not fit. It is the way for objects that are small.
// Errors: those of Get and of its Reader.
func (c *Client) GetBytes(ctx context.Context, b wire.Bucket, name string, buf []byte, o GetOptions) ([]byte, Object, error) {
	r, err := c.getCall("api.GetBytes", b, name, o)
	if err != nil {
		return nil, Object{}, err
	}
	reader, err := c.open(ctx, r, o)
	if err != nil {
		return nil, Object{}, err
	}
	defer reader.Close()
	if reader.left < 0 {
		data, err := io.ReadAll(reader)
		return data, reader.Object, err
	}
	data := slices.Grow(buf[:0], int(reader.left))[:reader.left]
	if _, err := io.ReadFull(reader, data); err != nil {
		return nil, reader.Object, err
	}
	if err := reader.finish(); err != io.EOF {
		return nil, reader.Object, err
	}
	return data, reader.Object, nil
}

func (c *Client) getCall(op string, b wire.Bucket, name string, o GetOptions) (*call, error) {
	r, err := objectCall(op, http.MethodGet, b, name)
	if err != nil {
		return nil, err
	}
	if o.Length < 0 || o.Offset < 0 && o.Length > 0 {
		return nil, r.wrap(errs.E("range", "", errs.Invalid, errBadRange))
	}
	if !o.whole() {
		r.header = with(r.header, "Range", o.rangeHeader())
	}
	if o.Latest {
		r.query += "&" + wire.QueryLatestVersion + "=true"
	}
	if o.Validate {
		r.query += "&" + wire.QueryValidateChecksum + "=true"
	}
	return r, nil
}

// open sends r and makes a Reader of the answer.
func (c *Client) open(ctx context.Context, r *call, o GetOptions) (*Reader, error) {
	resp, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	object, err := objectOf(resp)
	if err != nil {
		discard(resp)
		return nil, r.wrap(err)
	}
	reader := &Reader{Object: object, call: r, buffers: &c.buffers, body: resp.Body, left: resp.ContentLength}
	if resp.StatusCode == http.StatusPartialContent {
		reader.offset, reader.Object.Size = contentRange(resp.Header.Get("Content-Range"))
	}
	reader.resume = func() (*http.Response, error) { return c.resume(ctx, reader) }
	reader.pause = func(breaks int) bool { return pause(ctx, c.options.Backoff<<min(breaks-1, 10)) }
	reader.maxBreaks = c.options.Attempts
	if resp.StatusCode == http.StatusOK && !o.SkipVerify && !c.options.SkipVerify {
		reader.verify(object.Checksum)
	}
	return reader, nil
}

// resume asks for what a Reader has not read yet, and makes sure that it
// comes from the same object.
func (c *Client) resume(ctx context.Context, r *Reader) (*http.Response, error) {
	again := *r.call
	again.header = with(again.header, "Range",
		"bytes="+strconv.FormatInt(r.offset, 10)+"-"+strconv.FormatInt(r.offset+r.left-1, 10))
	resp, err := c.do(ctx, &again)
	if err != nil {
		return nil, err
	}
	now, err := objectOf(resp)
	if err == nil && !sameObject(r.Object, now) {
		err = errs.E("resume", "", errs.Conflict, errChanged)
	}
	if err == nil && !r.continuedBy(resp) {
		err = errs.E("resume", "", errs.Conflict, errChanged)
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, r.call.wrap(err)
	}
	return resp, nil
}

// continuedBy reports whether resp carries just the bytes that r still wants.
func (r *Reader) continuedBy(resp *http.Response) bool {
	start, size := contentRange(resp.Header.Get("Content-Range"))
	return resp.StatusCode == http.StatusPartialContent &&
		start == r.offset && size == r.Object.Size && resp.ContentLength == r.left
}

// sameObject reports whether two answers are surely about the same content.
func sameObject(a, b Object) bool {
	return !a.Checksum.IsZero() && a.Checksum.Equal(b.Checksum) && a.Version == b.Version
}

// contentRange reads "bytes first-last/size"; -1 for what it does not tell.
func contentRange(text string) (first, size int64) {
	text, ok := strings.CutPrefix(text, "bytes ")
	span, total, found := strings.Cut(text, "/")
	from, _, _ := strings.Cut(span, "-")
	if !ok || !found {
		return -1, -1
	}
	return numberOrUnknown(from), numberOrUnknown(total)
}

func numberOrUnknown(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// with returns a copy of h that has value under key.
func with(h http.Header, key, value string) http.Header {
	out := make(http.Header, len(h)+1)
	for k, v := range h {
		out[k] = v
	}
	out[key] = []string{value}
	return out
}

var (
	errChanged  = errors.New("the object was overwritten while it was read")
	errBadRange = errors.New("length must not be negative, nor be given with a negative offset")
)
