package node_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/internal/check"
)

// relayed is a node that passes all on to another, which counts its connections.
type relayed struct {
	url   string // of the node
	other *httptest.Server
	conns atomic.Int64
}

func relay(t *testing.T, answer http.HandlerFunc) *relayed {
	t.Helper()
	p, _ := peers(t)
	t.Cleanup(p.Close)
	r := &relayed{other: httptest.NewUnstartedServer(answer)}
	r.other.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			r.conns.Add(1)
		}
	}
	r.other.Start()
	t.Cleanup(r.other.Close)
	r.url = serve(t, func(w http.ResponseWriter, q *http.Request) {
		if err := p.Pass(w, q, at(r.other.URL), nil, nil); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
	return r
}

// get reads what the node answers to a GET.
func (r *relayed) get(ctx context.Context, path string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// TestPassCarriesAnswers passes answers of all lengths, known and not, one after the
// other over one connection.
func TestPassCarriesAnswers(t *testing.T) {
	t.Parallel()
	r := relay(t, func(w http.ResponseWriter, q *http.Request) {
		var size, status int
		kind := ""
		_, err := fmt.Sscanf(q.URL.Path, "/%s", &kind)
		check.NoError(t, err)
		_, err = fmt.Sscanf(strings.ReplaceAll(kind, "-", " "), "%d %d %s", &status, &size, &kind)
		check.NoError(t, err)
		if kind == "known" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		w.WriteHeader(http.StatusContinue)
		w.WriteHeader(status)
		for size > 0 {
			n, err := w.Write(bytes.Repeat([]byte("x"), min(size, 100_000)))
			check.NoError(t, err)
			size -= n
			if kind == "chunked" {
				check.NoError(t, http.NewResponseController(w).Flush())
			}
		}
	})
	for _, status := range []int{200, 206, 404} {
		for _, size := range []int{0, 1, 4000, 5000, 3 << 20, 5<<20 + 1} {
			for _, kind := range []string{"known", "chunked"} {
				got, body, err := r.get(t.Context(), fmt.Sprintf("/%d-%d-%s", status, size, kind))
				check.NoError(t, err)
				check.Equal(t, got, status)
				check.Equal(t, len(body), size)
			}
		}
	}
	got, _, err := r.get(t.Context(), "/304-0-none")
	check.NoError(t, err)
	check.Equal(t, got, 304)
	check.Equal(t, r.conns.Load(), 1)
}

// TestPassFindsItsConnectionClosed has the other node close what is kept.
func TestPassFindsItsConnectionClosed(t *testing.T) {
	t.Parallel()
	r := relay(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "content") })
	for i := range 3 {
		_, body, err := r.get(t.Context(), "/o")
		check.NoError(t, err)
		check.Equal(t, string(body), "content")
		check.Equal(t, r.conns.Load(), int64(i+1))
		r.other.CloseClientConnections()
	}
}

// TestPassEndsWithEitherSide breaks off answers at the other node, and then at the
// client.
func TestPassEndsWithEitherSide(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"1000000", "8000000"} {
		t.Run(length, func(t *testing.T) { passEndsWithEitherSide(t, length) })
	}
}

func passEndsWithEitherSide(t *testing.T, length string) {
	begun, ended := make(chan struct{}, 1), make(chan struct{})
	r := relay(t, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(make([]byte, 500_000))
		if q.URL.Path == "/short" {
			panic(http.ErrAbortHandler)
		}
		check.NoError(t, http.NewResponseController(w).Flush())
		begun <- struct{}{}
		<-q.Context().Done()
		close(ended)
	})
	_, body, err := r.get(t.Context(), "/short")
	check.Equal(t, err != nil, true)
	check.Equal(t, len(body) < 1_000_000, true)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, _, err := r.get(ctx, "/long")
		failed <- err
	}()
	<-begun
	cancel()
	check.ErrorIs(t, <-failed, context.Canceled)
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the other node was not told that the client has gone")
	}
}

// TestPassToNobody passes a request on to where nobody listens.
func TestPassToNobody(t *testing.T) {
	t.Parallel()
	r := relay(t, func(http.ResponseWriter, *http.Request) {})
	r.other.Close()
	_, _, err := r.get(t.Context(), "/o")
	check.Equal(t, err != nil, true)
}
