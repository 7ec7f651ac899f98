package cluster_test

import (
	"fmt"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

func TestDiffBucketsFindsEveryChange(t *testing.T) {
	t.Parallel()
	old := new(cluster.Buckets)
	for i := range 300 {
		old = addBucket(t, old, fmt.Sprintf("b%d", i))
	}
	next := addBucket(t, old, "new")
	kept, _ := next.Get(wire.Bucket{Name: "b7", Provider: wire.ProviderAIS})
	next, err := next.WithoutBucket(kept.Bucket)
	check.NoError(t, err)

	found := map[string]string{}
	for _, c := range cluster.DiffBuckets(old, next) {
		switch {
		case c.Old == nil:
			found[c.New.Name] = "created"
		case c.New == nil:
			found[c.Old.Name] = "destroyed"
		default:
			found[c.New.Name] = "changed"
		}
	}
	check.Equal(t, found, map[string]string{"new": "created", "b7": "destroyed"})
	check.Equal(t, len(cluster.DiffBuckets(next, next)), 0)
}

func addBucket(t *testing.T, b *cluster.Buckets, name string) *cluster.Buckets {
	t.Helper()
	props := wire.DefaultProps(wire.ProviderAIS)
	next, err := b.WithBucket(&cluster.Bucket{Bucket: wire.Bucket{Name: name, Provider: wire.ProviderAIS}, Props: &props})
	check.NoError(t, err)
	return next
}
