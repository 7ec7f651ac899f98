package tests

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// suspicion is how long a change of the cluster waits at most for a node that is
// silent: it counts from the last keepalive, so that a second of it may be over.
const suspicion = 2 * time.Second

// TestSuspicion pauses a target: a change waits for it until it is suspected,
// and no longer; it catches up when it goes on.
func TestSuspicion(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 2, Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		paused := c.Target(1)
		c.Pause(paused)
		began := time.Now()
		first := c.NewBucket(nil)
		took := time.Since(began)
		if took < suspicion/2 || took > suspicion+time.Second {
			t.Fatalf("the first change took %v", took)
		}
		began = time.Now()
		second := c.NewBucket(nil)
		if took := time.Since(began); took > suspicion/10 {
			t.Fatalf("the second change took %v", took)
		}
		// The rest of the cluster has both; what is the paused target's is not
		// served by anybody else.
		client := c.NewClient(api.Options{Attempts: 1, Timeout: time.Second})
		defer client.Close()
		for i := range 20 {
			name := strconv.Itoa(i)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := client.PutBytes(ctx, first, name, payload(name, 1, 100), api.PutOptions{})
			cancel()
			if c.Owner(first, name) == paused {
				check.ErrorIs(t, err, errs.Unavailable)
			} else {
				check.NoError(t, err)
			}
		}
		check.NoError(t, c.Client().DestroyBucket(t.Context(), second))

		c.Resume(paused)
		c.Settle()
		third := c.NewBucket(nil)
		c.Await("the target to catch up", func() error {
			for i := range 20 {
				name := strconv.Itoa(i)
				for _, b := range []wire.Bucket{first, third} {
					if _, err := client.PutBytes(t.Context(), b, name, payload(name, 2, 100), api.PutOptions{}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for i := range 20 {
			check.Equal(t, get(t, c, first, strconv.Itoa(i)), 2)
		}
		// It is waited for again, once the primary has heard its keepalive: what it
		// needed to catch up may have come by the metadata log, without one.
		time.Sleep(suspicion)
		c.Pause(paused)
		began = time.Now()
		c.NewBucket(nil)
		if took := time.Since(began); took < suspicion/2 {
			t.Fatalf("a change after the return took %v", took)
		}
		c.Resume(paused)
	})
}

// TestCutBetweenPrimaryAndTarget cuts the way to a target only, or the way back.
func TestCutBetweenPrimaryAndTarget(t *testing.T) {
	t.Parallel()
	for _, direction := range []string{"there", "back", "both"} {
		t.Run(direction, func(t *testing.T) {
			t.Parallel()
			aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
				b := c.NewBucket(nil)
				proxy, target := c.Proxy(0), c.Target(1)
				if direction != "back" {
					c.Cut(proxy, target)
				}
				if direction != "there" {
					c.Cut(target, proxy)
				}
				began := time.Now()
				during := c.NewBucket(nil)
				if took := time.Since(began); took < suspicion/2 || took > 2*suspicion {
					t.Fatalf("a change took %v", took)
				}
				// Clients reach both, so objects of buckets that it knows go on.
				for i := range 10 {
					put(t, c, b, strconv.Itoa(i), 1, 100)
					check.Equal(t, get(t, c, b, strconv.Itoa(i)), 1)
				}
				c.Heal(proxy, target)
				c.Heal(target, proxy)
				client := c.NewClient(api.Options{Attempts: 1})
				defer client.Close()
				c.Await("the target to catch up", func() error {
					for i := range 10 {
						if _, err := client.PutBytes(t.Context(), during, strconv.Itoa(i), nil, api.PutOptions{}); err != nil {
							return err
						}
					}
					return nil
				})
				check.Equal(t, len(list(t, c, during, api.ListOptions{})), 10)
			})
		})
	}
}

// TestJoinWaitsForPrimary starts targets that find nobody for a long time.
func TestJoinWaitsForPrimary(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 100)
		c.Kill(c.Nodes()...)
		c.Start(c.Targets()...)
		for range 10 {
			time.Sleep(time.Minute)
			for _, n := range c.Targets() {
				check.NoError(t, c.Ended(n))
			}
		}
		began := time.Now()
		c.Restart(c.Proxy(0))
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("the targets were back after %v", took)
		}
		check.Equal(t, get(t, c, b, "o"), 1)
	})
}

