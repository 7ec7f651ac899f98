package tests

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/run"
)

// TestHTTPS works with a cluster whose three networks serve HTTPS, each on a
// port of its own or all on one.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	for name, onePort := range map[string]bool{"three ports": false, "one port": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3, HTTPS: true, OnePort: onePort})
			m, err := c.Client().Map(t.Context())
			check.NoError(t, err)
			for _, n := range []*wire.Node{m.Primary, m.Node(c.Target(0).ID())} {
				for _, at := range []wire.NetInfo{n.Public, n.Control, n.Data} {
					check.Equal(t, strings.HasPrefix(at.URL, "https://"), true)
				}
			}
			b := c.NewBucket(nil)
			proxied := c.NewClient(api.Options{ViaProxy: true, Endpoint: c.Proxy(1).URL()})
			t.Cleanup(proxied.Close)
			var names []string
			for i, size := range []int{0, 100, 64 << 10, 64<<10 + 1, 3<<20 + 1} {
				name := fmt.Sprintf("%d/o", size)
				names = append(names, name)
				client := []*api.Client{c.Client(), proxied}[i%2]
				_, err := client.PutBytes(t.Context(), b, name, payload(name, 1, size), api.PutOptions{})
				check.NoError(t, err)
				check.Equal(t, get(t, c, b, name), 1)
				data, _, err := proxied.GetBytes(t.Context(), b, name, nil, api.GetOptions{})
				check.NoError(t, err)
				check.Equal(t, string(data), string(payload(name, 1, size)))
				check.Equal(t, do(t, c, request{path: objectPath(b, name)}).body, string(data)) // redirected
				check.Equal(t, do(t, c, request{method: http.MethodPut, path: objectPath(b, name), body: string(data)}).status, http.StatusOK)
			}
			check.Equal(t, list(t, c, b, api.ListOptions{}), sorted(names))
			c.Stop(c.Target(1))
			c.Restart(c.Target(1))
			for _, name := range names {
				check.Equal(t, get(t, c, b, name), 1)
				check.NoError(t, proxied.Delete(t.Context(), b, name))
				missing(t, c, b, name)
			}
			check.Equal(t, len(list(t, c, b, api.ListOptions{})), 0)
			check.NoError(t, proxied.DestroyBucket(t.Context(), b))
		})
	}
}

// TestHTTPSInVirtualTime goes over a network in memory, and lets connections idle
// for longer than anybody keeps them open.
func TestHTTPSInVirtualTime(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2, HTTPS: true}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 1<<20)
		time.Sleep(config.Default().Timeout.IdleClient.Std() + 10*time.Second)
		check.Equal(t, get(t, c, b, "o"), 1)
	})
}

// TestOtherWordsThanHTTPS are what clients hear that speak plain HTTP, or do not
// know who has signed the certificate.
func TestOtherWordsThanHTTPS(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{HTTPS: true})
	a := send(t, c, strings.Replace(c.URL(), "https:", "http:", 1)+"/v1/health", request{})
	check.Equal(t, a.status, http.StatusBadRequest)
	check.Contains(t, a.body, "HTTP request to an HTTPS server")

	stranger := c.NewClient(api.Options{TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Attempts: 1})
	t.Cleanup(stranger.Close)
	_, err := stranger.Map(t.Context())
	check.Contains(t, err.Error(), "certificate signed by unknown authority")
	trusting := c.NewClient(api.Options{TLS: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}})
	t.Cleanup(trusting.Close)
	_, err = trusting.Map(t.Context())
	check.NoError(t, err)

	at, err := url.Parse(c.URL())
	check.NoError(t, err)
	conn, err := c.Dial(t.Context(), "tcp", at.Host)
	check.NoError(t, err)
	defer conn.Close()
	secured := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	check.NoError(t, secured.Handshake())
	check.Equal(t, secured.ConnectionState().NegotiatedProtocol, "http/1.1")
}

// TestClientCertificates has a cluster that serves nobody without one.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2, HTTPS: true, Configure: func(f *config.File) { f.Net.HTTP.ClientAuth = int(tls.RequestClientCert) }})
	check.NoError(t, c.Client().CreateBucket(t.Context(), wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, nil))

	strict := aistest.Start(t, aistest.Options{Targets: 2, HTTPS: true, ClientCertificate: true, Configure: func(f *config.File) {
		f.Net.HTTP.ClientAuth = int(tls.RequireAndVerifyClientCert)
	}})
	b := strict.NewBucket(nil)
	put(t, strict, b, "o", 1, 1<<20)
	check.Equal(t, get(t, strict, b, "o"), 1)
	bare := strict.NewClient(api.Options{TLS: c.NewTLS(), Attempts: 1}) // of another cluster's authority
	t.Cleanup(bare.Close)
	_, err := bare.Map(t.Context())
	if err == nil {
		t.Fatal("a client without a certificate is served")
	}
	nobody := strict.NewTLS()
	nobody.Certificates = nil
	none := strict.NewClient(api.Options{TLS: nobody, Attempts: 1})
	t.Cleanup(none.Close)
	_, err = none.Map(t.Context())
	check.Contains(t, err.Error(), "certificate required")
}

