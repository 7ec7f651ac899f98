package tests

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/run"
)

// The primary is killed under load, again and again. Through other gateways no
// read of an object fails meanwhile, and changes come back within seconds. How
// long that takes is logged; it says something on a machine that does nothing
// else.
func TestFailoverUnderLoad(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes minutes: set AIS_SOAK=10m, or run make soak")
	}
	const kills = 20
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3, Processes: true})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	data := put(t, c, b, "object", 1, 5000)
	var took []time.Duration
	for i := range kills {
		old := c.Leader()
		other := clientOf(t, c, another(c, old))
		ctx, stop := context.WithCancel(t.Context())
		var reads atomic.Int64
		var group run.Group
		for range 2 {
			group.Go(func() {
				for ctx.Err() == nil {
					got, _, err := other.GetBytes(ctx, b, "object", nil, api.GetOptions{})
					switch {
					case ctx.Err() != nil:
						return
					case err != nil || !slices.Equal(got, data):
						t.Errorf("a read failed: %v", err)
						return
					}
					reads.Add(1)
				}
			})
		}
		check.Eventually(t, func() bool { return reads.Load() > 100 || t.Failed() })
		c.Kill(old)
		killed := time.Now()
		next := wire.Bucket{Name: fmt.Sprintf("after-%d", i), Provider: wire.ProviderAIS}
		c.Await("a change", func() error { return other.CreateBucket(t.Context(), next, nil) })
		took = append(took, time.Since(killed))
		stop()
		group.Wait()
		c.Restart(old)
		c.AwaitVoters(5)
	}
	slices.Sort(took)
	t.Logf("%d kills: median %v, most %v, least %v", kills, took[kills/2].Round(time.Millisecond),
		took[kills-1].Round(time.Millisecond), took[0].Round(time.Millisecond))
}

// While reads take all of the processors, nobody is suspected or removed, and the
// primary stays.
func TestNobodyIsSuspectedUnderLoad(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("AIS_SOAK"))
	if err != nil {
		t.Skip("takes minutes: set AIS_SOAK=5m, or run make soak")
	}
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3, Processes: true})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	var names []string
	for i := range 64 {
		names = append(names, fmt.Sprintf("o%02d", i))
		put(t, c, b, names[i], 1, 64<<10)
	}
	before := c.Map(c.Proxy(0))
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var reads atomic.Int64
	var group run.Group
	for worker := range 64 {
		client := c.NewClient(api.Options{Endpoint: c.Proxy(worker % 3).URL(), ViaProxy: worker%2 == 0})
		group.Go(func() {
			defer client.Close()
			for i := worker; ctx.Err() == nil; i++ {
				if _, _, err := client.GetBytes(ctx, b, names[i%len(names)], nil, api.GetOptions{}); err != nil && ctx.Err() == nil {
					t.Errorf("a read failed: %v", err)
					return
				}
				reads.Add(1)
			}
		})
	}
	group.Wait()
	after := c.Map(c.Proxy(0))
	check.Equal(t, after.Primary.ID, before.Primary.ID)
	check.Equal(t, after.Version, before.Version) // whoever is removed or marked changes it
	t.Logf("%d reads in %v, map version %d before and after", reads.Load(), length, after.Version)
}
