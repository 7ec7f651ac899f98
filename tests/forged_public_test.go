package tests

import (
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/aistest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// routesOfNodes are all calls that nodes make on the control and the data
// network, and some that clients make, too.
func routesOfNodes(t *testing.T, c *aistest.Cluster, b wire.Bucket) []forgery {
	t.Helper()
	stranger := *c.Target(0).Wire()
	stranger.ID = "stranger01"
	join, err := jsonx.Marshal(map[string]any{"nodes": []*wire.Node{&stranger}})
	check.NoError(t, err)
	return []forgery{
		{method: http.MethodPut, url: wire.PathMetasync, body: "{}"},
		{method: http.MethodGet, url: node.PathLog, header: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"ais-log-1"}}},
		{method: http.MethodPost, url: node.PathJoin, body: string(join)},
		{method: http.MethodPost, url: node.PathKeepalive, body: "{}"},
		{method: http.MethodPost, url: node.PathInvite, body: "{}"},
		{method: http.MethodPost, url: node.PathLeave, body: "{}"},
		{method: http.MethodPost, url: node.PathBegin, body: "{}"},
		{method: http.MethodDelete, url: node.PathBegin + "/x"},
		{method: http.MethodPost, url: node.PathJobs, body: "{}"},
		{method: http.MethodPost, url: node.PathDone, body: "{}"},
		{method: http.MethodPut, url: node.PathLoadCertificate},
		{method: http.MethodPost, url: "/v1/listing/chunk/" + b.Name + "?provider=ais", body: "{}"},
	}
}

// callsOfClients may be made by anybody, but not in the name of a node.
func callsOfClients(b wire.Bucket) []forgery {
	return []forgery{
		{method: http.MethodGet, url: objectPath(b, "o")},
		{method: http.MethodGet, url: objectPath(b, "o") + "&" + node.QueryLocal + "=true"},
		{method: http.MethodPut, url: objectPath(b, "o"), body: "x"},
		{method: http.MethodGet, url: wire.PathDaemon + "?what=smap"},
	}
}

// disguises are the ways in which a client may say that it is a node, the good
// signature of a node among them.
func disguises(t *testing.T, f forgery, good *rest.Signer) map[string]http.Header {
	t.Helper()
	claim := http.Header{wire.HeaderCallerID: {"proxy001"}}
	nonce := http.Header{wire.HeaderCallerID: {"proxy001"}, wire.HeaderCallerNonce: {"1.a"}}
	wrong := signer("proxy001", []byte(strings.Repeat("k", 32)))
	return map[string]http.Header{
		"an id":             claim,
		"an id and a nonce": nonce,
		"a bad signature":   f.sign(t, wrong),
		"a good signature":  f.sign(t, good),
	}
}

// TestNothingOnThePublicNetworkActsAsANode sends to the public address of every
// node what only nodes may send, in all disguises, and to every listener what is
// not signed. All is refused and counted, nothing changes.
func TestNothingOnThePublicNetworkActsAsANode(t *testing.T) {
	t.Parallel()
	for name, https := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{Targets: 2, HTTPS: https})
			b := c.NewBucket(nil)
			put(t, c, b, "o", 1, 100)
			before, err := c.Client().Map(t.Context())
			check.NoError(t, err)
			good := signerOf(t, c.Proxy(0))
			refused := func(f forgery, why string) {
				t.Helper()
				if a := f.send(t, c); a.status != http.StatusForbidden {
					t.Errorf("%s %s with %s: status %d: %s", f.method, f.url, why, a.status, a.body)
				}
			}
			for _, n := range c.Nodes() {
				sent := forgeries(t, c, n)
				count := 0
				for i, f := range append(routesOfNodes(t, c, b), callsOfClients(b)...) {
					f.url = n.Wire().Public.URL + f.url
					plain := f.header
					for disguise, header := range disguises(t, f, good) {
						f.header = maps.Clone(plain)
						if f.header == nil {
							f.header = http.Header{}
						}
						maps.Copy(f.header, header)
						refused(f, disguise)
						count++
					}
					if i < len(routesOfNodes(t, c, b)) {
						f.header = plain
						if a := f.send(t, c); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
							t.Errorf("%s %s as a client: status %d: %s", f.method, f.url, a.status, a.body)
						}
						f.url += separator(f.url) + wire.QueryProxyID + "=proxy001&" + wire.QueryUnixTime + "=1"
						if a := f.send(t, c); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
							t.Errorf("%s %s with pid: status %d: %s", f.method, f.url, a.status, a.body)
						}
					}
				}
				if got := forgeries(t, c, n) - sent; got < count {
					t.Errorf("%s has counted %d of %d forgeries", n.ID(), got, count)
				}
			}
			after, err := c.Client().Map(t.Context())
			check.NoError(t, err)
			check.Equal(t, after.Version, before.Version)
			check.Equal(t, get(t, c, b, "o"), 1)
		})
	}
}

func separator(url string) string {
	if strings.Contains(url, "?") {
		return "&"
	}
	return "?"
}

// forgeries is how many requests a node has refused as forged.
func forgeries(t *testing.T, c *aistest.Cluster, n *aistest.Node) int {
	t.Helper()
	for line := range strings.Lines(send(t, c, n.URL()+"/metrics", request{}).body) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasSuffix(name, "request_forged_total") {
			count, err := strconv.ParseFloat(value, 64)
			check.NoError(t, err)
			return int(count)
		}
	}
	t.Fatal("the count is missing")
	return 0
}

// TestNetworksOfTheirOwn gives each network an address of its own, of version 4
// and 6 of IP; all three ports may have the same number then.
func TestNetworksOfTheirOwn(t *testing.T) {
	t.Parallel()
	rows := map[string]func(*config.File){
		"three addresses": func(f *config.File) {
			f.HostNet.HostControl, f.HostNet.HostData = "127.0.0.2", "127.0.0.3"
		},
		"several addresses": func(f *config.File) { f.HostNet.Host += ",127.0.0.4" },
		"IPv6": func(f *config.File) {
			f.HostNet.Host = "::1"
		},
		"both versions": func(f *config.File) {
			f.HostNet.HostControl, f.HostNet.HostData = "::1", "::1"
		},
	}
	for name, change := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/proc/net/if_inet6"); err != nil && (name == "IPv6" || name == "both versions") {
				t.Skip("this machine has no IPv6")
			}
			c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2, Configure: change})
			b := c.NewBucket(nil)
			for i := range 10 {
				put(t, c, b, strconv.Itoa(i), 1, 100<<10)
				check.Equal(t, get(t, c, b, strconv.Itoa(i)), 1)
			}
			for _, n := range c.Nodes() {
				check.Equal(t, send(t, c, n.Wire().Control.URL+wire.PathDaemon+"?what=smap", request{}).status, http.StatusForbidden)
				for _, more := range n.Wire().PubExtra {
					check.Equal(t, send(t, c, more.URL+"/v1/health", request{}).status, http.StatusOK)
				}
			}
			c.Stop(c.Target(0))
			c.Restart(c.Target(0))
			check.Equal(t, get(t, c, b, "1"), 1)
		})
	}
}
