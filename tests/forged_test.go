package tests

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/check"
)

// signerOf signs as a node does, with its own key and that of its cluster.
func signerOf(t *testing.T, n *aistest.Node) *rest.Signer {
	t.Helper()
	own, err := node.OpenNodeKey(n.ConfDir())
	check.NoError(t, err)
	return rest.NewNodeSigner(n.ID(), clusterKey(t, n), rest.Identities{Own: own}, nil)
}

// clusterKey returns the key of a node's cluster.
func clusterKey(t *testing.T, n *aistest.Node) func() rest.Keys {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(n.ConfDir(), "cluster.key"))
	check.NoError(t, err)
	return func() rest.Keys { return rest.Keys{Current: key} }
}

func signer(id string, key []byte) *rest.Signer {
	return rest.NewSigner(id, func() rest.Keys { return rest.Keys{Current: key} }, nil)
}

// forgery is a request between nodes.
type forgery struct {
	method, url, body string
	header            http.Header
}

func (f *forgery) send(t *testing.T, c *aistest.Cluster) answer {
	t.Helper()
	return send(t, c, f.url, request{method: f.method, body: f.body, header: f.header})
}

// sign returns the headers that make a request one of a node.
func (f *forgery) sign(t *testing.T, s *rest.Signer) http.Header {
	t.Helper()
	r, err := http.NewRequest(f.method, f.url, nil)
	check.NoError(t, err)
	check.NoError(t, s.SignRequest(r))
	return r.Header
}

// callsBetweenNodes are requests that only nodes make, where they belong.
func callsBetweenNodes(c *aistest.Cluster, b wire.Bucket) map[string]forgery {
	proxy, target := c.Proxy(0).Wire(), c.Target(0).Wire()
	chunk := fmt.Sprintf("/v1/listing/chunk/%s?provider=ais", b.Name)
	return map[string]forgery{
		"metadata to a target":  {method: http.MethodPut, url: target.Control.URL + wire.PathMetasync, body: "{}"},
		"metadata to a gateway": {method: http.MethodPut, url: proxy.Control.URL + wire.PathMetasync, body: "{}"},
		"a call of a module":    {method: http.MethodPost, url: target.Data.URL + chunk, body: "{}"},
		"the map":               {method: http.MethodGet, url: target.Control.URL + "/v1/daemon?what=smap"},
		"an object":             {method: http.MethodGet, url: target.Data.URL + objectPath(b, "o")},
	}
}

func TestForgedCallsAreRefused(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 100)
	good := signerOf(t, c.Proxy(0))
	wrong := signer(c.Proxy(0).ID(), []byte(strings.Repeat("k", 32)))
	targets, err := node.OpenNodeKey(c.Target(0).ConfDir())
	check.NoError(t, err)
	imposter := rest.NewNodeSigner(c.Proxy(0).ID(), clusterKey(t, c.Proxy(0)), rest.Identities{Own: targets}, nil)
	for name, call := range callsBetweenNodes(c, b) {
		t.Run(name, func(t *testing.T) {
			refused := func(header http.Header, why string) {
				t.Helper()
				f := call
				f.header = header
				a := f.send(t, c)
				check.Equal(t, a.status, http.StatusForbidden)
				check.Contains(t, a.fault(t).Message, why)
			}
			const notNode = "only nodes of this cluster may call this"
			refused(nil, notNode)
			refused(http.Header{wire.HeaderCallerID: {"proxy001"}}, notNode)
			refused(call.sign(t, wrong), "the signature does not match")
			// Who knows the key of the cluster, or of another node, is not that node.
			refused(call.sign(t, rest.NewSigner(c.Proxy(0).ID(), clusterKey(t, c.Proxy(0)), nil)), "the signature does not match")
			refused(call.sign(t, imposter), "the signature does not match")
			strange := call
			strange.header = call.sign(t, rest.NewSigner("stranger01", clusterKey(t, c.Proxy(0)), nil))
			a := strange.send(t, c)
			check.Equal(t, a.status, http.StatusServiceUnavailable)
			check.Contains(t, a.fault(t).Message, "this node knows no node of that id")
			other := forgery{method: call.method, url: call.url + "x"}
			refused(other.sign(t, good), "the signature does not match")
			other = forgery{method: http.MethodDelete, url: call.url}
			refused(other.sign(t, good), "the signature does not match")
			renamed := call.sign(t, good)
			renamed.Set(wire.HeaderCallerID, c.Target(0).ID())
			refused(renamed, "the signature does not match")
			later := call.sign(t, good)
			at, rest, _ := strings.Cut(later.Get(wire.HeaderCallerNonce), ".")
			ns, err := strconv.ParseInt(at, 10, 64)
			check.NoError(t, err)
			later.Set(wire.HeaderCallerNonce, strconv.FormatInt(ns+1, 10)+"."+rest)
			refused(later, "the signature does not match")
			twice := call.sign(t, good)
			twice[wire.HeaderCallerID] = append(twice[wire.HeaderCallerID], "proxy001")
			refused(twice, "the signature is malformed")

			// What a node has signed is served, and a change only once.
			genuine := call
			genuine.header = call.sign(t, good)
			if a := genuine.send(t, c); a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if call.method != http.MethodGet {
				refused(genuine.header, "the request has been seen before")
			}
		})
	}
	check.Equal(t, get(t, c, b, "o"), 1)
	buckets, err := c.Client().ListBuckets(t.Context(), wire.Bucket{})
	check.NoError(t, err)
	check.Equal(t, buckets, []wire.Bucket{b})
}

