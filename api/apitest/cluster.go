package apitest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/checksum"
	"aistore/internal/hrw"
)

// Options says how large the fake cluster is. Zero is one of each.
type Options struct {
	Proxies int
	Targets int
}

// Cluster is a running fake cluster.
type Cluster struct {
	mu        sync.Mutex // guards what follows
	version   int64
	nodes     map[string]*node
	buckets   map[wire.Bucket]map[string]*object
	uploads   map[string]map[int][]byte // parts by number; guarded as buckets are
	props     map[wire.Bucket]wire.BucketProps
	config    *config.Cluster
	overrides map[string]config.Override // by node
	requests  []string
	intercept func(Request) bool
}

// Request is one request to one node, for Intercept.
type Request struct {
	Node string // id, "p1", "t2", …
	W    http.ResponseWriter
	R    *http.Request
}

type node struct {
	wire   *wire.Node
	server *httptest.Server

	stopped bool
}

type object struct {
	data    []byte
	version int
	sum     checksum.Sum
	custom  map[string]string
	holder  string // id of the target that has it
}

// Atime is the access time of every object here.
func Atime() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// Start starts a cluster with no buckets. Nodes are called proxy001, … and
// target001, …; proxy001 is the primary.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := Run(o)
	t.Cleanup(c.Close)
	return c
}

// Run is Start where there is no test, as in an example. The caller closes
// the cluster.
func Run(o Options) *Cluster {
	c := &Cluster{
		nodes:     make(map[string]*node),
		buckets:   make(map[wire.Bucket]map[string]*object),
		uploads:   make(map[string]map[int][]byte),
		props:     make(map[wire.Bucket]wire.BucketProps),
		config:    fakeConfig(),
		overrides: make(map[string]config.Override),
	}
	for i := range max(1, o.Proxies) {
		c.start(fmt.Sprintf("proxy%03d", i+1), wire.NodeProxy)
	}
	for i := range max(1, o.Targets) {
		c.start(fmt.Sprintf("target%03d", i+1), wire.NodeTarget)
	}
	c.version = 1
	return c
}

func (c *Cluster) start(id, kind string) {
	n := &node{}
	n.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.serve(id, w, r)
	}))
	at, _ := url.Parse(n.server.URL)
	net := wire.NetInfo{Host: at.Hostname(), Port: at.Port(), URL: n.server.URL}
	n.wire = &wire.Node{ID: id, Type: kind, Public: net, Control: net, Data: net, IDDigest: hrw.Digest(id)}
	c.mu.Lock()
	c.nodes[id] = n
	c.version++
	c.mu.Unlock()
}

// Close ends the cluster.
func (c *Cluster) Close() {
	for _, n := range c.nodes {
		n.server.CloseClientConnections()
		n.server.Close()
	}
}

// URL returns the URL of a node; proxy001 is the usual endpoint.
func (c *Cluster) URL(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[id].wire.Public.URL
}

// AddTarget adds a target and moves to it the objects that are now its own.
func (c *Cluster) AddTarget(id string) {
	c.start(id, wire.NodeTarget)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveAll()
}

// RemoveTarget takes a target out of the map, moves its objects, and stops it.
func (c *Cluster) RemoveTarget(id string) {
	c.mu.Lock()
	n := c.nodes[id]
	delete(c.nodes, id)
	c.version++
	c.moveAll()
	c.mu.Unlock()
	n.server.CloseClientConnections()
	n.server.Close()
}

// Stop stops a node that stays in the map.
func (c *Cluster) Stop(id string) {
	c.mu.Lock()
	server := c.nodes[id].server
	c.nodes[id].stopped = true
	c.mu.Unlock()
	server.CloseClientConnections()
	server.Close()
}

// moveAll puts every object where it belongs. Called with mu.
func (c *Cluster) moveAll() {
	for b, objects := range c.buckets {
		for name, o := range objects {
			o.holder = c.owner(b, name)
		}
	}
}

