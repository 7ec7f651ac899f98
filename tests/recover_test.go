package tests

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// A cluster that has lost three of its five voters for good goes on with what
// the others have, at an administrator's word only.
func TestRecoverWithoutTheMajority(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3})
	c.AwaitVoters(5)
	kept := []wire.Bucket{c.NewBucket(nil)}
	data := put(t, c, kept[0], "object", 1, 5000)
	survivor := another(c, c.Leader())
	client := clientOf(t, c, survivor)
	report, err := client.Recover(t.Context(), wire.RecoveryRequest{DryRun: true})
	check.NoError(t, err)
	check.Equal(t, report.Answered, 5)
	_, err = client.Recover(t.Context(), wire.RecoveryRequest{})
	check.ErrorIs(t, err, errs.Conflict)
	check.Contains(t, errs.PublicOf(err), "there is a primary")

	more := wire.Bucket{Name: "more", Provider: wire.ProviderAIS}
	check.NoError(t, client.CreateBucket(t.Context(), more, nil))
	kept = append(kept, more)
	lost := voterOf(t, report, wire.NodeTarget)
	for _, n := range c.Nodes() {
		if n.IsProxy() && n != survivor || n.ID() == lost {
			c.Kill(n)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	check.Equal(t, client.CreateBucket(ctx, wire.Bucket{Name: "never", Provider: wire.ProviderAIS}, nil) != nil, true)
	report, err = client.Recover(t.Context(), wire.RecoveryRequest{DryRun: true})
	check.NoError(t, err)
	check.Equal(t, []any{report.Voters, report.Answered, report.Problem}, []any{5, 2, ""})
	report, err = client.Recover(t.Context(), wire.RecoveryRequest{})
	check.NoError(t, err)
	check.Equal(t, report.Restarts, true)

	c.Await("a change", func() error {
		err := client.CreateBucket(t.Context(), wire.Bucket{Name: "after", Provider: wire.ProviderAIS}, nil)
		if errs.KindOf(err) == errs.Exists {
			return nil
		}
		return err
	})
	c.Settle()
	checkBuckets(t, client, kept)
	for _, b := range kept {
		c.Await("objects", func() error {
			name := "object"
			got, _, err := client.GetBytes(t.Context(), b, name, nil, api.GetOptions{})
			if b != kept[0] && errs.KindOf(err) == errs.NotFound || c.Owner(b, name).ID() == lost {
				return nil
			}
			if err == nil {
				check.Equal(t, len(got), len(data))
			}
			return err
		})
	}
	c.AwaitVoters(3) // a gateway and two targets
}

// voterOf is a node of a type that votes.
func voterOf(t *testing.T, r *wire.Recovery, kind string) string {
	t.Helper()
	for _, n := range r.Nodes {
		if n.Votes && n.Type == kind && strings.HasPrefix(n.ID, "target") {
			return n.ID
		}
	}
	t.Fatalf("no %s votes: %+v", kind, r.Nodes)
	return ""
}

// A cluster that has lost all its gateways goes on with an empty one, at an
// administrator's word to a target: with the targets' votes a minority, or a majority
// that nobody can lead.
func TestRecoverWithoutAnyGateway(t *testing.T) {
	t.Parallel()
	for _, proxies := range []int{1, 3} {
		t.Run(strconv.Itoa(proxies), func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{Proxies: proxies, Targets: 4})
			c.AwaitVoters(5)
			kept := c.NewBucket(nil)
			names := []string{"a", "b", "c", "d", "e", "f"}
			for _, name := range names {
				put(t, c, kept, name, 1, 5000)
			}
			reconfigure(t, c, map[string]string{"mirror.copies": "3"})
			asked := clientOf(t, c, c.Target(1))
			_, err := asked.Recover(t.Context(), wire.RecoveryRequest{Gateway: c.Proxy(0).URL()})
			check.ErrorIs(t, err, errs.Conflict)
			check.Contains(t, errs.PublicOf(err), "is left: let that one go on")
			_, err = asked.Recover(t.Context(), wire.RecoveryRequest{})
			check.ErrorIs(t, err, errs.Conflict)
			check.Contains(t, errs.PublicOf(err), "ask a gateway that can, "+c.Proxy(0).ID())

			c.Kill(c.Proxies()...)
			_, err = asked.Recover(t.Context(), wire.RecoveryRequest{})
			check.ErrorIs(t, err, errs.Conflict)
			check.Contains(t, errs.PublicOf(err), "--gateway")
			_, err = asked.Recover(t.Context(), wire.RecoveryRequest{Gateway: c.Target(0).URL()})
			check.ErrorIs(t, err, errs.Conflict)
			check.Contains(t, errs.PublicOf(err), "has a cluster")

			heir := c.LaunchProxy()
			report, err := asked.Recover(t.Context(), wire.RecoveryRequest{Gateway: heir.URL(), DryRun: true})
			check.NoError(t, err)
			check.Equal(t, []any{report.Voters, report.Answered, report.Problem, report.Restarts}, []any{5, 5 - proxies, "", false})
			report, err = asked.Recover(t.Context(), wire.RecoveryRequest{Gateway: heir.URL()})
			check.NoError(t, err)
			check.Equal(t, report.Restarts, true)
			check.Equal(t, c.Leader() == heir, true)
			c.Settle()
			client := clientOf(t, c, heir)
			checkBuckets(t, client, []wire.Bucket{kept})
			text, err := client.ClusterConfig(t.Context())
			check.NoError(t, err)
			check.Contains(t, string(text), `"mirror":{"copies":3`)
			for _, name := range names {
				got, _, err := client.GetBytes(t.Context(), kept, name, nil, api.GetOptions{})
				check.NoError(t, err)
				check.Equal(t, string(got), string(payload(name, 1, 5000)))
			}
			check.NoError(t, client.CreateBucket(t.Context(), wire.Bucket{Name: "after", Provider: wire.ProviderAIS}, nil))
			_, err = client.PutBytes(t.Context(), kept, "new", payload("new", 1, 5000), api.PutOptions{})
			check.NoError(t, err)
			c.AwaitVoters(5) // the heir, and targets
		})
	}
}
