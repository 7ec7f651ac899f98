package aistest

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"aistore/ais/node"
	"aistore/api"
	"aistore/api/wire"
	"aistore/cluster/liveness"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
	"aistore/internal/logging"
)

// Cluster is a running cluster. The test ends it. Methods that take a *Node, or
// give one, are for the goroutine of the test; Client, HTTP and URL are for any.
type Cluster struct {
	t testing.TB
	*world
}

// world is what all views of a cluster share.
type world struct {
	options   Options
	mode      mode
	dir       string           // of configurations and metadata, on a real disk
	data      string           // of mountpaths, in what disks makes
	disks     func() fs.FS     // makes what holds the mountpaths of a node
	logs      *quorum.Memory   // of metadata, beside dir; nil keeps them there
	network   network          // of nodes in this process
	authority *authority       // nil without HTTPS
	shown     *tls.Certificate // what clients show; nil shows none
	dialer    host             // of the test, in network; nil is real sockets
	nodes     []*Node
	endpoint  string
	counts    map[string]int  // of nodes ever added, by role
	ports     map[string]bool // given to processes

	mu     sync.Mutex
	client *api.Client  // guarded by mu; nil before the first call of Client
	http   *http.Client // guarded by mu; nil before the first call of HTTP
}

// mode is how nodes run.
type mode int

const (
	inProcess mode = iota
	inMemory
	asProcesses
	external
)

// Start starts a cluster and returns when all its nodes are ready and know each
// other. AISTEST_MODE, AISTEST_HTTPS and AIS_ENDPOINT say how it runs.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	if endpoint := os.Getenv("AIS_ENDPOINT"); endpoint != "" {
		return attach(t, o, endpoint)
	}
	o.HTTPS = o.HTTPS || wire.Bool(os.Getenv("AISTEST_HTTPS"))
	c := &Cluster{t: t, world: &world{options: o.withDefaults(), dir: t.TempDir(), counts: map[string]int{}, ports: map[string]bool{}}}
	c.data, c.disks, c.network = c.dir, func() fs.FS { return fs.NewOS() }, newLoopback()
	switch text := os.Getenv("AISTEST_MODE"); {
	case o.Namespaces:
		c.mode, c.network = asProcesses, newNamespaces(t)
	case text == "process", o.Processes:
		c.mode = asProcesses
	case text == "":
		c.dialer = c.network.host(clientHost)
	default:
		t.Fatalf("AISTEST_MODE=%s: process, or nothing", text)
	}
	if o.Modules != nil {
		c.embeddedOnly("modules of its own")
	}
	c.start()
	return c
}

// attach returns a cluster that somebody else runs.
func attach(t testing.TB, o Options, endpoint string) *Cluster {
	t.Helper()
	if o.Configure != nil || o.Modules != nil {
		t.Skip("AIS_ENDPOINT: the test needs a configuration, or modules, of its own")
	}
	if o.HTTPS && !strings.HasPrefix(endpoint, "https:") {
		t.Skip("AIS_ENDPOINT: the test needs a cluster over HTTPS")
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	c := &Cluster{t: t, world: &world{options: o, mode: external, endpoint: strings.TrimSuffix(endpoint, "/")}}
	t.Cleanup(c.hangUp)
	return c
}

func (c *Cluster) start() {
	c.t.Helper()
	c.t.Cleanup(c.stop)
	o := c.options
	if o.HTTPS {
		c.authority = newAuthority(c.t, c.dir)
		if o.ClientCertificate {
			pair := c.authority.sign(c.t, "client")
			one, err := tls.X509KeyPair(pair.Certificate, pair.Key)
			check.NoError(c.t, err)
			c.shown = &one
		}
	}
	for range o.Proxies {
		c.add(config.RoleProxy)
	}
	for range o.All {
		c.add(config.RoleAll)
	}
	for range o.Targets {
		c.add(config.RoleTarget)
	}
	c.Settle()
}

// With returns the cluster for a subtest: what fails, fails t.
func (c *Cluster) With(t testing.TB) *Cluster { return &Cluster{t: t, world: c.world} }

// URL returns the address of the first gateway.
func (c *Cluster) URL() string {
	if c.mode == external {
		return c.endpoint
	}
	return c.nodes[0].self[0].Public.URL
}

// Client returns a client of the cluster. It is closed at the end.
func (c *Cluster) Client() *api.Client {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		c.client = c.newClient(api.Options{})
	}
	return c.client
}

