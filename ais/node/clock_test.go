package node_test

import (
	"testing"
	"time"

	"aistore/internal/check"
)

func TestANodeWritesWhileItHasALease(t *testing.T) {
	t.Parallel()
	c := target(t)
	check.Equal(t, c.MayWrite(), false)
	began := c.Now()
	c.Lease.Extend(began, time.Hour, c.Now())
	check.Equal(t, c.MayWrite(), true)
	c.Lease.Revoke(c.Now())
	check.Equal(t, c.MayWrite(), false)
	check.Equal(t, c.Now() >= began, true)
}
