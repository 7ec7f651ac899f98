package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

func TestFailoverKeepsEveryAcknowledgedChange(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3})
	c.AwaitVoters(5)
	kept := []wire.Bucket{c.NewBucket(nil)}
	data := put(t, c, kept[0], "object", 1, 5000)
	for range 3 {
		old := c.Leader()
		c.Kill(old)
		killed := time.Now()
		other := clientOf(t, c, another(c, old))
		got, _, err := other.GetBytes(t.Context(), kept[0], "object", nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, len(got), len(data))
		b := wire.Bucket{Name: fmt.Sprintf("after-%d", len(kept)), Provider: wire.ProviderAIS}
		c.Await("a change", func() error { return other.CreateBucket(t.Context(), b, nil) })
		t.Logf("failover took %v", time.Since(killed).Round(time.Millisecond))
		kept = append(kept, b)
		c.Restart(old)
		for _, n := range c.Proxies() {
			checkBuckets(t, clientOf(t, c, n), kept)
		}
	}
}

func TestTheWholeClusterComesBackInAnyOrder(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	put(t, c, b, "object", 1, 5000)
	kept := []wire.Bucket{b}
	for i := range 5 {
		nodes := c.Nodes()
		reconfigure(t, c, map[string]string{"log.stats_time": fmt.Sprintf("%dm", 10+i)})
		before := agreedOf(t, c.Client())
		c.Kill(nodes...)
		rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		began := time.Now()
		c.Restart(nodes...)
		t.Logf("restart took %v", time.Since(began).Round(time.Millisecond))
		for _, n := range c.Proxies() {
			client := clientOf(t, c, n)
			checkBuckets(t, client, kept)
			check.Equal(t, agreedOf(t, client), before)
		}
		more := wire.Bucket{Name: fmt.Sprintf("after-%d", i), Provider: wire.ProviderAIS}
		check.NoError(t, c.Client().CreateBucket(t.Context(), more, nil))
		kept = append(kept, more)
	}
	_, _, err := c.Client().GetBytes(t.Context(), b, "object", nil, api.GetOptions{})
	check.NoError(t, err)
}

func TestTheMinorityOfACutChangesNothing(t *testing.T) {
	t.Parallel()
	minorityChangesNothing(t, aistest.Options{Proxies: 3, Targets: 2})
}

// The same by the kernel's own network.
func TestTheMinorityOfARealCutChangesNothing(t *testing.T) {
	t.Parallel()
	minorityChangesNothing(t, aistest.Options{Proxies: 3, Targets: 2, Namespaces: true})
}

// minorityChangesNothing cuts the primary off from all others.
func minorityChangesNothing(t *testing.T, o aistest.Options) {
	t.Helper()
	c := aistest.Start(t, o)
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	old := c.Leader()
	lonely := clientOf(t, c, old)
	isolate(c.Nodes(), old, c.Cut)
	other := clientOf(t, c, another(c, old))
	began := time.Now()
	for i := 0; time.Since(began) < 8*time.Second; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := lonely.CreateBucket(ctx, wire.Bucket{Name: fmt.Sprintf("lost-%d", i), Provider: wire.ProviderAIS}, nil)
		cancel()
		if err == nil {
			t.Fatalf("a change was acknowledged after %v by a gateway that is cut off", time.Since(began))
		}
	}
	kept := wire.Bucket{Name: "kept", Provider: wire.ProviderAIS}
	c.Await("a change", func() error { return other.CreateBucket(t.Context(), kept, nil) })
	isolate(c.Nodes(), old, c.Heal)
	c.Settle()
	c.Await("the changes of the majority", func() error {
		_, err := lonely.HeadBucket(t.Context(), kept)
		return err
	})
	check.Equal(t, c.Leader() != old, true)
	checkBuckets(t, lonely, []wire.Bucket{b, kept})
}

// A primary that has lost what it knew finds the cluster that it once founded,
// and follows.
func TestAWipedPrimaryComesBackAsAFollower(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	old := c.Leader()
	uuid := c.Map(old).UUID
	c.Kill(old)
	check.NoError(t, os.RemoveAll(old.ConfDir()))
	c.Leader()
	c.Restart(old)
	check.Equal(t, c.Map(old).UUID, uuid)
	check.Equal(t, c.Leader() != old, true)
	checkBuckets(t, clientOf(t, c, old), []wire.Bucket{b})
	c.AwaitVoters(5)
	c.Kill(c.Leader())
	more := wire.Bucket{Name: "more", Provider: wire.ProviderAIS}
	c.Await("a change", func() error { return clientOf(t, c, c.Leader()).CreateBucket(t.Context(), more, nil) })
}

