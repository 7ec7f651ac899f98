package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// A handle of appends is "<upload>-<number>": they are the parts of an upload
// that nobody sees, the number is of the part that comes next. Who sends one
// handle twice, since the answer was lost, writes the same part again.

// Append adds the body, of size bytes or -1, to what the handle stands for, and
// returns the handle that goes on from there. "" begins with what the object
// holds now, its metadata included, or with nothing. The object changes with
// Flush only; a handle that is not used any more is collected.
// Errors: Invalid, NotFound (the handle is not of this object, or was flushed, or
// collected), NoSpace, Unavailable.
func (v *Verbs) Append(ctx context.Context, n store.Name, handle string, body io.Reader, size int64) (string, error) {
	u, next, err := v.handle(n, handle)
	if err != nil {
		return "", err
	}
	if handle == "" {
		if u, next, err = v.beginAppend(ctx, n); err != nil {
			return "", err
		}
	}
	if _, err := v.WritePart(ctx, u, next, body, store.PartOptions{Size: size}); err != nil {
		return "", appendError(n, err)
	}
	return u.ID.String() + "-" + strconv.Itoa(next+1), nil
}

// Flush makes what was appended the content of the object, which must have the
// sum expect unless that is zero, and at most maxSize bytes unless that is 0. To
// flush again gives the same. Errors: those of Append, and those of Put.
func (v *Verbs) Flush(ctx context.Context, n store.Name, handle string, expect checksum.Sum, maxSize int64) (*store.Object, error) {
	u, next, err := v.handle(n, handle)
	if err != nil {
		return nil, err
	}
	if handle == "" {
		e := errs.E("objects.Flush", n.String(), errs.Invalid, nil)
		e.Public = "nothing was appended to " + n.String() + ": to flush takes the handle that append gave"
		return nil, e
	}
	pieces := make([]store.Piece, next-1)
	for i := range pieces {
		pieces[i].Number = i + 1
	}
	made, err := v.CompleteUpload(ctx, u, pieces, store.CompleteOptions{Expect: expect, MaxSize: maxSize})
	return made, appendError(n, err)
}

// handle reads a handle; of "" it makes nothing.
func (v *Verbs) handle(n store.Name, handle string) (u store.Upload, next int, err error) {
	if handle == "" {
		return u, 0, nil
	}
	id, number, _ := strings.Cut(handle, "-")
	u, err = v.Upload(n, id)
	if err == nil {
		next, err = strconv.Atoi(number)
	}
	if err != nil || next < 2 || next > maxAppends+1 {
		return u, 0, noHandle(n)
	}
	return u, next, nil
}

// maxAppends bounds the appends of one handle.
const maxAppends = 10 * 10_000

// beginAppend begins with what the object holds now.
func (v *Verbs) beginAppend(ctx context.Context, n store.Name) (u store.Upload, next int, err error) {
	c, err := v.Open(ctx, n)
	if errors.Is(err, errs.NotFound) {
		u, err = v.CreateUpload(ctx, n, store.UploadOptions{Hidden: true})
		return u, 1, err
	}
	if err != nil {
		return u, 0, err
	}
	defer c.Close()
	o := c.Object
	u, err = v.CreateUpload(ctx, n, store.UploadOptions{Header: o.Header, Custom: o.Custom, Tags: o.Tags, Hidden: true})
	if err != nil || o.Size == 0 {
		return u, 1, err
	}
	body, err := c.Section(ctx, n, 0, o.Size)
	if err != nil {
		return u, 0, errors.Join(err, v.AbortUpload(ctx, u))
	}
	defer body.Close()
	if _, err = v.WritePart(ctx, u, 1, checksum.NewVerifier(body, o.Checksum), store.PartOptions{Size: o.Size}); err != nil {
		return u, 0, errors.Join(fmt.Errorf("reading what is there: %w", err), v.AbortUpload(ctx, u))
	}
	return u, 2, nil
}

// appendError says "handle" where the store says "upload".
func appendError(n store.Name, err error) error {
	if errs.CodeOf(err) == errs.CodeUploadNotFound {
		return noHandle(n)
	}
	return err
}

func noHandle(n store.Name) error {
	e := errs.E("objects.Append", n.String(), errs.NotFound, nil)
	e.Code = errs.CodeUploadNotFound
	e.Public = "the append handle of " + n.String() + " does not exist: it was flushed, or not used for too long; begin again with an empty one"
	return e
}
