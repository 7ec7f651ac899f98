package target

import (
	"context"

	"aistore/cluster"
	"aistore/errs"
)

// apply makes the target act on what the cluster agreed on: directories of new
// buckets are there before the first request can see the bucket, and a
// destroyed bucket is hidden before its directories go to the trash. A disk that
// fails keeps the target from nothing else: it gets the directory of a bucket
// with the first object, and what is left of another bucket is never served.
func (t *Target) apply(ctx context.Context, next *cluster.State) error {
	old := t.applied.Load()
	changes := cluster.DiffBuckets(old.Buckets, next.Buckets)
	for _, c := range changes {
		if c.New != nil {
			if err := t.store.CreateBucket(ctx, c.New); ctx.Err() != nil {
				return errs.E("target.apply", c.New.String(), "", context.Cause(ctx))
			} else if err != nil {
				t.log.Warn("bucket is not on every mountpath yet", "bucket", c.New.String(), "err", err)
			}
		}
	}
	if err := t.prepareJobs(ctx, changes, next); err != nil {
		return err
	}
	t.applied.Store(next)
	t.settleReservations(changes, next)
	t.gate.Follow(next.Map) // after the reads: a write rests on what they say
	t.tellOfMap(old.Map, next.Map)
	ctx = context.WithoutCancel(ctx) // what is not done now, nobody does
	for _, c := range changes {
		t.tellModules(c)
		if c.Old != nil && (c.New == nil || c.New.ID() != c.Old.ID()) {
			if err := t.store.DestroyBucket(ctx, c.Old); err != nil {
				t.log.Warn("a mountpath keeps what is left of a bucket", "bucket", c.Old.String(), "err", err)
			}
		}
	}
	t.applyJobs(ctx, old, next)
	return nil
}

func (t *Target) tellOfMap(old, now *cluster.Map) {
	if old.Version() == now.Version() && old.UUID() == now.UUID() {
		return
	}
	for _, w := range t.modules.Maps {
		w.MapChanged(old, now)
	}
}

func (t *Target) tellModules(c cluster.BucketChange) {
	for _, w := range t.modules.Watchers {
		w.BucketChanged(c.Old, c.New)
	}
}
