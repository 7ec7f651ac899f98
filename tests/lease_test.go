package tests

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api/wire"
)

// TestANewPrimaryWaitsForTheLongestLease has leases made shorter, and the primary
// die, while a target that nobody can reach has one of the time before: nobody takes
// it for gone as long as it writes. When such leases have run out that is forgotten.
func TestANewPrimaryWaitsForTheLongestLease(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		c.AwaitVoters(5)
		const long, short = 24 * time.Second, 3 * time.Second
		reconfigure(t, c, map[string]string{"timeout.lease": long.String()})
		f := newFenced(t, c)
		time.Sleep(2 * time.Second) // for a keepalive
		reconfigure(t, c, map[string]string{"timeout.lease": short.String()})
		if took := takenForGone(t, f, c.Target(0)); took < long-2*time.Second || took > long+5*time.Second {
			t.Errorf("with a lease of %v it was taken for gone after %v", long, took)
		}
		time.Sleep(long + 5*time.Second)
		if took := takenForGone(t, f, c.Target(0)); took > long/2 {
			t.Errorf("with a lease of %v it was taken for gone after %v", short, took)
		}
	})
}

// takenForGone cuts a target off, kills the primary, and returns after how long the
// next one takes the target for gone, which no longer writes then. In the end all is
// well again.
func takenForGone(t *testing.T, f *fenced, lonely *aistest.Node) time.Duration {
	t.Helper()
	c := f.c
	began := time.Now()
	for _, n := range c.Nodes() {
		if n != lonely {
			c.Cut(lonely, n)
			c.Cut(n, lonely)
		}
	}
	old := c.Leader()
	c.Kill(old)
	leader := c.Leader()
	c.Await("the target to be marked down", func() error {
		if n := c.Map(leader).Targets[lonely.ID()]; !n.Has(wire.NodeDown) {
			return fmt.Errorf("its flags are %d", n.Flags)
		}
		return nil
	})
	took := time.Since(began)
	refusedFor(t, ownerAnswer(t, c, lonely, f.bucket, request{method: http.MethodPut, path: f.stays, body: "x"}), "lost touch with the primary")
	for _, n := range c.Nodes() {
		c.Heal(lonely, n)
		c.Heal(n, lonely)
	}
	c.Restart(old)
	return took
}
