package api

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// ListOptions says which objects to list and what to tell of them. The zero
// value lists all, with sizes.
type ListOptions struct {
	Prefix     string
	StartAfter string     // list names after this one
	Props      wire.Props // 0 is name, size and cached
	TimeFormat string     // Go layout of times; "" is RFC 822
	Flags      uint64     // wire's List… bits
	PageSize   int        // entries per request; 0 is as many as the server allows
	Limit      int        // entries in all; 0 is no limit
	Target     string     // id of a target: only what it has; "" is all
}

func (o ListOptions) request() wire.ListRequest {
	r := wire.ListRequest{
		Prefix:     o.Prefix,
		StartAfter: o.StartAfter,
		TimeFormat: o.TimeFormat,
		Flags:      o.Flags,
		PageSize:   int64(o.PageSize),
		Target:     o.Target,
	}
	if o.Props != 0 {
		r.Props = o.Props.String()
	}
	return r
}

// ListPage fetches one page of a listing. With the page's UUID and
// Continuation put into the request it fetches the next, until Continuation
// is "".
// Errors: NotFound (bucket), Invalid.
func (c *Client) ListPage(ctx context.Context, b wire.Bucket, request wire.ListRequest) (*wire.ListPage, error) {
	r, err := bucketCall("api.ListPage", http.MethodGet, b)
	if err != nil {
		return nil, err
	}
	if err := r.withAction(wire.ActionList, "", request); err != nil {
		return nil, err
	}
	r.header["Accept"] = []string{wire.ContentMsgpack}
	page := new(wire.ListPage)
	return page, c.control(ctx, r, intoPage(page))
}

// List lists the objects of a bucket by name. It fetches pages as the loop
// goes on. After an error, which comes with a nil entry, the loop ends.
// Entries may be kept; they share memory with their page.
// Errors: NotFound (bucket), Invalid.
func (c *Client) List(ctx context.Context, b wire.Bucket, o ListOptions) iter.Seq2[*wire.ListEntry, error] {
	return func(yield func(*wire.ListEntry, error) bool) {
		listed := 0
		for page, err := range c.ListPages(ctx, b, o) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, entry := range page.Entries {
				if !yield(entry, nil) {
					return
				}
				if listed++; listed == o.Limit {
					return
				}
			}
		}
	}
}

// ListPages lists the objects of a bucket page by page. With a limit the last
// page may hold more entries than that.
// Errors: those of List.
func (c *Client) ListPages(ctx context.Context, b wire.Bucket, o ListOptions) iter.Seq2[*wire.ListPage, error] {
	return func(yield func(*wire.ListPage, error) bool) {
		request, left := o.request(), o.Limit
		for {
			if o.Limit > 0 && (request.PageSize == 0 || int64(left) < request.PageSize) {
				request.PageSize = min(int64(left), wire.MaxPageSize(b.Provider))
			}
			page, err := c.ListPage(ctx, b, request)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page, nil) || page.Continuation == "" {
				return
			}
			if left -= len(page.Entries); o.Limit > 0 && left <= 0 {
				return
			}
			request.UUID, request.Continuation = page.UUID, page.Continuation
		}
	}
}

// intoPage decodes an answer that is msgpack or JSON.
func intoPage(page *wire.ListPage) func(*http.Response) error {
	return func(resp *http.Response) error {
		if resp.Header.Get("Content-Type") != wire.ContentMsgpack {
			return jsonx.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(page)
		}
		var buf bytes.Buffer
		if resp.ContentLength > 0 {
			buf.Grow(int(min(resp.ContentLength, maxReply)) + bytes.MinRead)
		}
		if _, err := buf.ReadFrom(io.LimitReader(resp.Body, maxReply)); err != nil {
			return err
		}
		if _, err := page.DecodeMsg(buf.Bytes()); err != nil {
			return errs.E("list page", "", errs.Internal, err)
		}
		return nil
	}
}