// A primary that has lost what it knew, and is to found a cluster where it knows of
// nobody, founds one; that gives way to the one whose map names it.
func TestAWipedPrimaryThatKnowsNobodyGivesWay(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	founder := c.Proxy(0)
	uuid := c.Map(founder).UUID
	c.Kill(founder)
	check.NoError(t, os.RemoveAll(founder.ConfDir()))
	c.Leader()
	founder.ForgetOthers()
	began := time.Now()
	c.Start(founder)
	c.Await("its return", func() error {
		if m := c.Map(another(c, founder)); m.UUID != uuid {
			return errors.New("another cluster has won")
		}
		return nil
	})
	c.Await("the cluster", func() error {
		_, err := clientOf(t, c, founder).HeadBucket(t.Context(), b)
		return err
	})
	t.Logf("it took %v", time.Since(began).Round(time.Millisecond))
	c.Settle()
	check.Equal(t, c.Map(founder).UUID, uuid)
	check.Equal(t, c.Leader() != founder, true)
	c.AwaitVoters(5)
	c.Stop(founder)
	c.Restart(founder)
	check.Equal(t, c.Map(founder).UUID, uuid)
}

func TestSetPrimary(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 1})
	c.AwaitVoters(3)
	old := c.Leader()
	next := another(c, old)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, old.URL()+wire.PathCluster+"/proxy/"+next.ID(), nil)
	check.NoError(t, err)
	response, err := c.HTTP().Do(request)
	check.NoError(t, err)
	check.NoError(t, response.Body.Close())
	check.Equal(t, response.StatusCode, http.StatusOK)
	check.Equal(t, c.Leader() == next, true)
	c.Settle()
	check.Equal(t, c.Map(old).Primary.ID, next.ID())
	c.NewBucket(nil)
}

// A primary that hangs is replaced, and what was asked of it by way of others is
// answered.
func TestAPausedPrimaryIsReplaced(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2})
	c.AwaitVoters(5)
	c.NewBucket(nil)
	old := c.Leader()
	c.Pause(old)
	began := time.Now()
	other := clientOf(t, c, another(c, old))
	b := wire.Bucket{Name: "meanwhile", Provider: wire.ProviderAIS}
	c.Await("a change", func() error {
		err := other.CreateBucket(t.Context(), b, nil)
		if errors.Is(err, errs.Exists) {
			return nil
		}
		return err
	})
	t.Logf("took %v", time.Since(began).Round(time.Millisecond))
	c.Resume(old)
	c.Settle()
	check.Equal(t, c.Leader() != old, true)
}

// another is a gateway that runs and is not n.
func another(c *aistest.Cluster, n *aistest.Node) *aistest.Node {
	for _, p := range c.Proxies() {
		if p != n {
			return p
		}
	}
	return nil
}

// clientOf is a client of one gateway.
func clientOf(t *testing.T, c *aistest.Cluster, n *aistest.Node) *api.Client {
	t.Helper()
	client := c.NewClient(api.Options{Endpoint: n.URL(), ViaProxy: true})
	t.Cleanup(client.Close)
	return client
}

// checkBuckets checks that a gateway knows buckets.
// agreed is who belongs to a cluster, and how that is configured.
type agreed struct {
	UUID, Config string
	Nodes        []string
}

func agreedOf(t *testing.T, client *api.Client) agreed {
	t.Helper()
	m, err := client.Map(t.Context())
	check.NoError(t, err)
	config, err := client.ClusterConfig(t.Context())
	check.NoError(t, err)
	a := agreed{UUID: m.UUID, Config: string(config)}
	for _, nodes := range []map[string]*wire.Node{m.Proxies, m.Targets} {
		for id, n := range nodes {
			a.Nodes = append(a.Nodes, n.Type+" "+id)
		}
	}
	slices.Sort(a.Nodes)
	return a
}

func checkBuckets(t *testing.T, client *api.Client, want []wire.Bucket) {
	t.Helper()
	var missing error
	for _, b := range want {
		_, err := client.HeadBucket(t.Context(), b)
		missing = errors.Join(missing, err)
	}
	check.NoError(t, missing)
}
