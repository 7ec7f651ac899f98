package store

import (
	"context"
	"errors"
	"io"
	"os"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

// Reader reads one object as it was when it was opened, whatever becomes of its
// name. Read, Seek and the file of OSFile share one offset. The caller closes
// it.
type Reader struct {
	Object *Object

	store *Store
	name  Name
	file  content
}

// content is what a Reader reads: a file, or chunks.
type content interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
	OSFile() (*os.File, bool)
}

// Read reads from the offset on.
func (r *Reader) Read(p []byte) (int, error) { return r.file.Read(p) }

// ReadAt reads from offset, as io.ReaderAt. Any number of goroutines may.
func (r *Reader) ReadAt(p []byte, offset int64) (int, error) { return r.file.ReadAt(p, offset) }

// Seek moves the offset.
func (r *Reader) Seek(offset int64, whence int) (int64, error) { return r.file.Seek(offset, whence) }

// WriteSection writes length bytes from offset to w and returns how many, from
// file to socket inside the kernel where both allow it. It may move the offset.
// An object that ends before is no error. Errors: those of w, Corrupt (a chunk
// is missing or too short), Unavailable.
func (r *Reader) WriteSection(w io.Writer, offset, length int64) (int64, error) {
	if chunks, ok := r.file.(*chunkReader); ok {
		return chunks.writeTo(w, offset, length)
	}
	return copySection(w, r.file, offset, length)
}

// copySection copies from one file, by its own offset.
func copySection(w io.Writer, f content, offset, length int64) (int64, error) {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	limited := &io.LimitedReader{R: f, N: length}
	if file, ok := f.OSFile(); ok {
		limited.R = file
	}
	return io.Copy(w, limited)
}

// OSFile returns the file for sendfile, false where there is none, or several.
// It belongs to the Reader.
func (r *Reader) OSFile() (*os.File, bool) { return r.file.OSFile() }

// Close releases the file.
func (r *Reader) Close() error { return r.file.Close() }

// Verify reads the whole content and compares it with the stored checksum; the
// offset stays. An object without a checksum is only measured.
// Errors: Corrupt, Unavailable, Canceled.
func (r *Reader) Verify(ctx context.Context) error {
	h := checksum.Get(r.Object.Checksum.Kind)
	defer checksum.Put(h)
	buf := r.store.pool.Get(copyBuffer)
	defer r.store.pool.Put(buf)
	var size int64
	for {
		if ctx.Err() != nil {
			return errs.E("store.Verify", r.name.String(), "", context.Cause(ctx))
		}
		n, err := r.file.ReadAt(buf, size)
		h.Write(buf[:n])
		size += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			kind := fs.KindOf(err)
			if errors.Is(err, errs.Corrupt) {
				kind = errs.Corrupt // a chunk
			}
			return errs.E("store.Verify", r.name.String(), kind, err)
		}
	}
	return r.store.counted(checkContent(r.name, r.Object, size, h.Sum()))
}
