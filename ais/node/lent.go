package node

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// lentBody is the body of a request while it is lent to net/http's client, which
// reads it in a goroutine of its own, and maybe beyond its answer: until it is taken
// back, which its owner does before it touches the request again.
type lentBody struct {
	inner io.Reader
	left  atomic.Int64 // bytes that are to come, below 0 is unknown

	mu    sync.Mutex // held by a Read
	ended bool       // guarded by mu; all of it has been read
	back  bool       // guarded by mu
}

// lend returns the body of r for another goroutine.
func lend(r *http.Request) *lentBody {
	b := &lentBody{inner: r.Body}
	b.left.Store(r.ContentLength)
	return b
}

// Read is io.Reader.Read. Errors: http.ErrBodyReadAfterClose (it was taken back), and
// those of the body.
func (b *lentBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.back && (b.ended || b.left.Load() == 0):
		return 0, io.EOF
	case b.back:
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.inner.Read(p)
	b.ended = errors.Is(err, io.EOF)
	if left := b.left.Load(); left > 0 {
		b.left.Store(left - int64(n))
	}
	return n, err
}

// takeBack returns when nobody reads any more. A Read that waits for the client is cut
// off, as the rest is not wanted: not one that only meets the end, since the server
// has begun to listen for the client's next request then. A nil body is nobody's.
func (b *lentBody) takeBack() {
	if b == nil {
		return
	}
	if !b.mu.TryLock() {
		if body, ok := b.inner.(interface{ Cut() }); ok && b.left.Load() != 0 {
			body.Cut()
		}
		b.mu.Lock()
	}
	b.back = true
	b.mu.Unlock()
}
