package node_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"aistore/internal/check"
)

// stalled is the body of a client that sends some and then waits for the answer.
type stalled struct {
	some    atomic.Int64
	cut     chan struct{}
	reading atomic.Int32
}

func (s *stalled) Read(p []byte) (int, error) {
	s.reading.Add(1)
	defer s.reading.Add(-1)
	if s.some.Add(-1) >= 0 {
		return len(p), nil
	}
	<-s.cut
	return 0, errors.New("cut off")
}

func (s *stalled) Close() error { return nil }

func (s *stalled) Cut() { close(s.cut) }

// watchedAnswer is an answer that looks whether its request's body is still being read.
type watchedAnswer struct {
	*httptest.ResponseRecorder
	body  *stalled
	early atomic.Bool
}

func (a *watchedAnswer) WriteHeader(status int) {
	a.early.Store(a.body.reading.Load() > 0)
	a.ResponseRecorder.WriteHeader(status)
}

// TestAnAnswerBeforeTheBodyEndsTheBody passes a request on that is refused before its
// body has come: nobody reads the body any more once it is answered.
func TestAnAnswerBeforeTheBodyEndsTheBody(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	refuses := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadFull(r.Body, make([]byte, 10))
		check.NoError(t, err)
		w.WriteHeader(http.StatusForbidden)
	})
	body := &stalled{cut: make(chan struct{})}
	body.some.Store(2)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/s3/b/o", nil)
	r.Body, r.ContentLength = body, 1<<40
	w := &watchedAnswer{ResponseRecorder: httptest.NewRecorder(), body: body}
	check.NoError(t, p.Pass(w, r, at(refuses), nil, nil))
	check.Equal(t, w.Code, http.StatusForbidden)
	check.Equal(t, w.early.Load(), false)
	check.Equal(t, body.reading.Load(), int32(0))
}
