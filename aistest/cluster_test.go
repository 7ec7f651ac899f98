package aistest_test

import (
	"fmt"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/check"
)

// put stores a few objects and reads them back.
func put(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	t.Helper()
	for i := range 10 {
		name := fmt.Sprintf("dir/object-%d", i)
		_, err := c.Client().PutBytes(t.Context(), b, name, []byte(name), api.PutOptions{})
		check.NoError(t, err)
	}
	get(t, c, b)
}

func get(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	t.Helper()
	for i := range 10 {
		name := fmt.Sprintf("dir/object-%d", i)
		data, _, err := c.Client().GetBytes(t.Context(), b, name, nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, string(data), name)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	b := c.NewBucket(nil)
	put(t, c, b)
	c.Kill(c.Target(0))
	c.Restart(c.Target(0))
	get(t, c, b)
	c.Stop(c.Proxy(0), c.Target(2))
	c.Restart(c.Proxy(0), c.Target(2))
	get(t, c, b)
}

func TestVirtual(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 2, Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		c.Kill(c.Target(0))
		c.Restart(c.Target(0))
		get(t, c, b)
	})
}
