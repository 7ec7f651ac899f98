package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

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

// Buckets of the benchmark, and their durability.
const (
	bucketFsync   = "bench-fsync"
	bucketRelaxed = "bench-relaxed"
)

// cluster is one proxy and one target with one mountpath.
type cluster struct {
	proxy, target               *process.Server
	proxyAddress, targetAddress string
}

// startCluster starts the two nodes, waits until they are ready, and creates
// the buckets. Errors: NotFound (no executable), Unavailable (not ready in
// time).
func startCluster(ctx context.Context, node, dir string) (*cluster, error) {
	const op = "bench.startCluster"
	if _, err := os.Stat(node); err != nil {
		return nil, errs.E(op, node, errs.NotFound, errors.New("build it first (make build), or measure -ways=plain only"))
	}
	c := &cluster{}
	var err error
	if c.proxyAddress, err = freeAddress(); err != nil {
		return nil, err
	}
	if c.targetAddress, err = freeAddress(); err != nil {
		return nil, err
	}
	if c.proxy, err = c.startNode(ctx, node, dir, "proxy", c.proxyAddress); err != nil {
		return nil, err
	}
	if c.target, err = c.startNode(ctx, node, dir, "target", c.targetAddress); err != nil {
		c.stop()
		return nil, err
	}
	if err := c.prepare(ctx); err != nil {
		err = fmt.Errorf("%w\nproxy: %s\ntarget: %s", err, c.proxy.LogTail(5), c.target.LogTail(5))
		c.stop()
		return nil, err
	}
	return c, nil
}

// direct is the way to the target that owns every object.
func (c *cluster) direct(bucket string) endpoint {
	return c.endpoint(wayDirect, bucket, c.targetAddress)
}

// redirect is the way through the proxy.
func (c *cluster) redirect(bucket string) endpoint {
	e := c.endpoint(wayRedirect, bucket, c.proxyAddress)
	e.follow = true
	return e
}

func (c *cluster) endpoint(label, bucket, address string) endpoint {
	return endpoint{
		label:   label,
		address: address,
		prefix:  "/v1/objects/" + bucket + "/",
		suffix:  "?provider=ais",
		servers: []load.Meter{c.proxy, c.target},
	}
}

func (c *cluster) stop() {
	if c.target != nil {
		c.target.Stop()
	}
	if c.proxy != nil {
		c.proxy.Stop()
	}
}

func (c *cluster) startNode(ctx context.Context, node, dir, role, address string) (*process.Server, error) {
	const op = "bench.startNode"
	home := filepath.Join(dir, role)
	if err := os.MkdirAll(filepath.Join(home, "log"), 0o755); err != nil {
		return nil, errs.E(op, role, errs.Internal, err)
	}
	text, err := json.MarshalIndent(c.configuration(home, address), "", "  ")
	if err != nil {
		return nil, errs.E(op, role, errs.Internal, err)
	}
	path := filepath.Join(home, "ais.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return nil, errs.E(op, role, errs.Internal, err)
	}
	environment := []string{"AIS_DAEMON_ID=" + role[:1] + "benchmark"}
	if role == "proxy" {
		environment = append(environment, "AIS_IS_PRIMARY=true")
	}
	return process.Start(ctx, process.Options{
		Name: role,
		Path: node,
		Args: []string{"-role=" + role, "-config=" + path, "-ntargets=1"},
		Env:  environment,
		Log:  filepath.Join(home, "stdout.log"),
	})
}

// configuration is the file of a node: what differs from the defaults.
func (c *cluster) configuration(home, address string) map[string]any {
	host, port, _ := net.SplitHostPort(address)
	primary := "http://" + c.proxyAddress
	return map[string]any{
		"confdir":      filepath.Join(home, "conf"),
		"log_dir":      filepath.Join(home, "log"),
		"host_net":     map[string]any{"hostname": host, "port": port, "port_intra_control": "", "port_intra_data": ""},
		"test_fspaths": map[string]any{"root": filepath.Join(home, "data"), "count": 1, "instance": 0},
		"proxy":        map[string]any{"primary_url": primary, "original_url": primary, "discovery_url": primary},
	}
}

// prepare waits for both nodes and creates the buckets.
func (c *cluster) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clusterStart)
	defer cancel()
	for _, address := range []string{c.proxyAddress, c.targetAddress} {
		if err := awaitReady(ctx, "http://"+address+"/v1/health?readiness=true"); err != nil {
			return err
		}
	}
	for bucket, durability := range map[string]string{bucketFsync: "fsync", bucketRelaxed: "relaxed"} {
		if err := c.createBucket(ctx, bucket, durability); err != nil {
			return err
		}
	}
	return nil
}

// awaitReady asks until the answer is 200. Errors: Unavailable.
func awaitReady(ctx context.Context, url string) error {
	const op = "bench.awaitReady"
	ticker := time.NewTicker(pollPause)
	defer ticker.Stop()
	for {
		err := call(ctx, http.MethodGet, url, nil)
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

func (c *cluster) createBucket(ctx context.Context, name, durability string) error {
	body := fmt.Sprintf(`{"action":"create-bck","value":{"durability":%q}}`, durability)
	return call(ctx, http.MethodPost, "http://"+c.proxyAddress+"/v1/buckets/"+name+"?provider=ais", []byte(body))
}

// call makes one request and wants 200. Errors: Unavailable.
func call(ctx context.Context, method, url string, body []byte) error {
	const op = "bench.call"
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return errs.E(op, url, errs.Invalid, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errs.E(op, url, errs.Unavailable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errs.E(op, method+" "+url, errs.Unavailable, errors.New(response.Status))
	}
	return nil
}

// freeAddress finds a loopback port that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", errs.E("bench.freeAddress", "127.0.0.1", errs.Internal, err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
