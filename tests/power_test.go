package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// TestPowerLoss has targets lose power while clients write. In a bucket that
// syncs, what was acknowledged is there; in any bucket, what is served is whole.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	for _, mode := range []memfs.Mode{memfs.DropAll, memfs.KeepRandom, memfs.KeepAll} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			aistest.Virtual(t, aistest.Options{Targets: 2}, func(t *testing.T, c *aistest.Cluster) {
				synced := c.NewBucket(nil)
				relaxed := wire.DurabilityRelaxed
				light := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
				for round := range 4 {
					losePowerWhile(t, c, []wire.Bucket{synced, light}, round, mode, random)
				}
			})
		})
	}
}

func losePowerWhile(t *testing.T, c *aistest.Cluster, buckets []wire.Bucket, round int, mode memfs.Mode, random *rand.Rand) {
	t.Helper()
	var acked []*acknowledged
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	for _, b := range buckets {
		a := &acknowledged{last: map[string]uint64{}}
		acked = append(acked, a)
		for writer := range 3 {
			group.Go(func() { a.write(ctx, c, []wire.Bucket{b}, writer, round+1) })
		}
	}
	acked[0].await(50 + random.IntN(100))
	acked[1].await(random.IntN(20))
	victims := c.Targets()[:1+random.IntN(2)]
	c.LosePower(mode, random, victims...)
	stop()
	group.Wait()
	c.Restart(victims...)
	acked[0].check(t, c)
	if mode == memfs.KeepAll {
		acked[1].check(t, c)
	} else {
		acked[1].checkWhole(t, c)
	}
	check.Equal(t, len(list(t, c, buckets[0], api.ListOptions{})) >= len(acked[0].all), true)
}

// checkWhole reads every object: what is served is whole.
func (a *acknowledged) checkWhole(t *testing.T, c *aistest.Cluster) {
	t.Helper()
	for _, one := range a.all {
		data, _, err := c.Client().GetBytes(t.Context(), one.bucket, one.name, nil, api.GetOptions{})
		if errors.Is(err, errs.NotFound) || errors.Is(err, errs.Corrupt) {
			continue
		}
		check.NoError(t, err)
		if _, err := checkPayload(one.name, data); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", one.bucket.ObjectString(one.name), err))
		}
	}
}
