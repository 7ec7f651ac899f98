package load_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/bench/load"
	"aistore/errs"
	"aistore/internal/check"
)

// echo answers GET /n with n bytes, PUT with the number of bytes it got.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, strconv.FormatInt(n, 10))
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(n))
	if r.Method != http.MethodHead {
		_, _ = w.Write(bytes.Repeat([]byte("x"), n))
	}
}

func address(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	check.NoError(t, err)
	return at.Host
}

func TestClientReadsWholeAnswers(t *testing.T) {
	at := address(t, echo)
	client := load.NewClient()
	defer client.Close()
	for _, row := range []struct {
		method, target string
		body           []byte
		want           load.Response
		text           string
	}{
		{"GET", "/0", nil, load.Response{Status: 200}, ""},
		{"GET", "/5", nil, load.Response{Status: 200, Bytes: 5}, "xxxxx"},
		{"GET", "/1000000", nil, load.Response{Status: 200, Bytes: 1000000}, strings.Repeat("x", 1000000)},
		{"HEAD", "/1000000", nil, load.Response{Status: 200}, ""},
		{"GET", "/no", nil, load.Response{Status: 404, Bytes: 19}, "404 page not found\n"},
		{"PUT", "/", []byte("abc"), load.Response{Status: 200, Bytes: 1}, "3"},
		{"PUT", "/", make([]byte, 3<<20), load.Response{Status: 200, Bytes: 7}, "3145728"},
	} {
		t.Run(row.method+row.target, func(t *testing.T) {
			var body bytes.Buffer
			got, err := client.Read(t.Context(), load.Request{Method: row.method, Address: at, Target: row.target, Body: row.body}, &body)
			check.NoError(t, err)
			check.Equal(t, got, row.want)
			check.Equal(t, body.String(), row.text)
		})
	}
}

func TestClientFollowsRedirects(t *testing.T) {
	at := address(t, echo)
	var asked atomic.Int64
	proxy := address(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "" {
			asked.Add(1) // the body is held back
		}
		http.Redirect(w, r, "http://"+at+r.URL.Path, http.StatusTemporaryRedirect)
	})
	client := load.NewClient()
	defer client.Close()
	large := make([]byte, 1<<20)
	for _, r := range []load.Request{
		{Method: "GET", Target: "/7"},
		{Method: "PUT", Target: "/", Body: make([]byte, 9)},
		{Method: "PUT", Target: "/", Body: large},
		{Method: "PUT", Target: "/", Body: large},
	} {
		r.Address, r.Follow = proxy, true
		got, err := client.Do(t.Context(), r)
		check.NoError(t, err)
		check.Equal(t, got.Status, 200)
	}
	check.Equal(t, asked.Load(), 2)
}

func TestClientRefusesWhatIsNotHTTP(t *testing.T) {
	at := address(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "hello\r\n\r\n")
	})
	client := load.NewClient()
	defer client.Close()
	_, err := client.Do(t.Context(), load.Request{Method: "GET", Address: at, Target: "/"})
	check.ErrorIs(t, err, errs.Invalid)
}
