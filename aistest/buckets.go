package aistest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// NewBucket creates an ais:// bucket with a name that no other has, and
// destroys it at the end of the test if the cluster lives on. Nil set means the
// default properties.
func (c *Cluster) NewBucket(set *wire.BucketPropsToSet) wire.Bucket {
	c.t.Helper()
	b := wire.Bucket{Name: "test-" + strings.ToLower(rand.Text()[:10]), Provider: wire.ProviderAIS}
	check.NoError(c.t, c.Client().CreateBucket(c.t.Context(), b, set))
	if c.mode == external {
		c.t.Cleanup(func() {
			err := c.Client().DestroyBucket(context.Background(), b)
			if err != nil && !errors.Is(err, errs.NotFound) {
				c.t.Errorf("%s: %v", b, err)
			}
		})
	}
	return b
}
