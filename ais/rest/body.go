package rest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"aistore/errs"
)

// minReceived is how many bytes of a body a client must send per progress
// window. Time that the server spends between two reads does not count.
const minReceived = 256 << 10

// readDeadliner is what net/http's response writer can do besides writing.
type readDeadliner interface{ SetReadDeadline(time.Time) error }

// body is the body of a request, counted, and cut off when the client sends too
// slowly.
type body struct {
	inner    io.ReadCloser
	deadline readDeadliner // nil: no cutting off of slow clients
	stop     readDeadliner // nil: Cut has no effect
	cut      atomic.Bool   // nobody wants the rest of it
	window   time.Duration
	waited   time.Duration // in reads since the last minReceived bytes
	got      int64         // bytes since then
	received int64         // bytes in all
	ended    bool          // all of it has been read, or cannot be
}

// drainTime is how long a client may take to send what nobody reads.
const drainTime = 10 * time.Second

// Cut makes a Read that waits for the client return, and all later ones fail: the
// rest of the body is not wanted. It may be called by any goroutine.
func (b *body) Cut() {
	b.cut.Store(true)
	b.interrupt()
}

func (b *body) interrupt() {
	if b.stop != nil {
		_ = b.stop.SetReadDeadline(time.Unix(1, 0))
	}
}

// limitDrain bounds the time for which net/http waits for the rest of a body
// before it sends the answer. Reading on lifts it.
func (b *body) limitDrain() {
	if b.inner != nil && b.deadline != nil && !b.ended {
		_ = b.deadline.SetReadDeadline(time.Now().Add(drainTime))
	}
}

// Read reads on. Errors: Unavailable (too slow), Canceled (the client has gone),
// Invalid (malformed).
func (b *body) Read(p []byte) (int, error) {
	if b.deadline == nil {
		if b.cut.Load() {
			return 0, broken(os.ErrDeadlineExceeded)
		}
		n, err := b.inner.Read(p)
		b.received += int64(n)
		b.ended = err != nil
		return n, broken(err)
	}
	start := time.Now()
	_ = b.deadline.SetReadDeadline(start.Add(b.window - b.waited))
	if b.cut.Load() {
		b.interrupt() // Cut came before the line above
	}
	n, err := b.inner.Read(p)
	b.received += int64(n)
	b.got += int64(n)
	b.waited += time.Since(start)
	if b.got >= minReceived {
		b.got, b.waited = 0, 0
	}
	if err == nil {
		return n, nil
	}
	b.ended = true
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		// From here net/http itself reads, to learn that the client has gone.
		_ = b.deadline.SetReadDeadline(time.Time{})
	}
	return n, broken(err)
}

// Close closes the body.
func (b *body) Close() error { return b.inner.Close() }

// broken says whose fault it is that a body could not be read to its end.
func broken(err error) error {
	const op = "rest.Body"
	var network net.Error
	switch {
	case err == nil || err == io.EOF || errors.Is(err, http.ErrBodyReadAfterClose):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		slow := errs.E(op, "", errs.Unavailable, err)
		slow.Public = "the request body arrives too slowly"
		return slow
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.Is(err, syscall.ECONNRESET):
		return errs.E(op, "", errs.Canceled, err)
	}
	return errs.E(op, "", errs.Invalid, err)
}
