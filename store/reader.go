package store

import (
	"context"
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
	file  fs.File
}

// Read reads from the offset on.
func (r *Reader) Read(p []byte) (int, error) { return r.file.Read(p) }

// ReadAt reads from offset, as io.ReaderAt. Any number of goroutines may.
func (r *Reader) ReadAt(p []byte, offset int64) (int, error) { return r.file.ReadAt(p, offset) }

// Seek moves the offset.
func (r *Reader) Seek(offset int64, whence int) (int64, error) { return r.file.Seek(offset, whence) }

// OSFile returns the file for sendfile, false where there is none. It belongs
// to the Reader.
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
			return errs.E("store.Verify", r.name.String(), fs.KindOf(err), err)
		}
	}
	return r.store.counted(checkContent(r.name, r.Object, size, h.Sum()))
}