// Put creates the bucket if need be, and an object at its owner.
func (c *Cluster) Put(b wire.Bucket, name string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buckets[b] == nil {
		c.create(b, wire.DefaultProps(b.Provider))
	}
	c.store(b, name, data)
}

// Corrupt flips a bit of an object and leaves its checksum.
func (c *Cluster) Corrupt(b wire.Bucket, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.buckets[b][name]
	o.data = bytes.Clone(o.data)
	o.data[len(o.data)-1] ^= 1
}

// Object returns the content of an object, and whether there is one.
func (c *Cluster) Object(b wire.Bucket, name string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.buckets[b][name]; o != nil {
		return o.data, true
	}
	return nil, false
}

// Holder returns the id of the target that has an object.
func (c *Cluster) Holder(b wire.Bucket, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owner(b, name)
}

// Intercept makes f see every request first. When it returns true the
// request has been answered. Nil ends that.
func (c *Cluster) Intercept(f func(Request) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.intercept = f
}

// Requests returns what came so far, and forgets it: lines such as
// "target001 GET /v1/objects/b/o", with what= of the query where there is one.
func (c *Cluster) Requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	requests := c.requests
	c.requests = nil
	return requests
}

// Map returns the cluster map.
func (c *Cluster) Map() *wire.Smap {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.smap()
}

func (c *Cluster) smap() *wire.Smap {
	m := &wire.Smap{
		Proxies:      make(map[string]*wire.Node),
		Targets:      make(map[string]*wire.Node),
		UUID:         "fakecluster",
		Version:      c.version,
		CreationTime: "2024-05-06 07:08:09",
	}
	for id, n := range c.nodes {
		if n.wire.IsProxy() {
			m.Proxies[id] = n.wire
		} else {
			m.Targets[id] = n.wire
		}
	}
	m.Primary = m.Proxies["proxy001"]
	return m
}

// owner returns the id of the target that owns an object. Called with mu.
func (c *Cluster) owner(b wire.Bucket, name string) string {
	var ids []string
	var candidates []hrw.Candidate
	for id, n := range c.nodes {
		if n.wire.IsTarget() {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		candidates = append(candidates, hrw.Candidate{Digest: hrw.Digest(id)})
	}
	return ids[hrw.Owner(candidates, hrw.Digest(b.Uname(name)))]
}

// create adds a bucket. Called with mu.
func (c *Cluster) create(b wire.Bucket, props wire.BucketProps) {
	c.buckets[b] = make(map[string]*object)
	c.props[b] = props
}

// store adds an object. Called with mu.
func (c *Cluster) store(b wire.Bucket, name string, data []byte) *object {
	o := &object{
		data:    bytes.Clone(data),
		version: 1,
		sum:     checksum.Of(checksum.XXHash2, data),
		holder:  c.owner(b, name),
	}
	if old := c.buckets[b][name]; old != nil {
		o.version = old.version + 1
	}
	c.buckets[b][name] = o
	return o
}

// note remembers a request.
func (c *Cluster) note(id string, r *http.Request) func(Request) bool {
	line := id + " " + r.Method + " " + r.URL.EscapedPath()
	if what := r.URL.Query().Get(wire.QueryWhat); what != "" {
		line += "?what=" + what
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, line)
	return c.intercept
}

// bucketOf reads the bucket from the path and the query.
func bucketOf(r *http.Request, name string) wire.Bucket {
	ns, _ := wire.ParseNamespace(r.URL.Query().Get(wire.QueryNamespace))
	provider, _ := wire.ParseProvider(r.URL.Query().Get(wire.QueryProvider))
	return wire.Bucket{Name: name, Provider: provider, Namespace: ns}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// splitObject cuts "/v1/objects/bucket/a/b" into bucket and object.
func splitObject(path string) (bucket, object string) {
	bucket, object, _ = strings.Cut(strings.TrimPrefix(path, wire.PathObjects+"/"), "/")
	return bucket, object
}
