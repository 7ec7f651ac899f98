package main

import (
	"context"

	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/bench/nodes"
)

// Buckets of the benchmark, and their durability.
const (
	bucketFsync   = "bench-fsync"
	bucketRelaxed = "bench-relaxed"
)

// cluster is one proxy and one target with one mountpath.
type cluster struct{ *nodes.Cluster }

// startCluster starts the two nodes, waits until they are ready, and creates
// the buckets. Errors: NotFound (no executable), Unavailable (not ready in
// time).
func startCluster(ctx context.Context, node, dir string) (*cluster, error) {
	started, err := nodes.Start(ctx, nodes.Options{Node: node, Dir: dir, Targets: 1})
	if err != nil {
		return nil, err
	}
	c := &cluster{started}
	for bucket, durability := range map[string]string{bucketFsync: wire.DurabilityFsync, bucketRelaxed: wire.DurabilityRelaxed} {
		if err := c.createBucket(ctx, bucket, durability); err != nil {
			c.stop()
			return nil, err
		}
	}
	return c, nil
}

// direct is the way to the target that owns every object.
func (c *cluster) direct(bucket string) way { return c.raw(wayDirect, bucket, c.Targets[0].Address) }

// redirect is the way through the proxy.
func (c *cluster) redirect(bucket string) way { return c.raw(wayRedirect, bucket, c.Proxy.Address) }

func (c *cluster) raw(label, bucket, address string) way {
	return way{label: label, servers: c.Meters(), open: func() (door, error) {
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
	return way{label: wayAPI, servers: c.Meters(), open: func() (door, error) {
		client, err := c.Client()
		if err != nil {
			return nil, err
		}
		return &apiDoor{client: client, bucket: wire.Bucket{Name: bucket, Provider: wire.ProviderAIS}}, nil
	}}
}

func (c *cluster) stop() { c.Stop() }

func (c *cluster) createBucket(ctx context.Context, name, durability string) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	bucket := wire.Bucket{Name: name, Provider: wire.ProviderAIS}
	return client.CreateBucket(ctx, bucket, &wire.BucketPropsToSet{Durability: &durability})
}