// TestCallsOnTheWrongNetwork has nodes and others call where the route is not.
func TestCallsOnTheWrongNetwork(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	s := signerOf(t, c.Proxy(0))
	target := c.Target(0).Wire()
	chunk := fmt.Sprintf("/v1/listing/chunk/%s?provider=ais", b.Name)
	for _, url := range []string{
		target.Public.URL + wire.PathMetasync,
		target.Data.URL + wire.PathMetasync,
		target.Public.URL + chunk,
		target.Control.URL + chunk,
	} {
		method := http.MethodPost
		if strings.HasSuffix(url, wire.PathMetasync) {
			method = http.MethodPut
		}
		f := forgery{method: method, url: url, body: "{}"}
		a := f.send(t, c)
		check.Equal(t, a.status, http.StatusForbidden)
		f.header = f.sign(t, s)
		a = f.send(t, c)
		check.Equal(t, a.status, http.StatusForbidden)
		why := "this call belongs on another network of the node"
		if strings.HasPrefix(url, target.Public.URL) {
			why = "this listener is for clients: nodes call each other on the control and the data network"
		}
		check.Equal(t, a.fault(t).Message, why)
	}
}

// TestForgedRedirects has a bucket that may be read only, and clients that make
// up the rest.
func TestForgedRedirects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	target, s := c.Target(0).URL(), signerOf(t, c.Proxy(0))
	b := c.NewBucket(nil)
	put(t, c, b, "o", 1, 100)
	only := uint64(access.GetObject)
	_, err := c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Access: &only})
	check.NoError(t, err)
	check.Equal(t, get(t, c, b, "o"), 1)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodHead} {
		check.Equal(t, do(t, c, request{method: method, path: objectPath(b, "o"), body: "x"}).status, http.StatusForbidden)
		check.Equal(t, send(t, c, target+objectPath(b, "o"), request{method: method, body: "x"}).status, http.StatusForbidden)
	}

	location := func(s *rest.Signer, method, object string, rights access.Bits) string {
		t.Helper()
		r, err := http.NewRequest(method, "http://x"+objectPath(b, object), nil)
		check.NoError(t, err)
		return s.Location(r, rest.Redirection{URL: target, Rights: rights})
	}
	wrong := signer(c.Proxy(0).ID(), []byte(strings.Repeat("k", 32)))
	good := location(s, http.MethodPut, "o", access.PutObject)
	for name, forged := range map[string]string{
		"another key":      location(wrong, http.MethodPut, "o", access.PutObject),
		"another right":    location(s, http.MethodPut, "o", access.GetObject),
		"another method":   location(s, http.MethodGet, "o", access.PutObject),
		"another object":   strings.Replace(location(s, http.MethodPut, "p", access.PutObject), "/p?", "/o?", 1),
		"another query":    strings.Replace(good, "provider=ais", "provider=ais&skip_vc=true", 1),
		"a later expiry":   strings.Replace(good, "&x=", "&x=1", 1),
		"no signature":     good[:strings.Index(good, "&u=")],
		"an empty one":     good[:strings.Index(good, "&u=")] + "&u=",
		"something behind": good + "&more=1",
		"one of the marks": target + objectPath(b, "o") + "&pid=proxy001&utm=1",
	} {
		a := send(t, c, forged, request{method: http.MethodPut, body: "x"})
		if a.status != http.StatusForbidden {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
		}
	}
	check.Equal(t, get(t, c, b, "o"), 1)
	check.Equal(t, send(t, c, good, request{method: http.MethodPut, body: string(payload("o", 2, 100))}).status, http.StatusOK)
	check.Equal(t, get(t, c, b, "o"), 2)
}

