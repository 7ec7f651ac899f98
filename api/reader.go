package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"aistore/errs"
	"aistore/internal/checksum"
)

// Reader reads one object, or a part of it. It is for one goroutine at a
// time. Close it, also after an error.
//
// When its connection breaks it goes on with a ranged request, if the server
// has told a checksum by which to know the object again.
type Reader struct {
	Object Object // what the server said; of the whole object, also when a part is read

	call    *call
	buffers *bufferPool
	body    io.ReadCloser
	offset  int64            // in the object, of the next byte
	left    int64            // bytes to come; -1 when not known
	want    checksum.Sum     // zero when not to be compared
	hasher  *checksum.Hasher // nil likewise
	err     error            // what Read returns from now on

	resume    func() (*http.Response, error)
	pause     func(breaks int) bool // waits before that attempt to resume
	breaks    int                   // of the connection, since bytes came
	maxBreaks int
}

// verify makes r compare the checksum of what it reads.
func (r *Reader) verify(want checksum.Sum) {
	if want.IsZero() {
		return
	}
	r.want, r.hasher = want, checksum.Get(want.Kind)
	if r.left < 0 {
		r.body = verified{checksum.NewVerifier(r.body, want), r.body}
		r.release()
	}
}

// Len returns how many bytes are still to come, -1 when that is not known.
func (r *Reader) Len() int64 { return r.left }

// Verified reports whether everything was read and its checksum matched.
func (r *Reader) Verified() bool { return r.err == io.EOF && !r.want.IsZero() }

// Read reads up to len(p) bytes. The bytes that would complete an object are
// not given out when its checksum does not match.
// Errors: io.EOF, Corrupt, Conflict, Unavailable, Canceled; see Client.Get.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, r.finish()
	}
	if len(p) == 0 {
		return 0, nil
	}
	for r.err == nil {
		n, err := r.body.Read(p)
		if n > 0 {
			return r.took(p[:n], err)
		}
		if err != nil {
			r.broken(err)
		}
	}
	return 0, r.err
}

// took accounts for bytes that were read, and for the error that came with
// them.
func (r *Reader) took(p []byte, err error) (int, error) {
	r.breaks = 0
	r.offset += int64(len(p))
	if r.hasher != nil {
		_, _ = r.hasher.Write(p) // never fails
	}
	if r.left < 0 {
		if err != nil {
			r.broken(err)
		}
		return len(p), nil
	}
	if r.left -= int64(len(p)); r.left > 0 {
		return len(p), nil // an error comes again with the next Read
	}
	if r.finish() != io.EOF {
		return 0, r.err
	}
	return len(p), nil
}

// finish compares the checksum once all bytes are there. It returns io.EOF
// when they match, nil when some are missing.
func (r *Reader) finish() error {
	if r.err != nil || r.left != 0 {
		return r.err
	}
	r.err = io.EOF
	if r.hasher != nil {
		if got := r.hasher.Sum(); !got.Equal(r.want) {
			r.err = r.call.wrap(checksum.Mismatch(r.call.subject, r.want, got))
		}
		r.release()
	}
	return r.err
}

// broken handles an error of the connection: the end when the length was not
// known, else a break to mend.
func (r *Reader) broken(err error) {
	if r.left < 0 {
		r.err = r.readError(err)
		return
	}
	if r.Object.Checksum.IsZero() || r.breaks >= r.maxBreaks || endedByCaller(err) {
		r.err = r.readError(err)
		return
	}
	if r.breaks++; r.breaks > 1 && !r.pause(r.breaks) {
		r.err = r.readError(err)
		return
	}
	_ = r.body.Close()
	resp, failed := r.resume()
	if failed != nil {
		r.body, r.err = http.NoBody, failed
		return
	}
	r.body = resp.Body
}

func endedByCaller(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, http.ErrBodyReadAfterClose)
}

// readError gives an error of the connection its kind.
func (r *Reader) readError(err error) error {
	switch {
	case err == io.EOF && r.left < 0:
		return io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	if errs.KindOf(err) != errs.Internal {
		return r.call.wrap(err)
	}
	return r.call.wrap(errs.E("read", "", errs.Unavailable, err))
}

// WriteTo writes what is left to w, for io.Copy.
// Errors: those of Read, and what w returns.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	buf := r.buffers.get()
	defer r.buffers.put(buf)
	var written int64
	for {
		n, err := r.Read(*buf)
		if n > 0 {
			m, werr := w.Write((*buf)[:n])
			written += int64(m)
			if werr != nil {
				return written, werr
			}
		}
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}

// Close ends the reading. The connection is used again if everything was
// read. Close never fails.
func (r *Reader) Close() error {
	r.release()
	if r.err == nil {
		r.err = r.call.wrap(errs.E("read", "", errs.Canceled, http.ErrBodyReadAfterClose))
	}
	_ = r.body.Close()
	return nil
}

func (r *Reader) release() {
	checksum.Put(r.hasher)
	r.hasher = nil
}

// verified is a verifying reader with the Close of what it reads from.
type verified struct {
	io.Reader
	io.Closer
}

// bufferPool holds buffers for copying.
type bufferPool struct{ pool sync.Pool }

const copyBuffer = 128 << 10

func (b *bufferPool) get() *[]byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return buf
	}
	buf := make([]byte, copyBuffer)
	return &buf
}

func (b *bufferPool) put(buf *[]byte) { b.pool.Put(buf) }
