package tests

import (
	"fmt"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// ending waits for a job, and returns how many objects its shares have done, and
// what they say went wrong.
func ending(t *testing.T, c *aistest.Cluster, id string, err error) (objects int64, said string) {
	t.Helper()
	check.NoError(t, err)
	shares, err := c.Client().WaitJob(t.Context(), id, api.WaitOptions{})
	check.Equal(t, err == nil || strings.Contains(err.Error(), "target"), true)
	for i := range shares {
		objects += shares[i].Stats.Objects
		said += shares[i].Error
	}
	return objects, said
}

// A target is down: what can be done without it is done, and says what it has left
// undone; what would be wrong without it is refused, and names it.
func TestJobsAndListsWhileATargetIsDown(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 3}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		down := c.Target(1)
		var there, away []string
		for i := range 30 {
			name := fmt.Sprintf("o%02d", i)
			put(t, c, b, name, 1, 100)
			if c.Owner(b, name) == down {
				away = append(away, name)
			} else {
				there = append(there, name)
			}
		}
		c.Kill(down)
		holds(t, c, c.Proxy(0), "the target to be down", func(m *wire.Smap) bool { return m.Node(down.ID()).Has(wire.NodeDown) })
		client := c.NewClient(api.Options{Attempts: 1})
		defer client.Close()

		_, err := client.ListPage(t.Context(), b, wire.ListRequest{})
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.PublicOf(err), "target "+down.ID()+" is down: its objects would be missing")
		for what, start := range map[string]func() error{
			"summary-bck": func() error { _, err := client.Summary(t.Context(), b, api.SummaryOptions{}); return err },
			"move-bck": func() error {
				_, err := client.RenameBucket(t.Context(), b, wire.Bucket{Name: "renamed", Provider: wire.ProviderAIS})
				return err
			},
		} {
			err := start()
			check.ErrorIs(t, err, errs.Unavailable)
			check.Equal(t, errs.PublicOf(err), "cannot start "+what+": it needs all targets, and "+down.ID()+" is down")
		}

		// Of a list, what is on the others is done, and the rest is told one by one.
		wanted := wire.Selector{Names: append(there[:2:2], away[0])}
		id, err := client.DeleteObjects(t.Context(), b, wanted)
		objects, said := ending(t, c, id, err)
		check.Equal(t, objects, int64(2))
		check.Contains(t, said, fmt.Sprintf("object %q: its target %s is down and did not take part", away[0], down.ID()))
		// A list that needs nobody who is down has no error.
		id, err = client.DeleteObjects(t.Context(), b, wire.Selector{Names: there[2:4]})
		objects, said = ending(t, c, id, err)
		check.Equal(t, objects, int64(2))
		check.Equal(t, said, "")
		id, err = client.DeleteObjects(t.Context(), b, wire.Selector{Template: "o"})
		objects, said = ending(t, c, id, err)
		check.Equal(t, objects, int64(len(there)-4))
		check.Equal(t, said, down.ID()+" is down and did not take part: what is there is left undone")

		c.Restart(down)
		c.Settle()
		check.Equal(t, list(t, c, b, api.ListOptions{}), away)
	})
}
