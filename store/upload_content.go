package store

import (
	"context"
	"errors"
	"io"
	"strconv"

	"aistore/fs"
)

// Content gives what AdoptOptions.Content asks for, and how many bytes that is.
// The caller closes it. Errors: NotFound, Corrupt, Unavailable.
func (u Upload) Content(ctx context.Context, after int) (content io.ReadCloser, size int64, err error) {
	open, held, err := u.acquire(ctx, "store.Upload.Content")
	if err != nil {
		return nil, 0, err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	r := &partsReader{shelf: open.target.shelf, dir: open.target.shelf.chunkDir(u.ID), parts: open.inOrder(after)}
	for i := range r.parts {
		size += r.parts[i].Size
	}
	return r, size, nil
}

// partsReader reads parts one behind the other. A part that is replaced or removed
// meanwhile is an error, here or where its sum is compared.
type partsReader struct {
	shelf *shelf
	dir   string
	parts []Part  // that are left
	file  fs.File // nil between two parts
}

// Read is io.Reader.Read. Errors: Unavailable.
func (r *partsReader) Read(b []byte) (int, error) {
	for {
		if r.file == nil {
			if len(r.parts) == 0 {
				return 0, io.EOF
			}
			var err error
			if r.file, err = r.shelf.fsys.Open(r.dir + "/" + strconv.Itoa(r.parts[0].Number)); err != nil {
				return 0, r.shelf.fail("store.Upload.Content", r.dir, err)
			}
			r.parts = r.parts[1:]
		}
		n, err := r.file.Read(b)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, io.EOF):
			err = r.Close()
		}
		if err != nil {
			return 0, r.shelf.fail("store.Upload.Content", r.dir, err)
		}
	}
}

// Close is io.Closer.Close.
func (r *partsReader) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
