package tests

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// dialog is a connection on which a test says what it likes.
type dialog struct {
	t *testing.T
	net.Conn
	reader *bufio.Reader
}

// talk opens a connection to a node. It is closed at the end.
func talk(t *testing.T, c *aistest.Cluster, to string) *dialog {
	t.Helper()
	at, err := url.Parse(to)
	check.NoError(t, err)
	conn, err := c.Dial(t.Context(), "tcp", at.Host)
	check.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &dialog{t: t, Conn: conn, reader: bufio.NewReader(conn)}
}

func (d *dialog) say(text string) {
	d.t.Helper()
	_, err := io.WriteString(d.Conn, text)
	check.NoError(d.t, err)
}

// hear reads an answer.
func (d *dialog) hear(method string) answer {
	d.t.Helper()
	response, err := http.ReadResponse(d.reader, &http.Request{Method: method})
	check.NoError(d.t, err)
	a, err := read(response)
	check.NoError(d.t, err)
	return a
}

// ended waits until the node closes the connection without another word.
func (d *dialog) ended() {
	d.t.Helper()
	rest, err := io.ReadAll(d.reader)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		d.t.Fatalf("%q, then %v", rest, err)
	}
	check.Equal(d.t, string(rest), "")
}

// putHeader is the header of a PUT whose body is to come.
func putHeader(b wire.Bucket, name string, length int) string {
	return fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", objectPath(b, name), length)
}

// quiet waits until no request is in flight and no work file is left.
func quiet(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	t.Helper()
	c.Await("work files to go", func() error {
		if left := c.Leftovers(b, fs.Work); len(left) > 0 {
			return fmt.Errorf("left: %v", left)
		}
		return nil
	})
}

func TestClientStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 1000)
	target := c.Target(0).URL()
	data := string(payload("o", 2, 1<<20))
	for name, stop := range map[string]func(t *testing.T, d *dialog){
		"closes": func(_ *testing.T, d *dialog) { d.Close() },
		"resets": func(t *testing.T, d *dialog) {
			if tcp, ok := d.Conn.(interface{ SetLinger(int) error }); ok {
				check.NoError(t, tcp.SetLinger(0))
			}
			d.Close()
		},
		"ends its half": func(t *testing.T, d *dialog) {
			check.NoError(t, d.Conn.(interface{ CloseWrite() error }).CloseWrite())
			a := d.hear(http.MethodPut)
			check.Equal(t, a.status, errs.StatusCanceled) // only such a client ever sees it
			check.Contains(t, a.fault(t).Message, "unexpected EOF")
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, header := range []string{
				putHeader(b, "o", len(data)),
				fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", objectPath(b, "o"), len(data)),
			} {
				for _, sent := range []int{0, 1, 1000, len(data) - 1} {
					d := talk(t, c, target)
					d.say(header + data[:sent])
					stop(t, d)
				}
			}
			quiet(t, c, b)
			check.Equal(t, get(t, c, b, "o"), 1)
		})
	}
	// A reader that goes away holds up nobody.
	put(t, c, b, "large", 1, 8<<20)
	for range 5 {
		d := talk(t, c, target)
		d.say("GET " + objectPath(b, "large") + " HTTP/1.1\r\nHost: x\r\n\r\n")
		_, err := d.reader.ReadString('\n')
		check.NoError(t, err)
		d.Close()
	}
	put(t, c, b, "large", 2, 8<<20)
	check.Equal(t, get(t, c, b, "large"), 2)
}

// TestSlowClients has clients that stop to send or to take, for longer than the
// node is patient.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 1000)
		put(t, c, b, "large", 1, 32<<20)
		target := c.Target(0).URL()
		limits := config.DefaultTimeout()

		body := talk(t, c, target)
		body.say(putHeader(b, "o", 1000) + strings.Repeat("x", 999))
		began := time.Now()
		a := body.hear(http.MethodPut)
		check.Equal(t, a.status, http.StatusServiceUnavailable)
		check.Equal(t, a.fault(t).Message, "the request body arrives too slowly")
		check.Equal(t, a.header.Get("Retry-After"), "1")
		within(t, time.Since(began), time.Duration(limits.Object))
		body.ended()
		check.Equal(t, get(t, c, b, "o"), 1)
		quiet(t, c, b)

		header := talk(t, c, target)
		header.say("GET /v1/health HTTP/1.1\r\nHo")
		began = time.Now()
		check.Equal(t, header.hear(http.MethodGet).status, http.StatusBadRequest)
		header.ended()
		within(t, time.Since(began), time.Duration(limits.Header))

		idle := talk(t, c, target)
		idle.say("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
		check.Equal(t, idle.hear(http.MethodGet).status, http.StatusOK)
		began = time.Now()
		idle.ended()
		within(t, time.Since(began), time.Duration(limits.IdleClient))

		// One that reads nothing is cut off, and cannot take the part for the whole.
		reader := talk(t, c, target)
		reader.say("GET " + objectPath(b, "large") + " HTTP/1.1\r\nHost: x\r\n\r\n")
		time.Sleep(2 * time.Duration(limits.Object))
		response, err := http.ReadResponse(reader.reader, nil)
		check.NoError(t, err)
		n, err := io.Copy(io.Discard, response.Body)
		check.Equal(t, err != nil && n < 32<<20, true)

		// One that sends and takes slowly all the time is served.
		slow := talk(t, c, target)
		data := payload("slow", 1, 3<<20)
		slow.say(putHeader(b, "slow", len(data)))
		for len(data) > 0 {
			n := min(len(data), 300<<10)
			slow.say(string(data[:n]))
			data = data[n:]
			time.Sleep(time.Duration(limits.Object) / 2)
		}
		check.Equal(t, slow.hear(http.MethodPut).status, http.StatusOK)
		check.Equal(t, get(t, c, b, "slow"), 1)
	})
}

