package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
)

// smallBody is up to which size a reader that cannot rewind is read into
// memory first, so that it can be sent again.
const smallBody = 64 << 10

// expectFrom is from which size a body waits for the server's "100 Continue",
// so that a redirect or a refusal costs no second transfer.
const expectFrom = 128 << 10

var errTakenBack = errors.New("request has ended")

// body is what a request sends. A nil body is none.
type body struct {
	size int64                         // in bytes; -1 when unknown
	open func() (io.ReadCloser, error) // from the start, every time; nil when it can be read once only
	once io.Reader                     // when open is nil

	mu   sync.Mutex // guards lent
	lent []*loan    // readers over the caller's memory, or over once, that a transport may still hold
}

// copyBelow is the size up to which a body in the caller's memory is copied:
// what is surely ours needs no lending, and goes out in one write with the
// header.
const copyBelow = 16 << 10

// ownBody is a body in memory that nobody else uses.
func ownBody(data []byte) *body {
	return &body{size: int64(len(data)), open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

// bytesBody is a body in the caller's memory, which is the caller's again
// after end.
func bytesBody(data []byte) *body {
	if len(data) <= copyBelow {
		return ownBody(bytes.Clone(data))
	}
	b := &body{size: int64(len(data))}
	b.open = func() (io.ReadCloser, error) { return b.lend(bytes.NewReader(data)), nil }
	return b
}

// fileBody is a regular file of known size, opened anew for each attempt and
// handed to the transport as it is, which sends it with sendfile.
func fileBody(path string, size int64) *body {
	if size == 0 {
		return ownBody(nil)
	}
	return &body{size: size, open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// readerBody is whatever a caller has. size is -1 when it is not known.
func readerBody(r io.Reader, size int64) (*body, error) {
	switch from := r.(type) {
	case nil:
		return ownBody(nil), nil
	case *bytes.Buffer:
		return bytesBody(from.Bytes()), nil
	case interface {
		io.ReaderAt
		io.Seeker
	}:
		if b := seekableBody(from, from, size); b != nil {
			return b, nil
		}
	}
	return streamBody(r, size)
}

// seekableBody reads from the present position to the end, or size bytes. It
// is nil when r turns out not to seek, as a pipe.
func seekableBody(at io.ReaderAt, s io.Seeker, size int64) *body {
	start, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	if size < 0 {
		end, err := s.Seek(0, io.SeekEnd)
		if err != nil {
			return nil
		}
		if _, err := s.Seek(start, io.SeekStart); err != nil {
			return nil
		}
		size = end - start
	}
	b := &body{size: size}
	b.open = func() (io.ReadCloser, error) { return b.lend(io.NewSectionReader(at, start, size)), nil }
	return b
}

// streamBody reads r once. The start is read at once: a short stream becomes
// a body that can be repeated.
func streamBody(r io.Reader, size int64) (*body, error) {
	head := make([]byte, firstRead(size))
	n, err := io.ReadFull(r, head)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		if size >= 0 && int64(n) != size {
			return nil, io.ErrUnexpectedEOF
		}
		return ownBody(head[:n]), nil
	case err != nil:
		return nil, err
	case size == int64(n):
		return ownBody(head), nil
	}
	return &body{size: size, once: io.MultiReader(bytes.NewReader(head), r)}, nil
}

func firstRead(size int64) int64 {
	if size >= 0 && size < smallBody {
		return size
	}
	return smallBody
}

// repeatable reports whether the body can be sent once more: it can be opened
// again, or nothing has been read of it yet. Then nothing will be: a transport
// that still holds it cannot read it any more.
func (b *body) repeatable() bool {
	if b == nil || b.open != nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lent {
		if !l.takeBackUnread() {
			return false
		}
	}
	b.lent = nil
	return true
}

// attach makes b the body of req. An open that fails, fails the request when
// it is read.
func (b *body) attach(req *http.Request) {
	if b == nil {
		return
	}
	req.ContentLength = b.size
	switch {
	case b.size == 0:
		req.Body = http.NoBody
	case b.open == nil:
		req.Body = b.lend(b.once)
	default:
		req.Body = b.openOrFail()
		req.GetBody = b.open
	}
	if b.open == nil || b.size >= expectFrom {
		req.Header["Expect"] = []string{"100-continue"}
	}
}

func (b *body) openOrFail() io.ReadCloser {
	r, err := b.open()
	if err != nil {
		return io.NopCloser(failingReader{err})
	}
	return r
}

func (b *body) lend(r io.Reader) io.ReadCloser {
	l := &loan{r: r}
	b.mu.Lock()
	b.lent = append(b.lent, l)
	b.mu.Unlock()
	return l
}

// end takes back what was lent: the transport may still be reading when a
// server has answered early. A read of a stream in progress is not waited for.
func (b *body) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lent {
		if b.open != nil {
			l.takeBack()
		} else {
			l.takeBackUnread()
		}
	}
	b.lent = nil
}

// loan is a reader that can be taken back.
type loan struct {
	mu   sync.Mutex
	r    io.Reader // guarded by mu; nil once taken back
	read bool      // guarded by mu
}

// Read reads from the reader on loan.
func (l *loan) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.r == nil {
		return 0, errTakenBack
	}
	l.read = true
	return l.r.Read(p)
}

// Close does nothing: the reader is the caller's.
func (l *loan) Close() error { return nil }

// takeBack ends the loan, after a read in progress.
func (l *loan) takeBack() {
	l.mu.Lock()
	l.r = nil
	l.mu.Unlock()
}

// takeBackUnread ends the loan and reports whether nothing was read.
func (l *loan) takeBackUnread() bool {
	if !l.mu.TryLock() {
		return false
	}
	defer l.mu.Unlock()
	l.r = nil
	return !l.read
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }
