package archive

import (
	"context"
	"io"

	"aistore/errs"
)

// Archive is an archive that can be read at any place. All methods may be called
// from any goroutine, if its reader may.
type Archive struct {
	r      io.ReaderAt
	size   int64
	format Format
	limits Limits
}

// New returns the archive of size bytes that r holds. It reads nothing yet; r
// stays the caller's. Errors: Invalid (no format).
func New(r io.ReaderAt, size int64, f Format, l Limits) (*Archive, error) {
	if f < Tar || f > Zip {
		return nil, invalid("", "the format of the archive is not set")
	}
	return &Archive{r: r, size: size, format: f, limits: l.withDefaults()}, nil
}

// Format returns the format of the archive.
func (a *Archive) Format() Format { return a.format }

// Visit is called for each member, with its content, which is good until Visit
// returns and need not be read.
type Visit func(m Member, content io.Reader) error

// Walk calls visit for each member in the order of the archive, and returns what
// visit returns, as it is, at the first error. Several members may have one
// name: the last counts.
// Errors: Invalid, TooLarge, Unsupported (see the comment of the package),
// Canceled, and those of the reader.
func (a *Archive) Walk(ctx context.Context, visit Visit) error {
	_, err := a.walk(ctx, visit)
	return err
}

// walk is Walk; it also returns where the members end, as Index.End.
func (a *Archive) walk(ctx context.Context, visit Visit) (end int64, err error) {
	switch {
	case a.format == Zip:
		return a.walkZip(ctx, visit)
	case a.format == Tar:
		return walkTar(newWindow(ctx, a.r, a.size), a.limits, a.size, visit)
	}
	return walkStream(newWindow(ctx, a.r, a.size), a.format, a.limits, a.limits.expanded(a.size), visit)
}

// Open returns the content of a member as Walk or an index of this very archive
// knows it. The caller closes it. A wrong checksum of the content, in a zip, is
// Invalid instead of io.EOF.
// Errors: Invalid, TooLarge, Unsupported, Canceled, and those of the reader.
func (a *Archive) Open(ctx context.Context, m Member) (io.ReadCloser, error) {
	switch {
	case a.format == Zip:
		return a.openZip(ctx, m, a.size) // who walks has seen where the directory is
	case a.format == Tar:
		if m.Offset < 0 || m.Size < 0 || m.Offset > a.size-m.Size {
			return nil, truncated(m)
		}
		return io.NopCloser(io.NewSectionReader(a.r, m.Offset, m.Size)), nil
	}
	content, err := decompress(newWindow(ctx, a.r, a.size), a.format)
	if err != nil {
		return nil, err
	}
	whole := &counter{r: content, limit: a.limits.expanded(a.size)}
	if _, err := io.CopyN(io.Discard, whole, m.Offset); err != nil {
		return nil, endsEarly(err)
	}
	return io.NopCloser(&exact{r: whole, left: m.Size}), nil
}

// Stream is Walk for a tar, compressed or not, that comes from r: it reads up to
// the end of the tar. The bytes before decompression are not known, so Limits
// bound the whole by Free alone.
// Errors: as Walk; Unsupported for a zip, whose directory is at its end.
func Stream(ctx context.Context, r io.Reader, f Format, l Limits, visit Visit) error {
	if f < Tar || f > TarLZ4 {
		return errs.E("archive.Stream", "", errs.Unsupported, errZipStream{})
	}
	l = l.withDefaults()
	limit := l.Free
	if f == Tar {
		limit = 1 << 62
	}
	_, err := walkStream(cancelable{ctx, r}, f, l, limit, visit)
	return err
}

// errZipStream says why a zip cannot be streamed.
type errZipStream struct{}

func (errZipStream) Error() string { return "only a tar can be read as it comes" }

// cancelable is a reader that gives up when its context ends.
type cancelable struct {
	ctx context.Context
	r   io.Reader
}

// Read is io.Reader.
func (c cancelable) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.r.Read(p)
	return n, foreign(err)
}

// exact reads left bytes, no less.
type exact struct {
	r    io.Reader
	left int64
}

// Read is io.Reader. Errors: Invalid (it ends before).
func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if e.left > 0 && err != nil {
		return n, endsEarly(err)
	}
	return n, nil
}

// endsEarly is damaged for a reader that has no right to end here.
func endsEarly(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return damaged(err)
}

func truncated(m Member) error {
	return invalid("member "+shown(m.Name), "it goes beyond the end of the archive, which is truncated")
}