// pace is the pause of a reader, which leaves the others room.
const pace = 200 * time.Millisecond

// reader reads an object again and again, over a new connection each time if
// fresh.
func reader(ctx context.Context, c *aistest.Cluster, url string, fresh bool, want int, count *atomic.Int64) error {
	transport := &http.Transport{DialContext: c.Dial, TLSClientConfig: c.NewTLS(), DisableKeepAlives: fresh}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for ctx.Err() == nil {
		request, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || n != int64(want) {
			return fmt.Errorf("status %d, %d bytes: %w", response.StatusCode, n, err)
		}
		count.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(pace):
		}
	}
	return nil
}

// TestCertificatesAreExchangedUnderReaders exchanges the certificates of all
// nodes while a hundred clients read by way of gateways, each tenth of them over
// new connections only. No request fails, and all nodes show the new ones in the end.
func TestCertificatesAreExchangedUnderReaders(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2, HTTPS: true})
	b := c.NewBucket(nil)
	const size = 10 << 10
	put(t, c, b, "o", 1, size)
	shown := func() map[string]string {
		serials := map[string]string{}
		for _, n := range c.Nodes() {
			one, err := c.Client().NodeCertificate(t.Context(), n.ID())
			check.NoError(t, err)
			check.Equal(t, one.State, "good")
			serials[n.ID()] = one.SerialNumber
		}
		return serials
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var count atomic.Int64
	var group run.Group
	const clients = 100
	for i := range clients {
		url := c.Proxy(i%2).URL() + objectPath(b, "o")
		group.Go(func() {
			if err := reader(ctx, c, url, i%10 == 0, size, &count); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	check.Eventually(t, func() bool { return count.Load() > clients })
	before := shown()
	const exchanges = 2
	for i := range exchanges {
		for _, n := range c.Nodes() {
			c.NewCertificate(n)
		}
		if i == 0 {
			for _, n := range c.Nodes() {
				check.NoError(t, c.Client().LoadCertificate(t.Context(), n.ID()))
			}
		} else {
			check.NoError(t, c.Client().LoadCertificate(t.Context(), ""))
		}
		after := shown()
		for id, serial := range after {
			if before[id] == serial {
				t.Errorf("%s shows the old certificate", id)
			}
		}
		before = after
		read := count.Load()
		check.Eventually(t, func() bool { return count.Load() >= read+2*clients })
	}
	stop()
	group.Wait()
	t.Logf("%d reads during %d exchanges", count.Load(), exchanges)
}

// TestABrokenCertificateReplacesNothing puts into the files what cannot be used.
func TestABrokenCertificateReplacesNothing(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{HTTPS: true})
	n := c.Target(0)
	path := filepath.Join(n.ConfDir(), "server.crt")
	good, err := os.ReadFile(path)
	check.NoError(t, err)
	check.NoError(t, os.WriteFile(path, []byte("hello"), 0o600))
	err = c.Client().LoadCertificate(t.Context(), "")
	check.Contains(t, err.Error(), "1 of 2 nodes keep their certificates: "+n.Wire().String())
	one, err := c.Client().NodeCertificate(t.Context(), n.ID())
	check.NoError(t, err)
	check.Contains(t, one.State, "cannot be used")
	check.Contains(t, one.Problem, "failed to find any PEM data")
	status, err := c.Client().NodeStatus(t.Context(), n.ID())
	check.NoError(t, err)
	check.Equal(t, status.Cluster.Flags&wire.StateCertificateInvalid, wire.StateCertificateInvalid)
	check.NoError(t, os.WriteFile(path, good, 0o600))
	check.NoError(t, c.Client().LoadCertificate(t.Context(), n.ID()))
	status, err = c.Client().NodeStatus(t.Context(), n.ID())
	check.NoError(t, err)
	check.Equal(t, status.Cluster.Flags, wire.StateHealthy)
	err = c.Client().LoadCertificate(t.Context(), "nobody01")
	check.Contains(t, err.Error(), `node "nobody01" does not exist`)
}

func TestPlainHTTPHasNoCertificate(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	_, err := c.Client().NodeCertificate(t.Context(), c.Target(0).ID())
	check.Contains(t, err.Error(), "serves plain HTTP")
	a := do(t, c, request{path: wire.PathDaemon + "?what=" + wire.WhatCertificate})
	check.Equal(t, strconv.Itoa(a.status), "404")
	check.Contains(t, c.Client().LoadCertificate(t.Context(), "").Error(), "serves plain HTTP")
}
