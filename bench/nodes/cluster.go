// Package nodes runs a cluster on loopback for a benchmark: nodes of cmd/aisnode as
// child processes, one proxy and some targets with one mountpath each.
package nodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"aistore/api"
	"aistore/bench/load"
	"aistore/bench/process"
	"aistore/errs"
)

const (
	// clusterStart is how long the cluster may take to become ready.
	clusterStart = time.Minute
	// pollPause is the time between two questions whether it is.
	pollPause = 20 * time.Millisecond
)

// Options describes a cluster.
type Options struct {
	Node    string // path of aisnode
	Dir     string // of all that the nodes keep
	Targets int
}

// Cluster is a proxy and targets that serve.
type Cluster struct {
	Proxy   *Node
	Targets []*Node
}

// Node is one of them.
type Node struct {
	*process.Server
	ID      string
	Address string // "host:port" of its only listener
}

// Start starts the nodes and waits until they are ready. Whoever gets a Cluster
// stops it. Errors: NotFound (no executable), Unavailable (not ready in time).
func Start(ctx context.Context, o Options) (*Cluster, error) {
	const op = "nodes.Start"
	if _, err := os.Stat(o.Node); err != nil {
		return nil, errs.E(op, o.Node, errs.NotFound, errors.New("build it first (make build), or measure -ways=plain only"))
	}
	c := &Cluster{Proxy: &Node{ID: "pbenchmark"}}
	if err := c.Proxy.start(ctx, o, "proxy", c); err != nil {
		return nil, err
	}
	for i := range o.Targets {
		t := &Node{ID: fmt.Sprintf("tbenchmark%d", i+1)}
		if err := t.start(ctx, o, "target", c); err != nil {
			c.Stop()
			return nil, err
		}
		c.Targets = append(c.Targets, t)
	}
	if err := c.await(ctx); err != nil {
		for _, n := range c.all() {
			err = fmt.Errorf("%w\n%s: %s", err, n.ID, n.LogTail(5))
		}
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop stops all nodes.
func (c *Cluster) Stop() {
	for i := len(c.Targets) - 1; i >= 0; i-- {
		c.Targets[i].Stop()
	}
	c.Proxy.Stop()
}

// Client returns a client of the cluster, to be closed.
func (c *Cluster) Client() (*api.Client, error) {
	return api.New(api.Options{Endpoint: "http://" + c.Proxy.Address})
}

// Meters are all nodes: each is part of the price.
func (c *Cluster) Meters() []load.Meter {
	var meters []load.Meter
	for _, n := range c.all() {
		meters = append(meters, n)
	}
	return meters
}

func (c *Cluster) all() []*Node { return append([]*Node{c.Proxy}, c.Targets...) }

// start starts a node.
func (n *Node) start(ctx context.Context, o Options, role string, c *Cluster) error {
	const op = "nodes.start"
	var err error
	if n.Address, err = freeAddress(); err != nil {
		return err
	}
	home := filepath.Join(o.Dir, n.ID)
	if err := os.MkdirAll(filepath.Join(home, "log"), 0o755); err != nil {
		return errs.E(op, n.ID, errs.Internal, err)
	}
	text, err := json.MarshalIndent(n.configuration(home, c.Proxy.Address), "", "  ")
	if err != nil {
		return errs.E(op, n.ID, errs.Internal, err)
	}
	path := filepath.Join(home, "ais.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return errs.E(op, n.ID, errs.Internal, err)
	}
	environment := []string{"AIS_DAEMON_ID=" + n.ID}
	if role == "proxy" {
		environment = append(environment, "AIS_IS_PRIMARY=true")
	}
	n.Server, err = process.Start(ctx, process.Options{
		Name: n.ID,
		Path: o.Node,
		Args: []string{"-role=" + role, "-config=" + path, fmt.Sprint("-ntargets=", o.Targets)},
		Env:  environment,
		Log:  filepath.Join(home, "stdout.log"),
	})
	return err
}

// configuration is the file of a node: what differs from the defaults.
func (n *Node) configuration(home, proxy string) map[string]any {
	host, port, _ := net.SplitHostPort(n.Address)
	primary := "http://" + proxy
	return map[string]any{
		"confdir":      filepath.Join(home, "conf"),
		"log_dir":      filepath.Join(home, "log"),
		"host_net":     map[string]any{"hostname": host, "port": port, "port_intra_control": "", "port_intra_data": ""},
		"test_fspaths": map[string]any{"root": filepath.Join(home, "data"), "count": 1, "instance": 0},
		"proxy":        map[string]any{"primary_url": primary, "original_url": primary, "discovery_url": primary},
	}
}

// await waits for all nodes.
func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clusterStart)
	defer cancel()
	for _, n := range c.all() {
		if err := awaitReady(ctx, "http://"+n.Address+"/v1/health?readiness=true"); err != nil {
			return err
		}
	}
	return nil
}

// awaitReady asks until the answer is 200. Errors: Unavailable.
func awaitReady(ctx context.Context, url string) error {
	const op = "nodes.awaitReady"
	ticker := time.NewTicker(pollPause)
	defer ticker.Stop()
	for {
		err := answers(ctx, url)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errs.E(op, url, errs.Unavailable, err)
		case <-ticker.C:
		}
	}
}

// answers makes one GET request and wants 200. Errors: Unavailable.
func answers(ctx context.Context, url string) error {
	const op = "nodes.answers"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return errs.E(op, url, errs.Invalid, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errs.E(op, url, errs.Unavailable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errs.E(op, url, errs.Unavailable, errors.New(response.Status))
	}
	return nil
}

// freeAddress finds a loopback port that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", errs.E("nodes.freeAddress", "127.0.0.1", errs.Internal, err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
