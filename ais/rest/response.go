package rest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// maxUnwatched is how many bytes of an answer are written before the deadline
// moves on: a client must take as many per progress window. It is the chunk of
// sendfile, large enough to cost nothing.
const maxUnwatched = 1 << 20

// Bounds of the pieces in which a file is sent: they grow while a client takes
// one in less than a part of its window.
const (
	maxStep   = 4 << 20
	fastShare = 64
)

// writeDeadliner is what net/http's response writer can do besides writing.
type writeDeadliner interface{ SetWriteDeadline(time.Time) error }

// response is the answer to a request: it knows whether it has begun, counts,
// and gives up on clients that do not take it. A plain file copied into it
// still goes out by sendfile.
type response struct {
	http.ResponseWriter
	call      *call
	jsonBytes int64 // bound of a JSON body

	from     io.ReaderFrom  // nil: the inner writer is none
	deadline writeDeadliner // nil: no giving up
	window   time.Duration
	armed    time.Time // when the deadline was last set
	chunk    io.LimitedReader
	status   int // 0 until the answer has begun
	sent     int64
}

func (r *response) wrap(w http.ResponseWriter, window time.Duration, now time.Time) {
	r.ResponseWriter, r.window = w, window
	r.from, _ = w.(io.ReaderFrom)
	if window > 0 {
		r.deadline, _ = w.(writeDeadliner)
	}
	r.arm(now)
}

// Unwrap lets http.ResponseController find the inner writer.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader begins the answer, unless status is informational.
func (r *response) WriteHeader(status int) {
	if status >= http.StatusOK {
		r.begin(status)
	}
	r.ResponseWriter.WriteHeader(status)
}

// Hijack hands the connection over, without any deadline.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.status = http.StatusSwitchingProtocols
		r.deadline, r.call.body.deadline = nil, nil
	}
	return conn, buffered, err
}

// Write writes p in pieces that a client takes within the window.
func (r *response) Write(p []byte) (n int, err error) {
	r.begin(http.StatusOK)
	r.renew()
	for len(p) > maxUnwatched && err == nil {
		var m int
		m, err = r.ResponseWriter.Write(p[:maxUnwatched])
		n, p = n+m, p[m:]
		r.arm(time.Now())
	}
	if err == nil {
		var m int
		m, err = r.ResponseWriter.Write(p)
		n += m
	}
	r.sent += int64(n)
	return n, err
}

// ReadFrom writes what src holds. It is what io.Copy calls.
func (r *response) ReadFrom(src io.Reader) (n int64, err error) {
	if r.from == nil {
		return io.Copy(onlyWriter{r}, src)
	}
	r.begin(http.StatusOK)
	left := int64(-1)
	if limited, ok := src.(*io.LimitedReader); ok {
		// net knows files under one limit, not under two.
		src, left = limited.R, limited.N
		defer func() { limited.N -= n }()
	}
	step := int64(maxUnwatched)
	for left != 0 {
		want := step
		if left > 0 {
			want = min(want, left)
		}
		now := time.Now()
		if n > 0 && now.Sub(r.armed) < r.window/fastShare {
			step = min(2*step, maxStep) // this client takes far more than it must
		}
		r.chunk = io.LimitedReader{R: src, N: want}
		r.arm(now)
		m, err := r.from.ReadFrom(&r.chunk)
		n += m
		r.sent += m
		if err != nil || m < want {
			return n, err
		}
		if left > 0 {
			left -= m
		}
	}
	return n, nil
}

// onlyWriter hides all but Write.
type onlyWriter struct{ io.Writer }

func (r *response) begin(status int) {
	if r.status == 0 {
		r.status = status
		r.call.body.limitDrain()
	}
}

// renew moves the deadline on when enough time has passed to matter.
func (r *response) renew() {
	if now := time.Now(); now.Sub(r.armed) > r.window/8 {
		r.arm(now)
	}
}

// arm gives the client one window from now on.
func (r *response) arm(now time.Time) {
	if r.deadline != nil {
		r.armed = now
		_ = r.deadline.SetWriteDeadline(now.Add(r.window))
	}
}