// within stops the test unless a time is about the one wanted.
func within(t *testing.T, got, want time.Duration) {
	t.Helper()
	if got < want/2 || got > 2*want {
		t.Fatalf("after %v, not %v", got, want)
	}
}

func TestIdleConnections(t *testing.T) {
	t.Parallel()
	const connections = 2000
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 1000)
	for i := range connections {
		d := talk(t, c, []string{c.URL(), c.Target(0).URL()}[i%2])
		if i%4 < 2 { // one that was used before
			d.say("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
			check.Equal(t, d.hear(http.MethodGet).status, http.StatusOK)
		}
	}
	for i := range 20 {
		put(t, c, b, "o", uint64(2+i), 1000)
		check.Equal(t, get(t, c, b, "o"), uint64(2+i))
	}
	other := c.NewBucket(nil)
	check.Equal(t, list(t, c, other, api.ListOptions{}), nil)
}

func TestMoreThanAllowed(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Configure: func(f *config.File) {
		f.Limits.Connections, f.Limits.Requests = 32, 4
	}})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 1000)
	target := c.Target(0).URL()

	// Requests in flight: more are refused, and told when to come again.
	var busy []*dialog
	begin := func() {
		d := talk(t, c, target)
		d.say(putHeader(b, "o", 1000) + "x")
		busy = append(busy, d)
	}
	for range 4 {
		begin()
	}
	c.Await("the node to be busy", func() error {
		a, err := ask(t.Context(), c, target+objectPath(b, "o"), request{})
		if err != nil {
			return err
		}
		if a.status == http.StatusOK {
			begin() // the question may have taken the place of one of them, which was refused
			return errors.New("one more is served")
		}
		check.Equal(t, a.status, http.StatusServiceUnavailable)
		check.Equal(t, a.fault(t).Message, "too many requests in flight")
		check.Equal(t, a.header.Get("Retry-After"), "1")
		return nil
	})
	check.Equal(t, send(t, c, target+"/v1/health", request{}).status, http.StatusOK)
	for _, d := range busy {
		d.Close()
	}
	check.Equal(t, get(t, c, b, "o"), 1)

	// Connections: more are closed unanswered, those that are there go on.
	var open []*dialog
	for range 100 {
		open = append(open, talk(t, c, target))
	}
	answered := 0
	for _, d := range open {
		if _, err := io.WriteString(d.Conn, "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			continue
		}
		if response, err := http.ReadResponse(d.reader, nil); err == nil {
			response.Body.Close()
			answered++
		}
	}
	if answered < 20 || answered > 32 {
		t.Fatalf("%d connections are served", answered)
	}
	for _, d := range open {
		d.Close()
	}
	c.Await("room for clients", func() error {
		_, _, err := c.Client().GetBytes(t.Context(), b, "o", nil, api.GetOptions{})
		return err
	})
}

// TestGracefulStop stops nodes that have requests in flight.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "large", 1, 16<<20)
	target := c.Target(0)

	writing := talk(t, c, target.URL())
	data := string(payload("written", 1, 100<<10))
	writing.say(putHeader(b, "written", len(data)) + data[:1000])
	client := c.NewClient(api.Options{})
	defer client.Close()
	reading, err := client.Get(t.Context(), b, "large", api.GetOptions{})
	check.NoError(t, err)
	first := make([]byte, 1000)
	_, err = io.ReadFull(reading, first)
	check.NoError(t, err)

	var stopping run.Group
	stopping.Go(func() { c.Stop(target) })
	c.Await("the target to stop", func() error {
		a, err := ask(t.Context(), c, target.URL()+objectPath(b, "large"), request{method: http.MethodHead})
		if err != nil || a.status == http.StatusOK {
			return fmt.Errorf("status %d, %w", a.status, err)
		}
		check.Equal(t, a.status, http.StatusServiceUnavailable)
		check.Equal(t, a.fault(t).Message, "the node is shutting down")
		check.Equal(t, a.last, true)
		check.Equal(t, a.header.Get("Retry-After"), "1")
		return nil
	})
	writing.say(data[1000:])
	check.Equal(t, writing.hear(http.MethodPut).status, http.StatusOK)
	rest, err := io.ReadAll(reading)
	check.NoError(t, err)
	check.NoError(t, reading.Close())
	write, err := checkPayload("large", append(first, rest...))
	check.NoError(t, err)
	check.Equal(t, write, 1)
	stopping.Wait()

	// Who comes while it is down is told so, and no other answer is made up.
	_, err = c.NewClient(api.Options{Attempts: 1}).Head(t.Context(), b, "large")
	check.ErrorIs(t, err, errs.Unavailable)
	c.Restart(target)
	check.Equal(t, get(t, c, b, "written"), 1)
	quiet(t, c, b)
}

// TestStopDoesNotWaitForever has a client that never finishes.
func TestStopDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 1000)
		d := talk(t, c, c.Target(0).URL())
		d.say(putHeader(b, "o", 1000) + "x")
		c.Await("the write to begin", func() error {
			if len(c.Leftovers(b, fs.Work)) == 0 {
				return errors.New("there is no work file")
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		var talking run.Group
		defer talking.Wait()
		defer cancel()
		talking.Go(func() { // one byte now and then keeps the node patient
			for ctx.Err() == nil {
				time.Sleep(time.Second)
				_, _ = io.WriteString(d.Conn, "x") // until it is cut off
			}
		})
		began := time.Now()
		c.Stop(c.Target(0))
		within(t, time.Since(began), time.Duration(config.DefaultTimeout().Drain))
		c.Restart(c.Target(0))
		check.Equal(t, get(t, c, b, "o"), 1)
		quiet(t, c, b)
	})
}
