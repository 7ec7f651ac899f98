package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// TestListingUnderWriters lists while objects come and go all around those that
// stay: these are in every listing, once, in order.
func TestListingUnderWriters(t *testing.T) {
	t.Parallel()
	const writers, listings = 3, 25
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	relaxed := wire.DurabilityRelaxed
	b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	var stays []string
	for i := range 120 {
		// Names of which many get directories beside them, and after them.
		name := []string{"s%03d", "d/s%03d", "d/s%03d/x", "e%03d/f"}[i%4]
		stays = append(stays, fmt.Sprintf(name, i))
	}
	stays = sorted(stays)
	each(t, stays, func(ctx context.Context, name string) error {
		_, err := c.Client().PutBytes(ctx, b, name, payload(name, 1, 100), api.PutOptions{})
		return err
	})
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	for writer := range writers {
		random := rand.New(rand.NewPCG(seed, uint64(writer)))
		group.Go(func() { churn(ctx, t, c.Client(), b, random, stays) })
	}
	client := c.NewClient(api.Options{Endpoint: c.Proxy(1).URL()})
	defer client.Close()
	random := rand.New(rand.NewPCG(seed, 1000))
	for i := range listings {
		if i == listings/2 {
			c.AddTarget()
		}
		o := api.ListOptions{PageSize: 1 + random.IntN(60)}
		switch i % 3 {
		case 1:
			o.Prefix = []string{"d/", "d/s", "s", "e"}[random.IntN(4)]
		case 2:
			o.StartAfter = stays[random.IntN(len(stays))]
		}
		if i%5 == 0 {
			o.Props = wire.PropName | wire.PropVersion
		}
		var names []string
		for entry, err := range client.List(t.Context(), b, o) {
			check.NoError(t, err)
			names = append(names, entry.Name)
		}
		checkListing(t, names, stays, o)
	}
}

// churn creates, overwrites and deletes objects beside, before, after and below
// those that stay, and overwrites these too.
func churn(ctx context.Context, t *testing.T, client *api.Client, b wire.Bucket, random *rand.Rand, stays []string) {
	for ctx.Err() == nil {
		near := stays[random.IntN(len(stays))]
		name := near + []string{"", "/below", "-after", "/below/deep", ".", "%"}[random.IntN(6)]
		var err error
		if name == near || random.IntN(2) == 0 {
			_, err = client.PutBytes(ctx, b, name, payload(name, 2, 100), api.PutOptions{})
		} else if err = client.Delete(ctx, b, name); isKind(err, errs.NotFound) {
			err = nil
		}
		if err != nil && ctx.Err() == nil {
			t.Errorf("%q: %v", name, err)
			return
		}
	}
}

func checkListing(t *testing.T, names, stays []string, o api.ListOptions) {
	t.Helper()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Fatalf("%+v: not in order, each once: %q", o, names)
	}
	listed := map[string]bool{}
	for _, name := range names {
		listed[name] = true
		if !strings.HasPrefix(name, o.Prefix) || name <= o.StartAfter {
			t.Fatalf("%+v: %q was not asked for", o, name)
		}
	}
	for _, name := range stays {
		if strings.HasPrefix(name, o.Prefix) && name > o.StartAfter && !listed[name] {
			t.Fatalf("%+v: %q is missing", o, name)
		}
	}
}

// TestListingOfManyDirectories folds directories while their content goes.
func TestListingWithoutRecursionUnderWriters(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	relaxed := wire.DurabilityRelaxed
	b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	var stays []string
	for i := range 30 {
		stays = append(stays, fmt.Sprintf("d%02d/o", i))
	}
	each(t, stays, func(ctx context.Context, name string) error {
		_, err := c.Client().PutBytes(ctx, b, name, nil, api.PutOptions{})
		return err
	})
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			name := fmt.Sprintf("d%02d%s", i%30, []string{"/o/deep", "x/o", "/p"}[i%3])
			_, _ = c.Client().PutBytes(ctx, b, name, nil, api.PutOptions{}) // the listings are what counts
			_ = c.Client().Delete(ctx, b, name)
		}
	})
	for i := range 20 {
		names := list(t, c, b, api.ListOptions{Flags: wire.ListNoRecursion, PageSize: 1 + i})
		want := map[string]bool{}
		for _, name := range stays {
			want[name[:4]] = true
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "/") || len(name) > 5 {
				t.Fatalf("%q is no directory", name)
			}
			delete(want, name)
		}
		check.Equal(t, want, map[string]bool{})
		check.Equal(t, slices.IsSorted(names), true)
	}
}
