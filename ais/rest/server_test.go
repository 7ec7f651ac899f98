package rest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
	"aistore/metrics"
)

// door is a server in memory.
type door struct {
	network *memnet.Network
	metrics *metrics.Registry
}

// open serves h, in a bubble, until the function returned is called.
func open(t testing.TB, h http.Handler, cfg *config.Live[config.Cluster]) (*door, func()) {
	t.Helper()
	d := &door{network: memnet.New(), metrics: metrics.NewRegistry()}
	listener, err := d.network.Listen("node:80")
	check.NoError(t, err)
	server := rest.NewServer(h, rest.ServerOptions{Config: cfg, Metrics: d.metrics.Scope("")})
	var group run.Group
	group.Go(func() { _ = server.Serve(listener) })
	return d, func() {
		check.NoError(t, server.Close())
		group.Wait()
		time.Sleep(time.Second) // net/http's own: half closed connections
	}
}

// client is the other end of one connection.
type client struct {
	t    testing.TB
	conn net.Conn
	read *bufio.Reader
}

func (d *door) dial(t testing.TB) *client {
	t.Helper()
	conn, err := d.network.Dial(t.Context(), "node:80")
	check.NoError(t, err)
	return &client{t: t, conn: conn, read: bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	_, err := io.WriteString(c.conn, text)
	check.NoError(c.t, err)
}

// answer reads one answer whole. The method tells whether it has a body.
func (c *client) answer(method string) (*http.Response, string) {
	c.t.Helper()
	answer, err := http.ReadResponse(c.read, &http.Request{Method: method})
	check.NoError(c.t, err)
	body, err := io.ReadAll(answer.Body)
	check.NoError(c.t, err)
	return answer, string(body)
}

// closed tells whether the server closes the connection without another byte.
func (c *client) closed() bool {
	n, err := io.Copy(io.Discard, c.read)
	return n == 0 && (err == nil || !errors.Is(err, io.ErrUnexpectedEOF))
}

// bodies is a router with a route that reads a body, and one that does not.
func bodies(t testing.TB) http.Handler {
	r := rest.New(rest.Options{})
	r.Handle("PUT /v1/read", access.None, func(w http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return err
		}
		return rest.Text(w, fmt.Sprint(n))
	})
	r.Handle("PUT /v1/leave", access.None, say("left"))
	return handlerOf(t, r, rest.Public)
}

func TestSlowBodyIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		c := d.dial(t)
		start := time.Now()
		c.send("PUT /v1/read HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
		for range 5 {
			c.send("x")
			time.Sleep(11 * time.Second)
		}
		answer, body := c.answer("PUT")
		check.Equal(t, answer.StatusCode, http.StatusServiceUnavailable)
		check.Contains(t, body, "arrives too slowly")
		check.Equal(t, time.Since(start), time.Minute)
		check.Equal(t, c.closed(), true)
	})
}

func TestClientThatGoesAwayIsNoFaultOfOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 1)
		r := rest.New(rest.Options{})
		r.Handle("PUT /v1/read", access.None, func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			got <- err
			return err
		})
		d, done := open(t, handlerOf(t, r, rest.Public), nil)
		defer done()
		for _, framing := range []string{"Content-Length: 100000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"} {
			c := d.dial(t)
			c.send("PUT /v1/read HTTP/1.1\r\nHost: h\r\n" + framing)
			synctest.Wait()
			check.NoError(t, c.conn.Close())
			check.ErrorIs(t, <-got, errs.Canceled)
		}
	})
}

func TestSteadyBodyIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		c := d.dial(t)
		piece := strings.Repeat("x", 256<<10)
		c.send(fmt.Sprintf("PUT /v1/read HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", 4*len(piece)))
		for range 4 {
			time.Sleep(50 * time.Second)
			c.send(piece)
		}
		_, body := c.answer("PUT")
		check.Equal(t, body, fmt.Sprint(4*len(piece)))
	})
}

func TestTimeOfTheServerIsNotTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rest.New(rest.Options{})
		r.Handle("PUT /v1/slow", access.None, func(w http.ResponseWriter, r *http.Request) error {
			buf := make([]byte, 1000)
			for range 5 {
				time.Sleep(10 * time.Minute)
				if _, err := io.ReadFull(r.Body, buf); err != nil {
					return err
				}
			}
			if _, err := r.Body.Read(buf); err != io.EOF {
				return err
			}
			time.Sleep(10 * time.Minute)
			if err := r.Context().Err(); err != nil {
				return err
			}
			if _, err := io.WriteString(w, "half "); err != nil {
				return err
			}
			time.Sleep(10 * time.Minute)
			_, err := io.WriteString(w, "done")
			time.Sleep(10 * time.Minute)
			return err
		})
		d, done := open(t, handlerOf(t, r, rest.Public), nil)
		defer done()
		c := d.dial(t)
		c.send("PUT /v1/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n" + strings.Repeat("x", 5000))
		_, body := c.answer("PUT")
		check.Equal(t, body, "half done")
	})
}

func TestSlowReaderIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 1)
		r := rest.New(rest.Options{})
		r.Handle("GET /v1/much", access.None, func(w http.ResponseWriter, _ *http.Request) error {
			_, err := w.Write(make([]byte, 16<<20))
			failed <- err
			return err
		})
		d, done := open(t, handlerOf(t, r, rest.Public), nil)
		defer done()
		c := d.dial(t)
		start := time.Now()
		c.send("GET /v1/much HTTP/1.1\r\nHost: h\r\n\r\n")
		if err := <-failed; err == nil {
			t.Error("the answer was written though nobody read it")
		}
		check.Equal(t, time.Since(start), time.Minute)
	})
}

func TestSteadyReaderGetsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rest.New(rest.Options{})
		r.Handle("GET /v1/much", access.None, func(w http.ResponseWriter, _ *http.Request) error {
			_, err := w.Write(make([]byte, 8<<20))
			return err
		})
		d, done := open(t, handlerOf(t, r, rest.Public), nil)
		defer done()
		c := d.dial(t)
		c.send("GET /v1/much HTTP/1.0\r\nHost: h\r\n\r\n")
		total := int64(0)
		for {
			time.Sleep(50 * time.Second)
			n, err := io.CopyN(io.Discard, c.read, 1<<20)
			total += n
			if err != nil {
				check.ErrorIs(t, err, io.EOF)
				break
			}
		}
		if total < 8<<20 {
			t.Errorf("got %d bytes", total)
		}
	})
}

func TestUnreadBodyDoesNotHoldTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		for _, length := range []int{100, 1 << 30} {
			c := d.dial(t)
			start := time.Now()
			c.send(fmt.Sprintf("PUT /v1/leave HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", length))
			answer, _ := c.answer("PUT")
			check.Equal(t, answer.StatusCode, http.StatusOK)
			if waited := time.Since(start); waited > 10*time.Second {
				t.Errorf("%d bytes: the answer took %v", length, waited)
			}
			check.Equal(t, c.closed(), true)
		}
	})
}

func TestConnectionServesAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		c := d.dial(t)
		for range 3 {
			c.send("PUT /v1/read HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
			answer, _ := c.answer("PUT")
			check.Equal(t, answer.StatusCode, http.StatusContinue)
			c.send("abc")
			_, body := c.answer("PUT")
			check.Equal(t, body, "3")
			time.Sleep(170 * time.Second) // longer than progress, shorter than idle
		}
		time.Sleep(11 * time.Second)
		check.Equal(t, c.closed(), true)
	})
}

// redirecting is a router that redirects every PUT of an object.
func redirecting(t testing.TB) http.Handler {
	s, r := newSigner(), rest.New(rest.Options{})
	r.Objects(rest.ObjectRoutes{Put: []rest.ObjectVerb{rest.Verb(access.PutObject,
		func(w http.ResponseWriter, r *http.Request, o *rest.ObjectRequest) error {
			return s.Redirect(w, r, rest.Redirection{URL: "http://t", Rights: o.Need})
		})}})
	return handlerOf(t, r, rest.Public)
}

func TestRedirectDoesNotWaitForTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, redirecting(t), nil)
		defer done()
		for name, headers := range map[string]string{
			"first request without body": "Content-Length: 5\r\nConnection: close\r\n",
			"100-continue":               "Content-Length: 5\r\nExpect: 100-continue\r\n",
			"large body":                 "Content-Length: 5000000000\r\n",
			"chunked body":               "Transfer-Encoding: chunked\r\n",
		} {
			c := d.dial(t)
			start := time.Now()
			c.send("PUT /v1/objects/b/o HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n")
			answer, _ := c.answer("PUT")
			if answer.StatusCode != http.StatusTemporaryRedirect || time.Since(start) != 0 {
				t.Errorf("%s: got %d after %v", name, answer.StatusCode, time.Since(start))
			}
			if !answer.Close {
				t.Errorf("%s: the connection stays open", name)
			}
		}
	})
}

func TestConnectionSurvivesARedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, redirecting(t), nil)
		defer done()
		c := d.dial(t)
		for range 3 {
			c.send("PUT /v1/objects/b/o HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n")
			c.send(strings.Repeat("x", 200000))
			answer, _ := c.answer("PUT")
			check.Equal(t, answer.StatusCode, http.StatusTemporaryRedirect)
			check.Equal(t, answer.Close, false)
		}
		c.send("PUT /v1/objects/b/o HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx") // and no more
		start := time.Now()
		answer, _ := c.answer("PUT")
		check.Equal(t, answer.StatusCode, http.StatusTemporaryRedirect)
		check.Equal(t, time.Since(start), 10*time.Second)
		check.Equal(t, c.closed(), true)
	})
}

func TestHijackedConnectionHasNoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken net.Conn
		r := rest.New(rest.Options{})
		r.ControlOpen("POST /v1/upgrade", func(w http.ResponseWriter, r *http.Request) error {
			conn, _, err := http.NewResponseController(w).Hijack()
			taken = conn
			return err
		})
		d, done := open(t, handlerOf(t, r, everything), nil)
		defer done()
		c := d.dial(t)
		c.send("POST /v1/upgrade HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")
		synctest.Wait()
		check.Equal(t, d.metrics.Snapshot()["connections"], int64(0))
		time.Sleep(time.Hour)
		c.send("ping")
		buf := make([]byte, 4)
		_, err := taken.Write([]byte("pong"))
		check.NoError(t, err)
		_, err = io.ReadFull(c.read, buf)
		check.NoError(t, err)
		check.Equal(t, string(buf), "pong")
		check.NoError(t, taken.Close())
	})
}

func TestOpenConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), limited(func(c *config.Cluster) { c.Limits.Connections = 2 }))
		defer done()
		first, second := d.dial(t), d.dial(t)
		synctest.Wait()
		check.Equal(t, d.dial(t).closed(), true)
		check.Equal(t, d.metrics.Snapshot()["connections_refused_total"], int64(1))
		check.NoError(t, first.conn.Close())
		synctest.Wait()
		check.Equal(t, d.metrics.Snapshot()["connections"], int64(1))
		for _, c := range []*client{second, d.dial(t)} {
			c.send("PUT /v1/leave HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
			_, body := c.answer("PUT")
			check.Equal(t, body, "left")
		}
	})
}

func TestHeadersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		for request, want := range map[string]int{
			"GET /v1/" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n":               http.StatusNotFound,
			"GET /v1/objects/b/" + strings.Repeat("a", 80<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n":     http.StatusRequestHeaderFieldsTooLarge,
			"GET /v1/x HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", 80<<10) + "\r\n\r\n":       http.StatusRequestHeaderFieldsTooLarge,
			"GET /v1/x HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: y\r\n", 20000) + "\r\n":        http.StatusRequestHeaderFieldsTooLarge,
			"GET /v1/%zz HTTP/1.1\r\nHost: h\r\n\r\n":                                               http.StatusBadRequest,
			"GET /v1/\x01 HTTP/1.1\r\nHost: h\r\n\r\n":                                              http.StatusBadRequest,
			"GET v1/x HTTP/1.1\r\nHost: h\r\n\r\n":                                                  http.StatusBadRequest,
			"GET /v1/x\r\n\r\n":                                                                     http.StatusBadRequest,
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":                                                      http.StatusNotFound,
			"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n":                                              http.StatusNotFound,
			"GET http://h/v1/nothing HTTP/1.1\r\nHost: h\r\n\r\n":                                   http.StatusNotFound,
			"GET * HTTP/1.1\r\nHost: h\r\n\r\n":                                                     http.StatusNotFound,
			"PUT /v1/read HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc": http.StatusBadRequest,
			"PUT /v1/read HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc":       http.StatusBadRequest,
		} {
			c := d.dial(t)
			// The server may have answered and closed before all is sent.
			var group run.Group
			group.Go(func() { _, _ = io.WriteString(c.conn, request) })
			answer, _ := c.answer("GET")
			if answer.StatusCode != want {
				t.Errorf("%.60q: got %d, want %d", request, answer.StatusCode, want)
			}
			check.NoError(t, c.conn.Close())
			group.Wait()
		}
	})
}

func TestHeadersMustArriveInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := open(t, bodies(t), nil)
		defer done()
		c := d.dial(t)
		start := time.Now()
		c.send("GET /v1/x HTTP/1.1\r\nHost")
		_, _ = io.Copy(io.Discard, c.read)
		check.Equal(t, time.Since(start), 30*time.Second)
	})
}