// TestJoinWhileCut has a new target that cannot reach the primary at first.
func TestJoinWhileCut(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		s := newShelf(t, c)
		for i := range 20 {
			s.put(t, c, fmt.Sprintf("d%d/o%d", i%3, i), 100)
		}
		target := c.Target(1)
		c.Kill(target)
		c.Cut(target, c.Proxy(0))
		c.Start(target)
		time.Sleep(time.Minute)
		check.NoError(t, c.Ended(target))
		_, err := c.NewClient(api.Options{Attempts: 1}).NodeStatus(t.Context(), target.ID())
		check.ErrorIs(t, err, errs.Unavailable)
		c.Heal(target, c.Proxy(0))
		c.Settle()
		s.check(t, c)
	})
}

// TestPrimaryIsDown has clients of a cluster whose primary is away: objects go
// on, changes wait for it or are refused.
func TestPrimaryIsDown(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 2, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		s := newShelf(t, c)
		for i := range 10 {
			s.put(t, c, fmt.Sprintf("d%d/o%d", i%3, i), 100)
		}
		c.Kill(c.Proxy(0))
		other := c.NewClient(api.Options{Endpoint: c.Proxy(1).URL(), Attempts: 1})
		defer other.Close()
		for i, name := range s.names() {
			data, _, err := other.GetBytes(t.Context(), s.bucket, name, nil, api.GetOptions{})
			check.NoError(t, err)
			_, err = checkPayload(name, data)
			check.NoError(t, err)
			if i%2 == 0 {
				_, err = other.PutBytes(t.Context(), s.bucket, name, payload(name, 100, 100), api.PutOptions{})
				check.NoError(t, err)
			}
		}
		err := other.CreateBucket(t.Context(), wire.Bucket{Name: "none", Provider: wire.ProviderAIS}, nil)
		check.ErrorIs(t, err, errs.Unavailable)
		c.Restart(c.Proxy(0))
		check.NoError(t, other.CreateBucket(t.Context(), wire.Bucket{Name: "none", Provider: wire.ProviderAIS}, nil))
	})
}

// TestManyNodes has a cluster larger than any machine of ours would like.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 12, Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprintf("o%03d", i))
		}
		each(t, names, func(ctx context.Context, name string) error {
			_, err := c.Client().PutBytes(ctx, b, name, payload(name, 1, 100), api.PutOptions{})
			return err
		})
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: 9}), names)
		owners := map[string]int{}
		for _, name := range names {
			owners[c.Owner(b, name).ID()]++
		}
		if len(owners) != 12 {
			t.Fatalf("%d targets own 100 objects: %v", len(owners), owners)
		}
		// A minute without anything to do but keepalives.
		before := time.Now()
		time.Sleep(time.Minute)
		check.Equal(t, time.Since(before), time.Minute)
		check.Equal(t, list(t, c, b, api.ListOptions{}), names)
	})
}

// TestChangesAtOnce has clients at every gateway that make buckets of one name.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 3, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		for round := range 5 {
			b := wire.Bucket{Name: fmt.Sprintf("bucket-%d", round), Provider: wire.ProviderAIS}
			results := make(chan error, 9)
			var group run.Group
			for i := range cap(results) {
				client := c.NewClient(api.Options{Endpoint: c.Proxy(i % 3).URL()})
				group.Go(func() {
					defer client.Close()
					results <- client.CreateBucket(t.Context(), b, nil)
				})
			}
			group.Wait()
			close(results)
			made := 0
			for err := range results {
				if err == nil {
					made++
				} else if !errors.Is(err, errs.Exists) {
					t.Error(err)
				}
			}
			check.Equal(t, made, 1)
			for _, n := range c.Proxies() {
				client := c.NewClient(api.Options{Endpoint: n.URL()})
				_, err := client.HeadBucket(t.Context(), b)
				check.NoError(t, err)
				client.Close()
			}
		}
	})
}
