package tests

import (
	"context"
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
