package aistest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
	"aistore/internal/run"
)

const objects = 12

func name(i int) string { return fmt.Sprintf("dir/object-%d", i) }

// put stores a few objects and reads them back.
func put(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	t.Helper()
	for i := range objects {
		_, err := c.Client().PutBytes(t.Context(), b, name(i), []byte(name(i)), api.PutOptions{})
		check.NoError(t, err)
	}
	get(t, c, b)
}

func get(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	t.Helper()
	for i := range objects {
		data, _, err := c.Client().GetBytes(t.Context(), b, name(i), nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, string(data), name(i))
	}
}

// each runs a test in this process and in virtual time.
func each(t *testing.T, o aistest.Options, test func(t *testing.T, c *aistest.Cluster)) {
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		test(t, aistest.Start(t, o))
	})
	t.Run("virtual", func(t *testing.T) {
		t.Parallel()
		aistest.Virtual(t, o, test)
	})
}

func TestKillStopAndRestart(t *testing.T) {
	t.Parallel()
	each(t, aistest.Options{Proxies: 2, Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		before := c.Map(c.Proxy(0))
		for _, n := range c.Nodes() {
			id, url := n.ID(), n.URL()
			c.Kill(n)
			_, err := c.HTTP().Get(url + "/v1/health")
			check.Equal(t, err != nil, true)
			c.Restart(n)
			check.Equal(t, []string{n.ID(), n.URL()}, []string{id, url})
			get(t, c, b)
		}
		c.Stop(c.Nodes()...)
		c.Restart(c.Nodes()...)
		get(t, c, b)
		after := c.Map(c.Proxy(0))
		check.Equal(t, after.UUID, before.UUID)
		check.Equal(t, len(after.Targets), 3)
	})
}

func TestNodesOfAllKinds(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{All: 2, Targets: 1, OnePort: true, Mountpaths: 3})
	check.Equal(t, len(c.Nodes()), 3)
	check.Equal(t, len(c.Proxies()), 2)
	check.Equal(t, len(c.Targets()), 3)
	for _, n := range c.Targets() {
		check.Equal(t, len(n.Mountpaths()), 3)
		check.Equal(t, n.Wire().Public.URL, n.Wire().Control.URL)
	}
	check.Equal(t, c.AddTarget().ID(), "target002")
	check.Equal(t, c.AddProxy().ID(), "proxy001")
	for _, n := range c.Nodes() {
		m := c.Map(n)
		check.Equal(t, len(m.Targets), 4)
		check.Equal(t, len(m.Proxies), 3)
	}
	put(t, c, c.NewBucket(nil))
}

func TestConfigureReachesNodes(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Configure: func(f *config.File) { f.Limits.Requests = 77 }})
	text, err := c.Client().NodeConfig(t.Context(), c.Target(0).ID())
	check.NoError(t, err)
	check.Contains(t, string(text), `"max_requests":77`)
}

func TestPauseHoldsBackWhatIsAsked(t *testing.T) {
	t.Parallel()
	each(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		c.Pause(c.Target(0))
		c.Pause(c.Target(0)) // once is enough
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, _, err := c.Client().GetBytes(ctx, b, name(0), nil, api.GetOptions{})
		check.ErrorIs(t, err, errs.Unavailable)
		c.Resume(c.Target(0))
		c.Settle()
		get(t, c, b)
		// A node that is paused can die.
		c.Pause(c.Target(0))
		c.Kill(c.Target(0))
		c.Restart(c.Target(0))
		get(t, c, b)
	})
}

func TestCutIsOneWay(t *testing.T) {
	t.Parallel()
	each(t, aistest.Options{Proxies: 2}, func(t *testing.T, c *aistest.Cluster) {
		first, second := c.Proxy(0), c.Proxy(1)
		client := c.NewClient(api.Options{Endpoint: second.URL(), Timeout: 100 * time.Millisecond})
		defer client.Close()
		for _, cut := range [][2]*aistest.Node{{first, second}, {second, first}} {
			c.Cut(cut[0], cut[1])
			// The second gateway has to ask the first.
			_, err := client.NodeStatus(t.Context(), first.ID())
			check.ErrorIs(t, err, errs.Unavailable)
			c.Heal(cut[0], cut[1])
			c.Await("the answer", func() error {
				_, err := client.NodeStatus(t.Context(), first.ID())
				return err
			})
		}
	})
}

