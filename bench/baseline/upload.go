package baseline

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// copyBuffer is the size in bytes of the pooled buffers between socket and
// file.
const copyBuffer = 128 << 10

// attributeName is the extended attribute that every uploaded file gets.
const attributeName = "user.bench"

// UploadOptions says how a file is stored.
type UploadOptions struct {
	Attribute int  // length of the extended attribute in bytes; 0 sets none
	Sync      bool // fsync the file before, the directory after the rename
}

// Upload answers PUT /<name>: the body goes to a temporary file in dir, which
// gets one extended attribute and the final name.
func Upload(dir string, o UploadOptions) http.Handler {
	u := &uploader{dir: dir, options: o, value: make([]byte, o.Attribute)}
	u.buffers.New = func() any { return new(make([]byte, copyBuffer)) }
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /{name}", func(w http.ResponseWriter, r *http.Request) {
		if err := u.store(r.PathValue("name"), r.Body); err != nil {
			refuse(w, err)
		}
	})
	return mux
}

type uploader struct {
	dir     string
	options UploadOptions
	value   []byte // of the attribute
	buffers sync.Pool
	serial  atomic.Int64 // of temporary names
}

func (u *uploader) store(name string, body io.Reader) error {
	work := filepath.Join(u.dir, fmt.Sprintf(".work-%d", u.serial.Add(1)))
	if err := u.write(work, body); err != nil {
		_ = os.Remove(work)
		return err
	}
	if err := os.Rename(work, filepath.Join(u.dir, name)); err != nil {
		_ = os.Remove(work)
		return err
	}
	if !u.options.Sync {
		return nil
	}
	return syncDirectory(u.dir)
}

func (u *uploader) write(path string, body io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer f.Close() // again, when an error returns early
	buf, _ := u.buffers.Get().(*[]byte)
	defer u.buffers.Put(buf)
	// hide ReadFrom, which would ignore the buffer
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, body, *buf); err != nil {
		return err
	}
	if len(u.value) > 0 {
		if err := unix.Fsetxattr(int(f.Fd()), attributeName, u.value, 0); err != nil {
			return &os.PathError{Op: "setxattr", Path: path, Err: err}
		}
	}
	if u.options.Sync {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return f.Close()
}

func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
