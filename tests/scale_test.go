package tests

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/check"
)

// The cost of a bucket hardly depends on how many there are. Figures are logged;
// run it with AISTEST_MODE=process, on a machine that does nothing else, for
// those of the nodes alone.
func TestTenThousandBuckets(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes minutes: set AIS_SOAK=10m, or run make soak")
	}
	const buckets, part = 10_000, 100
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	client := c.Client()
	for done := 0; done < buckets; done += part {
		start, sent := time.Now(), loopbackBytes(t)
		for i := range part {
			b := wire.Bucket{Name: fmt.Sprintf("bucket-%05d", done+i), Provider: wire.ProviderAIS}
			check.NoError(t, client.CreateBucket(t.Context(), b, nil))
		}
		if done == 0 || done+part == buckets || done%2000 == 0 {
			t.Logf("from %5d: %v and %d bytes on the wire for each", done,
				(time.Since(start) / part).Round(10*time.Microsecond), (loopbackBytes(t)-sent)/part)
		}
	}
	t.Logf("resident: gateway %s, target %s", resident(t, c.Proxy(1)), resident(t, c.Target(0)))
	for _, n := range []*aistest.Node{c.Proxy(1), c.Target(0)} {
		c.Stop(n)
		start := time.Now()
		c.Restart(n)
		t.Logf("%s ready %v after the start, with %s resident", n.ID(), time.Since(start).Round(time.Millisecond), resident(t, n))
	}
	found, err := client.ListBuckets(t.Context(), wire.Bucket{Provider: wire.ProviderAIS})
	check.NoError(t, err)
	check.Equal(t, len(found), buckets)
}

// loopbackBytes is how many bytes were sent on the loopback network so far, by
// anybody; 0 where the system does not tell.
func loopbackBytes(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		return 0
	}
	_, line, found := bytes.Cut(text, []byte("lo:"))
	fields := bytes.Fields(line)
	if !found || len(fields) < 9 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[8]), 10, 64)
	check.NoError(t, err)
	return n
}

// A large cluster in one process: how long a change takes until all have it, and
// what nodes take of memory.
func TestTwoHundredTargets(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes minutes: set AIS_SOAK=10m, or run make soak")
	}
	const proxies, targets = 20, 200
	start := time.Now()
	c := aistest.Start(t, aistest.Options{Proxies: proxies, Targets: targets, Mountpaths: 1, OnePort: true})
	t.Logf("%d nodes up in %v", proxies+targets, time.Since(start).Round(time.Millisecond))
	client := c.Client()
	const changes = 20
	start = time.Now()
	sent := loopbackBytes(t)
	for i := range changes {
		b := wire.Bucket{Name: fmt.Sprintf("bucket-%d", i), Provider: wire.ProviderAIS}
		check.NoError(t, client.CreateBucket(t.Context(), b, nil))
	}
	t.Logf("a change took %v until all had it, and %d bytes", (time.Since(start) / changes).Round(time.Microsecond), (loopbackBytes(t)-sent)/changes)
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	t.Logf("%d KiB of heap for each node, %d goroutines", memory.HeapAlloc>>10/(proxies+targets), runtime.NumGoroutine()/(proxies+targets))
	b := wire.Bucket{Name: "bucket-0", Provider: wire.ProviderAIS}
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("o%03d", i))
	}
	each(t, names, func(ctx context.Context, name string) error {
		_, err := client.PutBytes(ctx, b, name, payload(name, 1, 100), api.PutOptions{})
		return err
	})
	check.Equal(t, list(t, c, b, api.ListOptions{}), names)
}
