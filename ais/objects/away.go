package objects

import (
	"context"
	"io"

	"aistore/store"
)

// maxSkip is how many bytes of a stream are rather thrown away than asked for in
// another request.
const maxSkip = 1 << 20

// awayReader reads an object of another target at any place, best from front to
// back. It is for one goroutine.
type awayReader struct {
	ctx     context.Context
	content *Content
	name    store.Name
	body    io.ReadCloser // nil: none is open
	offset  int64         // of body
}

// ReadAt is io.ReaderAt, for one goroutine.
func (r *awayReader) ReadAt(p []byte, offset int64) (int, error) {
	size := r.content.Object.Size
	if offset >= size {
		return 0, io.EOF
	}
	if err := r.seek(offset, size); err != nil {
		return 0, err
	}
	want := min(int64(len(p)), size-offset)
	n, err := io.ReadFull(r.body, p[:want])
	r.offset += int64(n)
	if err == nil && want < int64(len(p)) {
		err = io.EOF
	}
	return n, err
}

// seek brings the stream to an offset.
func (r *awayReader) seek(offset, size int64) error {
	if skip := offset - r.offset; r.body != nil && skip >= 0 && skip <= maxSkip {
		n, err := io.CopyN(io.Discard, r.body, skip)
		r.offset += n
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	body, err := r.content.Section(r.ctx, r.name, offset, size-offset)
	if err != nil {
		return err
	}
	r.body, r.offset = body, offset
	return nil
}

// Close ends the stream. A nil reader has none.
func (r *awayReader) Close() error {
	if r == nil || r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}
