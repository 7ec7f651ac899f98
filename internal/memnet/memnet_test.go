package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// connect returns both ends of a connection from host a to host b.
func connect(t *testing.T, n *memnet.Network) (near, far net.Conn) {
	t.Helper()
	l, err := n.Host("b").Listen(":0")
	check.NoError(t, err)
	near, err = n.Host("a").Dial(t.Context(), l.Addr().String())
	check.NoError(t, err)
	far, err = l.Accept()
	check.NoError(t, err)
	check.NoError(t, l.Close())
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	check.NoError(t, err)
}

func receive(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(c, got)
	check.NoError(t, err)
	check.Equal(t, string(got), want)
}

func TestHTTPWorksOverIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen("server:8080")
		check.NoError(t, err)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			_, _ = io.Copy(w, r.Body)
		})}
		var group run.Group
		group.Go(func() { _ = server.Serve(l) })
		transport := &http.Transport{DialContext: n.Host("client").DialContext}
		client := &http.Client{Transport: transport}
		body := strings.Repeat("x", 1<<20)
		for range 3 {
			response, err := client.Post("http://server:8080/echo", "text/plain", strings.NewReader(body))
			check.NoError(t, err)
			got, err := io.ReadAll(response.Body)
			check.NoError(t, err)
			check.NoError(t, response.Body.Close())
			check.Equal(t, string(got) == body, true)
		}
		transport.CloseIdleConnections()
		check.NoError(t, server.Shutdown(t.Context()))
		group.Wait()
	})
}

func TestAddresses(t *testing.T) {
	n := memnet.New()
	l, err := n.Host("t1").Listen("ignored:51081")
	check.NoError(t, err)
	check.Equal(t, l.Addr().String(), "t1:51081")
	check.Equal(t, l.Addr().Network(), "tcp")
	_, err = n.Listen("t1:51081")
	check.ErrorIs(t, err, syscall.EADDRINUSE)
	_, err = n.Host("t2").Listen("t1:51081") // another host
	check.NoError(t, err)
	c, err := n.Dial(t.Context(), "t1:51081")
	check.NoError(t, err)
	check.Equal(t, c.RemoteAddr().String(), "t1:51081")
	check.Contains(t, c.LocalAddr().String(), "client:")
	check.Equal(t, n.Host("t1").Name(), "t1")
	check.NoError(t, l.Close())
	check.NoError(t, l.Close())
	_, err = n.Dial(t.Context(), "t1:51081")
	check.ErrorIs(t, err, syscall.ECONNREFUSED)
	_, err = l.Accept()
	check.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Read(make([]byte, 1)) // never accepted
	check.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestEndsAreSeen(t *testing.T) {
	near, far := connect(t, memnet.New())
	send(t, near, "last words")
	check.NoError(t, near.(interface{ CloseWrite() error }).CloseWrite())
	receive(t, far, "last words")
	_, err := far.Read(make([]byte, 1))
	check.ErrorIs(t, err, io.EOF)
	send(t, far, "answer")
	receive(t, near, "answer") // the other way is still open
	_, err = near.Write([]byte("x"))
	check.ErrorIs(t, err, net.ErrClosed)

	check.NoError(t, near.Close())
	check.ErrorIs(t, near.Close(), net.ErrClosed)
	_, err = near.Read(make([]byte, 1))
	check.ErrorIs(t, err, net.ErrClosed)
	_, err = far.Write([]byte("x"))
	check.ErrorIs(t, err, syscall.EPIPE)
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := connect(t, memnet.New())
		start := time.Now()
		check.NoError(t, near.SetReadDeadline(start.Add(time.Minute)))
		_, err := near.Read(make([]byte, 1))
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		check.Equal(t, errors.As(err, &timeout) && timeout.Timeout(), true)
		check.Equal(t, time.Since(start), time.Minute)

		check.NoError(t, near.SetDeadline(start.Add(time.Hour)))
		n, err := near.Write(make([]byte, 1<<20)) // far does not read
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
		check.Equal(t, n > 0 && n < 1<<20, true)
		check.Equal(t, time.Since(start), time.Hour)

		check.NoError(t, near.SetDeadline(time.Time{}))
		send(t, far, "x")
		receive(t, near, "x")
		check.NoError(t, far.SetWriteDeadline(time.Now()))
		_, err = far.Write([]byte("x"))
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestADeadlineWakesAReaderThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := connect(t, memnet.New())
		var group run.Group
		var err error
		group.Go(func() { _, err = near.Read(make([]byte, 1)) })
		synctest.Wait()
		check.NoError(t, near.SetReadDeadline(time.Now().Add(-time.Second)))
		group.Wait()
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestACutLinkDelaysAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		near, far := connect(t, n)
		send(t, near, "before")
		n.Cut("a", "b")
		send(t, near, "during") // into the buffer
		receive(t, far, "before")
		check.NoError(t, far.SetReadDeadline(time.Now().Add(time.Hour)))
		_, err := far.Read(make([]byte, 1))
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
		send(t, far, "other way") // is open
		receive(t, near, "other way")

		check.NoError(t, near.Close())
		check.NoError(t, far.SetReadDeadline(time.Time{}))
		n.Heal("a", "b")
		receive(t, far, "during")
		_, err = far.Read(make([]byte, 1))
		check.ErrorIs(t, err, io.EOF)
	})
}

func TestAWriterStallsWhenNewsOfReadingIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		near, far := connect(t, n)
		n.Cut("b", "a")
		var group run.Group
		var got bytes.Buffer
		group.Go(func() { _, _ = io.Copy(&got, far) })
		check.NoError(t, near.SetWriteDeadline(time.Now().Add(time.Hour)))
		sent, err := near.Write(make([]byte, 1<<20))
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
		n.HealAll()
		check.NoError(t, near.SetWriteDeadline(time.Time{}))
		more, err := near.Write(make([]byte, 1<<20))
		check.NoError(t, err)
		check.NoError(t, near.Close())
		group.Wait()
		check.Equal(t, got.Len(), sent+more)
	})
}

func TestDialWaitsForACutLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		_, err := n.Listen("b:1")
		check.NoError(t, err)
		n.Isolate("a", "b", "c")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err = n.Host("a").Dial(ctx, "b:1")
		check.ErrorIs(t, err, context.DeadlineExceeded)
		check.ErrorIs(t, err, os.ErrDeadlineExceeded)
		check.Equal(t, time.Since(start), time.Minute)

		time.AfterFunc(time.Hour, func() { n.Heal("a", "b") })
		time.AfterFunc(2*time.Hour, func() { n.Heal("b", "a") })
		start = time.Now()
		c, err := n.Host("a").Dial(t.Context(), "b:1")
		check.NoError(t, err)
		check.Equal(t, time.Since(start), 2*time.Hour)
		check.NoError(t, c.Close())
		_, err = n.Host("d").Dial(t.Context(), "b:1") // was never cut
		check.NoError(t, err)
	})
}

func TestKillResetsEverythingOfAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		near, far := connect(t, n)
		l, err := n.Listen("b:1")
		check.NoError(t, err)
		send(t, far, "lost")
		n.Kill("b")
		_, err = near.Read(make([]byte, 8))
		check.ErrorIs(t, err, syscall.ECONNRESET)
		_, err = near.Write([]byte("x"))
		check.ErrorIs(t, err, syscall.EPIPE)
		_, err = far.Write([]byte("x"))
		check.ErrorIs(t, err, net.ErrClosed)
		_, err = l.Accept()
		check.ErrorIs(t, err, net.ErrClosed)
		_, err = n.Host("a").Dial(t.Context(), "b:1")
		check.ErrorIs(t, err, syscall.ECONNREFUSED)
		_, err = n.Listen("b:1") // it comes back
		check.NoError(t, err)
	})
}

func TestAFullBacklogMakesDialsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		l, err := n.Listen("b:1")
		check.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		dialed := 0
		for err == nil {
			_, err = n.Dial(ctx, "b:1")
			dialed++
		}
		check.ErrorIs(t, err, context.DeadlineExceeded)
		check.Equal(t, dialed > 1, true)
		check.NoError(t, l.Close())
	})
}
