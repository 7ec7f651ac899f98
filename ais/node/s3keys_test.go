package node_test

import (
	"fmt"
	"testing"

	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// TestAnOpenedKeyIsOfOneSecret has a key exchanged for another of its name, whose
// secret is not that of the first, and keeps so many only.
func TestAnOpenedKeyIsOfOneSecret(t *testing.T) {
	t.Parallel()
	keys := &node.OpenedKeys{}
	first, second := &cluster.Key{S3Key: wire.S3Key{AccessKey: "a"}}, &cluster.Key{S3Key: wire.S3Key{AccessKey: "a"}}
	keys.Put(first, "one")
	check.Equal(t, keys.Get(first), "one")
	check.Equal(t, keys.Get(second), "")
	keys.Put(second, "two")
	check.Equal(t, keys.Get(first)+keys.Get(second), "two")
	for i := range 5000 {
		keys.Put(&cluster.Key{S3Key: wire.S3Key{AccessKey: fmt.Sprint(i)}}, "x")
	}
	check.Equal(t, keys.Len() <= 1024, true)
}