// TestForgedExpiryOfRedirect is of virtual time: a redirect is no good for ever.
func TestRedirectsExpire(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 100)
		only := uint64(access.HeadObject)
		_, err := c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Access: &only})
		check.NoError(t, err)
		r, err := http.NewRequest(http.MethodGet, "http://x"+objectPath(b, "o"), nil)
		check.NoError(t, err)
		at := signerOf(t, c.Proxy(0)).Location(r, rest.Redirection{URL: c.Target(0).URL(), Rights: access.GetObject})
		check.Equal(t, send(t, c, at, request{}).status, http.StatusOK)
		time.Sleep(config.Default().Auth.Nodes().TTL.Std() + time.Second)
		check.Equal(t, send(t, c, at, request{}).status, http.StatusForbidden)
	})
}

// TestClientsAreNoNodes has a client use the marks that nodes use among
// themselves: they mean nothing.
func TestClientsAreNoNodes(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	for i := range 12 {
		put(t, c, b, strconv.Itoa(i), 1, 100)
	}
	added := c.AddTarget()
	moved := 0
	for i := range 12 {
		name := strconv.Itoa(i)
		if c.Owner(b, name) != added {
			continue
		}
		moved++
		at := added.URL() + objectPath(b, name)
		check.Equal(t, send(t, c, at, request{}).status, http.StatusOK)
		check.Equal(t, send(t, c, at+"&gfn=true", request{}).status, http.StatusOK)
		// A node asks for what is there, and it is not.
		f := forgery{method: http.MethodGet, url: added.Wire().Data.URL + objectPath(b, name) + "&gfn=true"}
		f.header = f.sign(t, signerOf(t, c.Proxy(0)))
		check.Equal(t, f.send(t, c).status, http.StatusNotFound)
	}
	if moved == 0 {
		t.Fatal("no object has a new owner")
	}
	check.Equal(t, len(list(t, c, b, api.ListOptions{})), 12)
}

// What a node says in the name of another is refused.
func TestNodesSpeakForThemselves(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	target := c.Target(0).ID()
	for name, call := range map[string]forgery{
		"that it lives":         {url: node.PathKeepalive, body: `{"ids":["` + target + `"],"map_version":1000}`},
		"that jobs have ended":  {url: node.PathDone, body: `{"node":"` + target + `","jobs":[]}`},
		"of a node that is not": {url: node.PathKeepalive, body: `{"ids":["stranger01"]}`},
	} {
		call.method, call.url = http.MethodPost, c.Proxy(0).Wire().Control.URL+call.url
		t.Run(name, func(t *testing.T) {
			call.header = call.sign(t, signerOf(t, c.Proxy(0)))
			a := call.send(t, c)
			check.Equal(t, a.status, http.StatusForbidden)
			check.Contains(t, a.fault(t).Message, "does not speak for node")
		})
	}
}