// NewClient returns another client, with options of its own; the endpoint and
// the way to dial are filled in. The caller closes it.
func (c *Cluster) NewClient(o api.Options) *api.Client {
	c.t.Helper()
	return c.newClient(o)
}

func (c *Cluster) newClient(o api.Options) *api.Client {
	c.t.Helper()
	if o.Endpoint == "" {
		o.Endpoint = c.URL()
	}
	o.Dial = c.Dial
	if o.TLS == nil {
		o.TLS = c.NewTLS()
	}
	client, err := api.New(o)
	if err != nil {
		c.t.Fatalf("client: %v", err)
	}
	return client
}

// HTTP returns a plain client, for requests that no good client makes. It
// follows redirects as net/http does.
func (c *Cluster) HTTP() *http.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == nil {
		c.http = &http.Client{Transport: &http.Transport{DialContext: c.Dial, TLSClientConfig: c.NewTLS(), DisableCompression: true, MaxIdleConnsPerHost: 16}}
	}
	return c.http
}

// Dial connects to a node as clients of the cluster do.
func (c *Cluster) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dialer != nil {
		return c.dialer.Dial(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Nodes returns all nodes, gateways first.
func (c *Cluster) Nodes() []*Node { return c.some(func(*Node) bool { return true }) }

// Proxies returns the gateways; the first of them founded the cluster, see Leader.
func (c *Cluster) Proxies() []*Node { return c.some((*Node).IsProxy) }

// Targets returns the targets.
func (c *Cluster) Targets() []*Node { return c.some((*Node).IsTarget) }

func (c *Cluster) some(wanted func(*Node) bool) []*Node {
	c.owned("its nodes")
	var list []*Node
	for _, n := range c.nodes {
		if wanted(n) {
			list = append(list, n)
		}
	}
	return list
}

// Proxy returns a gateway by number, from 0.
func (c *Cluster) Proxy(i int) *Node { return c.Proxies()[i] }

// Target returns a target by number, from 0.
func (c *Cluster) Target(i int) *Node { return c.Targets()[i] }

// AddTarget starts one more target and returns when all know it.
func (c *Cluster) AddTarget() *Node { return c.grow(config.RoleTarget) }

// LaunchTarget starts one more target, and waits for nobody: Settle does.
func (c *Cluster) LaunchTarget() *Node {
	c.t.Helper()
	c.owned("another node")
	return c.add(config.RoleTarget)
}

// LaunchProxy starts one more gateway, and waits for nobody: Settle does.
func (c *Cluster) LaunchProxy() *Node {
	c.t.Helper()
	c.owned("another node")
	return c.add(config.RoleProxy)
}

// AddProxy starts one more gateway and returns when all know it.
func (c *Cluster) AddProxy() *Node { return c.grow(config.RoleProxy) }

func (c *Cluster) grow(role string) *Node {
	c.t.Helper()
	c.owned("another node")
	n := c.add(role)
	c.Settle()
	return n
}

// add makes a node and starts it, without waiting for the others to know.
func (c *Cluster) add(role string) *Node {
	c.t.Helper()
	kind := map[string]string{config.RoleProxy: "proxy", config.RoleTarget: "target", config.RoleAll: "nodes"}[role]
	c.counts[role]++
	n := &Node{name: number(kind, c.counts[role]), raw: c.disks(), faults: map[string][]*faultfs.Fault{}}
	n.configure(c.world, role, len(c.nodes)+1)
	if c.authority != nil {
		c.NewCertificate(n)
	}
	if c.mode != asProcesses {
		n.faulty = faultfs.New(n.raw)
		// What a target remembers of its mountpaths goes by way of their file system.
		c.makeDir(n, n.file.ConfDir)
		for _, root := range n.Mountpaths() {
			c.makeDir(n, root)
		}
	}
	n.runner = c.runnerOf(n)
	c.nodes = append(c.nodes, n)
	c.launch(n)
	n.pin()
	if n.IsProxy() {
		c.nodes[0].discover(n)
	}
	return n
}

// makeDir makes a directory that a node finds, durable, as a mounted disk is.
func (c *Cluster) makeDir(n *Node, dir string) {
	c.t.Helper()
	_, err := fs.MakeDirs(n.raw, "/", dir)
	check.NoError(c.t, err)
	if c.mode != inMemory {
		return // it outlives this process
	}
	for dir != "/" {
		dir = path.Dir(dir)
		check.NoError(c.t, n.raw.SyncDir(dir))
	}
}

func (c *Cluster) runnerOf(n *Node) runner {
	c.t.Helper()
	founds := len(c.nodes) == 0
	targets := 0
	if founds {
		targets = c.options.Targets + c.options.All
	}
	if c.mode != asProcesses {
		return &embedded{node: n, network: c.network, founds: founds, targets: targets, log: c.log(n), clock: c.clock(), logs: c.logs, near: c.options.Near, modules: c.options.Modules}
	}
	p := &process{node: n, binary: Program(c.t), founds: founds, targets: targets, ports: c.ports, near: c.options.Near}
	if spaces, ok := c.network.(*namespaces); ok {
		p.inside = spaces.command(n.name)
	}
	return p
}

// clock is what the nodes of a cluster in virtual time go by.
func (c *Cluster) clock() node.Clock {
	if c.mode != inMemory {
		return nil
	}
	began := time.Now()
	return func() liveness.Moment { return liveness.Moment(time.Since(began)) }
}

func (c *Cluster) launch(n *Node) {
	c.t.Helper()
	if err := n.runner.start(); err != nil {
		c.t.Fatalf("start of %s: %v", n.name, err)
	}
	n.running = true
}

// log is where a node in this process writes.
func (c *Cluster) log(n *Node) *slog.Logger {
	c.t.Helper()
	level := slog.LevelWarn
	if text := os.Getenv("AISTEST_LOG"); text != "" {
		var err error
		if level, err = logging.ParseLevel(text); err != nil {
			c.t.Fatalf("AISTEST_LOG: %s", errs.PublicOf(err))
		}
	}
	return logging.New(logging.Options{Level: level, Writer: c.t.Output()}).With("at", n.name)
}

// stop ends all nodes.
func (c *Cluster) stop() {
	c.hangUp()
	for _, n := range c.nodes {
		if n.paused {
			c.do(n, "resume", n.runner.resume)
		}
	}
	// Those that lean on others go first.
	for i := len(c.nodes) - 1; i >= 0; i-- {
		c.end(c.nodes[i])
	}
}

func (c *Cluster) end(n *Node) {
	if !n.running {
		return
	}
	n.running = false
	err, is := n.runner.ended()
	if p, ok := n.runner.(*process); ok && (is || c.t.Failed()) {
		c.t.Logf("%s: …%s", n.name, p.tail())
	}
	if is {
		c.t.Errorf("%s: %v", n.name, err)
		return
	}
	c.do(n, "stop", n.runner.stop)
}

func (c *Cluster) do(n *Node, what string, verb func() error) {
	c.t.Helper()
	if err := verb(); err != nil {
		c.t.Errorf("%s of %s: %v", what, n.name, err)
	}
}

// hangUp closes the connections of the test.
func (c *Cluster) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		c.client.Close()
	}
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}

// owned skips the test where the cluster is not the harness's.
func (c *Cluster) owned(what string) {
	c.t.Helper()
	if c.mode == external {
		c.t.Skipf("AIS_ENDPOINT: the test needs %s", what)
	}
}

// embeddedOnly skips the test where nodes do not run in this process.
func (c *Cluster) embeddedOnly(what string) {
	c.t.Helper()
	c.owned(what)
	if c.mode == asProcesses {
		c.t.Skipf("AISTEST_MODE=process: the test needs %s", what)
	}
}

// patience bounds one question of the harness to a node.
const patience = 5 * time.Second
