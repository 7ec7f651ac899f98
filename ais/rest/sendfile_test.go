package rest_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/internal/check"
)

// spyListener hands out connections that see what net/http copies into them.
type spyListener struct {
	net.Listener
	files *atomic.Int64 // bytes that came straight from files
}

func (l spyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return spyConn{conn.(*net.TCPConn), l.files}, nil
}

type spyConn struct {
	*net.TCPConn
	files *atomic.Int64
}

// ReadFrom counts what net could send with sendfile: a file under one limit.
func (c spyConn) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(src)
	if limited, ok := src.(*io.LimitedReader); ok {
		if _, ok := limited.R.(syscall.Conn); ok {
			c.files.Add(n)
		}
	}
	return n, err
}

func TestSendfileSurvives(t *testing.T) {
	t.Parallel()
	const size = 5<<20 + 12345
	path := filepath.Join(t.TempDir(), "object")
	check.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
	for name, wrap := range map[string]func(*os.File) io.Reader{
		"whole file":    func(f *os.File) io.Reader { return f },
		"limited":       func(f *os.File) io.Reader { return io.LimitReader(f, size) },
		"limited short": func(f *os.File) io.Reader { return io.LimitReader(f, size-1000) },
	} {
		r := rest.New(rest.Options{})
		r.Objects(rest.ObjectRoutes{Get: []rest.ObjectVerb{rest.Verb(access.GetObject,
			func(w http.ResponseWriter, _ *http.Request, o *rest.ObjectRequest) error {
				f, err := os.Open(path)
				if err != nil {
					return err
				}
				defer f.Close()
				length := size
				if name == "limited short" {
					length -= 1000
				}
				w.Header().Set("Content-Length", strconv.Itoa(length))
				n, err := io.Copy(w, wrap(f))
				if n != int64(length) {
					t.Errorf("%s: copied %d", name, n)
				}
				return err
			})}})
		files := new(atomic.Int64)
		server := httptest.NewUnstartedServer(handlerOf(t, r, rest.Public))
		server.Listener = spyListener{server.Listener, files}
		server.Start()
		answer, err := server.Client().Get(server.URL + "/v1/objects/b/o")
		check.NoError(t, err)
		got, err := io.Copy(io.Discard, answer.Body)
		check.NoError(t, err)
		check.Equal(t, got, answer.ContentLength)
		check.NoError(t, answer.Body.Close())
		server.Close()
		// net/http copies the first 512 bytes itself.
		check.Equal(t, files.Load(), got-512)
	}
}

func TestAnswerTakesAnyReader(t *testing.T) {
	t.Parallel()
	r := rest.New(rest.Options{})
	r.Handle("GET /v1/x", access.None, func(w http.ResponseWriter, _ *http.Request) error {
		limited := &io.LimitedReader{R: zeros{}, N: 3 << 20}
		n, err := io.Copy(w, limited)
		check.Equal(t, n, int64(3<<20))
		check.Equal(t, limited.N, int64(0))
		return err
	})
	check.Equal(t, serve(handlerOf(t, r, rest.Public), newRequest("GET", "/v1/x", "")).Body.Len(), 3<<20)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
