package api

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
)

// PutOptions changes how an object is stored. The zero value stores it
// without sending a checksum.
type PutOptions struct {
	Checksum checksum.Sum // the server refuses a body that does not match; zero sends none
	// Compute makes Put compute and send a checksum of this kind, so that the
	// server notices when the body changed on its way; "" does not. It needs
	// a body in memory, a file, or another that can be read twice.
	Compute checksum.Kind
	Size    int64             // of the body, if known and Put cannot find out; 0 is unknown
	Custom  map[string]string // pairs to set
	// IfMatch stores only over an object with this ETag, "*" over any;
	// IfNoneMatch only if there is none with it, "*" only a new object.
	IfMatch, IfNoneMatch string
	// SkipVersion tells the server not to look at the object replaced.
	SkipVersion bool
	// Member puts the body into the object, which is an archive, as a member of
	// this name; the checksum is that of the member. "" stores the object.
	Member        string
	MemberMode    wire.MemberMode // what becomes of the archive; "" makes it anew
	ArchiveFormat string          // as ".tar" or a media type; "" lets the name of the object say it
}

// Put stores what body holds, up to its end, under a name, in the place of
// any object of that name. Bodies in memory, regular files, and others that
// are short can be sent again when the first guess of the owner was wrong; of
// a long stream nothing is sent before the server agrees to take it.
// A nil error means that the object is stored as durably as its bucket asks
// for. On error the object is as before, except with kind Unavailable, when
// it may be either. Put does not close body; when it fails on a stream, the
// stream may be read for a moment longer.
// Errors: NotFound (bucket), Invalid (name, or checksum mismatch),
// Precondition, NoSpace, and what body returns. With a Member also NotFound (the
// archive), Exists (it has a member of that name), and Busy.
func (c *Client) Put(ctx context.Context, b wire.Bucket, name string, body io.Reader, o PutOptions) (Object, error) {
	const op = "api.Put"
	size := o.Size
	if size <= 0 {
		size = -1
	}
	content, err := readerBody(body, size)
	if err != nil {
		return Object{}, errs.E(op, b.ObjectString(name), "", err)
	}
	return c.put(ctx, op, b, name, content, o)
}

// PutBytes is Put of bytes in memory. They are the caller's again when it
// returns.
func (c *Client) PutBytes(ctx context.Context, b wire.Bucket, name string, data []byte, o PutOptions) (Object, error) {
	return c.put(ctx, "api.PutBytes", b, name, bytesBody(data), o)
}

// PutFile is Put of a regular file.
// Errors: those of Put; Invalid (not a regular file), NotFound (no such file).
func (c *Client) PutFile(ctx context.Context, b wire.Bucket, name, path string, o PutOptions) (Object, error) {
	const op = "api.PutFile"
	info, err := os.Stat(path)
	if err != nil {
		return Object{}, errs.E(op, path, fileKind(err), err)
	}
	if !info.Mode().IsRegular() {
		return Object{}, errs.E(op, path, errs.Invalid, errNotRegular)
	}
	return c.put(ctx, op, b, name, fileBody(path, info.Size()), o)
}

func (c *Client) put(ctx context.Context, op string, b wire.Bucket, name string, content *body, o PutOptions) (Object, error) {
	defer content.end()
	r, err := objectCall(op, http.MethodPut, b, name)
	if err != nil {
		return Object{}, err
	}
	if o.Checksum.IsZero() && o.Compute != "" {
		if o.Checksum, err = content.sum(o.Compute); err != nil {
			return Object{}, r.wrap(err)
		}
	}
	r.body, r.header = content, putHeader(o)
	if o.SkipVersion {
		r.query += "&" + wire.QuerySkipVersionCheck + "=true"
	}
	if o.Member != "" {
		if content.size <= 0 {
			return Object{}, r.wrap(errs.E("member", "", errs.Invalid, errMemberSize))
		}
		r.query += MemberOptions{Path: o.Member, Format: o.ArchiveFormat}.query()
	}
	resp, err := c.do(ctx, r)
	if err != nil {
		return Object{}, err
	}
	defer discard(resp)
	stored, err := objectOf(resp)
	if err != nil {
		return Object{}, r.wrap(err)
	}
	stored.Size, stored.ContentType = content.size, ""
	if o.Member != "" {
		stored.Size = -1 // of the archive
	}
	return stored, nil
}

func putHeader(o PutOptions) http.Header {
	h := make(http.Header, 3)
	if !o.Checksum.IsZero() {
		h[wire.HeaderChecksumType] = []string{string(o.Checksum.Kind)}
		h[wire.HeaderChecksumValue] = []string{o.Checksum.Hex()}
	}
	if o.IfMatch != "" {
		h["If-Match"] = []string{entityTag(o.IfMatch)}
	}
	if o.IfNoneMatch != "" {
		h["If-None-Match"] = []string{entityTag(o.IfNoneMatch)}
	}
	if o.Member != "" && o.MemberMode != "" {
		h[wire.HeaderArchiveAppend] = []string{string(o.MemberMode)}
	}
	for key, value := range o.Custom {
		h[wire.HeaderCustom] = append(h[wire.HeaderCustom], key+"="+value)
	}
	return h
}

// entityTag puts an ETag between quotes, as it travels.
func entityTag(tag string) string {
	if tag == "*" {
		return tag
	}
	return `"` + tag + `"`
}

// sum computes the checksum of a body that can be read twice.
// Errors: Invalid (it cannot), Unsupported, and what reading returns.
func (b *body) sum(kind checksum.Kind) (checksum.Sum, error) {
	if b.open == nil {
		return checksum.Sum{}, errs.E("checksum of body", "", errs.Invalid, errReadOnce)
	}
	r, err := b.open()
	if err != nil {
		return checksum.Sum{}, err
	}
	defer r.Close()
	h := checksum.New(kind)
	if _, err := io.Copy(h, r); err != nil {
		return checksum.Sum{}, err
	}
	return h.Sum(), nil
}

// fileKind returns the kind of an error of the local file system.
func fileKind(err error) errs.Kind {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.NotFound
	case errors.Is(err, fs.ErrPermission):
		return errs.Forbidden
	}
	return errs.Internal
}

var (
	errNotRegular = errors.New("not a regular file")
	errReadOnce   = errors.New("the body can be read only once; give the checksum, or leave it out")
)