func TestDisksBreakAndHeal(t *testing.T) {
	t.Parallel()
	each(t, aistest.Options{Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		disk := c.Disk(c.Target(0), 0)
		check.Equal(t, disk.Root(), c.Target(0).Mountpaths()[0])
		write := func() error {
			_, err := c.Client().PutBytes(t.Context(), b, name(0), []byte(name(0)), api.PutOptions{})
			return err
		}
		full := disk.Full()
		check.ErrorIs(t, write(), errs.NoSpace)
		full.End()
		check.NoError(t, write())
		disk.Full()
		check.ErrorIs(t, write(), errs.NoSpace)
		disk.Heal()
		check.NoError(t, write())
		one := disk.Fail(faultfs.Open, fs.ErrIO)
		_, _, err := c.Client().GetBytes(t.Context(), b, name(1), nil, api.GetOptions{})
		check.Equal(t, err != nil && one.Hits() > 0, true)
		one.End()
		get(t, c, b)
		check.Equal(t, len(c.Disks(c.Target(0))), 1)
	})
}

func TestFilesShowWhatIsStored(t *testing.T) {
	t.Parallel()
	each(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		check.Equal(t, len(c.Leftovers(b, fs.Objects)), objects)
		check.Equal(t, len(c.Leftovers(b, fs.Work)), 0)
		files := c.Files(b, name(0))
		check.Equal(t, len(files), 1)
		check.Equal(t, files[0].Node.ID(), c.Owner(b, name(0)).ID())
		check.Equal(t, strings.HasSuffix(files[0].Path, "/"+name(0)), true)
		c.Corrupt(b, name(0))
		_, _, err := c.Client().GetBytes(t.Context(), b, name(0), nil, api.GetOptions{})
		check.ErrorIs(t, err, errs.Corrupt)
	})
}

// TestKilledNodeWritesNoMore kills a target that is busy: nothing reaches its
// disks afterwards. In virtual time it is sure to be in the middle.
func TestKilledNodeWritesNoMore(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		target := c.Target(0)
		slow := c.Disk(target, 0).Slow(faultfs.SetXattr, time.Second)
		var writing run.Group
		client := c.NewClient(api.Options{Attempts: 1})
		defer client.Close()
		writing.Go(func() {
			if _, err := client.PutBytes(t.Context(), b, "new", []byte("new"), api.PutOptions{}); err == nil {
				t.Error("the write of a killed node was acknowledged")
			}
		})
		c.Await("the commit to begin", func() error {
			if slow.Hits() == 0 && len(c.Leftovers(b, fs.Work)) == 0 {
				return errors.New("there is no work file")
			}
			return nil
		})
		c.Kill(target)
		writing.Wait()
		check.Equal(t, len(c.Leftovers(b, fs.Objects)), objects)
		check.Equal(t, len(c.Leftovers(b, fs.Work)), 1)
		c.Restart(target)
		get(t, c, b)
		c.Await("the work file to go", func() error {
			if left := c.Leftovers(b, fs.Work); len(left) > 0 {
				return fmt.Errorf("left: %v", left)
			}
			return nil
		})
	})
}

func TestVirtualTimeCostsNothing(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Proxies: 2, Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b)
		began := time.Now()
		time.Sleep(10 * time.Minute)
		check.Equal(t, time.Since(began), 10*time.Minute)
		get(t, c, b)
	})
}

// TestExternalCluster has the harness use a cluster that it has not started.
func TestExternalCluster(t *testing.T) {
	owner := aistest.Start(t, aistest.Options{Targets: 2})
	b := owner.NewBucket(nil)
	t.Setenv("AIS_ENDPOINT", strings.TrimPrefix(owner.URL(), "http://"))
	t.Run("works", func(t *testing.T) {
		c := aistest.Start(t, aistest.Options{Targets: 7})
		check.Equal(t, c.URL(), owner.URL())
		put(t, c, c.NewBucket(nil))
		response, err := c.HTTP().Get(c.URL() + "/v1/health")
		check.NoError(t, err)
		check.NoError(t, response.Body.Close())
		check.Equal(t, response.StatusCode, http.StatusOK)
	})
	// Its buckets have gone with it.
	buckets, err := owner.Client().ListBuckets(t.Context(), wire.Bucket{})
	check.NoError(t, err)
	check.Equal(t, buckets, []wire.Bucket{b})
	for verb, use := range map[string]func(*aistest.Cluster){
		"nodes": func(c *aistest.Cluster) { c.Nodes() },
		"grow":  func(c *aistest.Cluster) { c.AddTarget() },
		"files": func(c *aistest.Cluster) { c.Files(b, "o") },
	} {
		t.Run(verb, func(t *testing.T) {
			use(aistest.Start(t, aistest.Options{}))
			t.Error("the test goes on with what an external cluster does not have")
		})
	}
	t.Run("configuration", func(t *testing.T) {
		aistest.Start(t, aistest.Options{Configure: func(*config.File) {}})
		t.Error("the test goes on without its configuration")
	})
}
