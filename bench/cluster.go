package main

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
	"aistore/api/wire"
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
func (c *cluster) direct(bucket string) way { return c.raw(wayDirect, bucket, c.targetAddress) }

// redirect is the way through the proxy.
func (c *cluster) redirect(bucket string) way { return c.raw(wayRedirect, bucket, c.proxyAddress) }

func (c *cluster) raw(label, bucket, address string) way {
	return way{label: label, servers: c.meters(), open: func() (door, error) {
		return &rawDoor{
			client:  load.NewClient(),
			address: address,
			prefix:  "/v1/objects/" + bucket + "/",
			suffix:  "?provider=ais",
			size:    "&props=size",
			follow:  label == wayRedirect,
		}, nil
	}}
}

// api is the way of the Go client, which finds the owner itself.
func (c *cluster) api(bucket string) way {
	return way{label: wayAPI, servers: c.meters(), open: func() (door, error) {
		client, err := api.New(api.Options{Endpoint: "http://" + c.proxyAddress})
		if err != nil {
			return nil, err
		}
		return &apiDoor{client: client, bucket: wire.Bucket{Name: bucket, Provider: wire.ProviderAIS}}, nil
	}}
}

// meters are both nodes: the proxy is part of the price.
func (c *cluster) meters() []load.Meter { return []load.Meter{c.proxy, c.target} }

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
	for bucket, durability := range map[string]string{bucketFsync: wire.DurabilityFsync, bucketRelaxed: wire.DurabilityRelaxed} {
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

func (c *cluster) createBucket(ctx context.Context, name, durability string) error {
	client, err := api.New(api.Options{Endpoint: "http://" + c.proxyAddress})
	if err != nil {
		return err
	}
	defer client.Close()
	bucket := wire.Bucket{Name: name, Provider: wire.ProviderAIS}
	return client.CreateBucket(ctx, bucket, &wire.BucketPropsToSet{Durability: &durability})
}

// answers makes one GET request and wants 200. Errors: Unavailable.
func answers(ctx context.Context, url string) error {
	const op = "bench.answers"
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
		return "", errs.E("bench.freeAddress", "127.0.0.1", errs.Internal, err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
