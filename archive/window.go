package archive

import (
	"context"
	"errors"
	"io"

	"aistore/errs"
)

// windowBytes is read at a time: headers of small members come many at once.
const windowBytes = 32 << 10

// window reads an archive from front to back with few calls, knows where it is,
// and skips what nobody reads. It gives up when its context ends.
type window struct {
	ctx    context.Context
	r      io.ReaderAt
	size   int64
	offset int64 // of what Read returns next
	buf    []byte
	start  int64 // offset of buf
}

func newWindow(ctx context.Context, r io.ReaderAt, size int64) *window {
	return &window{ctx: ctx, r: r, size: size}
}

// Read is io.Reader.
func (w *window) Read(p []byte) (int, error) {
	if w.offset >= w.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if at := w.offset - w.start; at >= 0 && at < int64(len(w.buf)) {
		n := copy(p, w.buf[at:])
		w.offset += int64(n)
		return n, nil
	}
	if err := w.ctx.Err(); err != nil {
		return 0, context.Cause(w.ctx)
	}
	if w.buf == nil {
		w.buf = make([]byte, 0, min(windowBytes, w.size))
	}
	if len(p) >= cap(w.buf) {
		n, err := readAt(w.r, p[:min(int64(len(p)), w.size-w.offset)], w.offset)
		w.offset += int64(n)
		return n, err
	}
	n, err := readAt(w.r, w.buf[:min(int64(cap(w.buf)), w.size-w.offset)], w.offset)
	w.buf, w.start = w.buf[:n], w.offset
	if n == 0 {
		return 0, err
	}
	return w.Read(p)
}

// readAt is r.ReadAt without an error where there are bytes.
func readAt(r io.ReaderAt, p []byte, offset int64) (int, error) {
	n, err := r.ReadAt(p, offset)
	switch {
	case n > 0:
		return n, nil
	case err == nil, errors.Is(err, io.EOF):
		return 0, io.ErrUnexpectedEOF
	}
	return 0, foreign(err)
}

// readExactly fills p from offset. Errors: Invalid (there is less), and those of
// r.
func readExactly(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == nil, errors.Is(err, io.EOF):
		return damaged(io.ErrUnexpectedEOF)
	}
	return foreign(err)
}

// foreign marks an error as that of a reader given to us, which says nothing of
// the archive. io.EOF stays.
func foreign(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return errs.E("archive.read", "", "", err)
}

// Seek is io.Seeker. It reads nothing.
func (w *window) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += w.offset
	case io.SeekEnd:
		offset += w.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	w.offset = offset
	return offset, nil
}

// Position returns the offset of what is read next.
func (w *window) Position() int64 { return w.offset }

// counter counts what is read of a stream, and gives up beyond a limit.
type counter struct {
	r      io.Reader
	offset int64
	limit  int64
}

// Read is io.Reader. Errors: TooLarge.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.offset += int64(n)
	if c.offset > c.limit {
		return n, tooExpanded("the archive", c.limit)
	}
	return n, err
}

// Position returns the offset of what is read next.
func (c *counter) Position() int64 { return c.offset }
