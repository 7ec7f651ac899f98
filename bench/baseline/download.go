// Package baseline holds the plainest servers that can do what a target does
// with a file: net/http, one file per object, nothing else. A benchmark
// measures how much dearer AIStore is.
package baseline

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Sendfile answers GET /<name> with the file of that name in dir, by
// sendfile(2), and HEAD with its size.
func Sendfile(dir string) http.Handler {
	return download(dir, func(w http.ResponseWriter, f *os.File, _ int64) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// Buffered answers GET /<name> like Sendfile, but reads the whole file into
// a pooled buffer and writes it at once.
func Buffered(dir string) http.Handler {
	var pool sync.Pool
	return download(dir, func(w http.ResponseWriter, f *os.File, size int64) error {
		buf, _ := pool.Get().(*[]byte)
		if buf == nil || int64(cap(*buf)) < size {
			buf = new(make([]byte, size))
		}
		defer pool.Put(buf)
		if _, err := io.ReadFull(f, (*buf)[:size]); err != nil {
			return err
		}
		_, err := w.Write((*buf)[:size])
		return err
	})
}

// download opens and stats the named file, writes the headers, and leaves
// the body of a GET to send.
func download(dir string, send func(w http.ResponseWriter, f *os.File, size int64) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		path := filepath.Join(dir, r.PathValue("name"))
		if r.Method == http.MethodHead {
			info, err := os.Stat(path)
			if err != nil {
				refuse(w, err)
				return
			}
			describe(w, info)
			return
		}
		f, err := os.Open(path)
		if err != nil {
			refuse(w, err)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			refuse(w, err)
			return
		}
		describe(w, info)
		_ = send(w, f, info.Size()) // the status is out; a short body closes the connection
	})
	return mux
}

func describe(w http.ResponseWriter, info fs.FileInfo) {
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}
