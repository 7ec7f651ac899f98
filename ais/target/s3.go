package target

import (
	"context"

	"aistore/ais/s3"
	"aistore/cluster"
)

// OfferS3 adds to the dialect of the node what this target does.
func (t *Target) OfferS3(o *s3.Options) {
	o.Self, o.Objects, o.State, o.Pool = t.id, t.verbs, t.applied.Load, t.small
	o.Await, o.Stale = t.await, t.stale
}

// await waits for a map by which a request for the name of that digest can be
// served, but not for long.
func (t *Target) await(ctx context.Context, version int64, digest uint64, writes bool) {
	m := t.applied.Load().Map
	if version > m.Version() || writes && m.Moves(digest) {
		t.gate.Await(ctx, version, func(m *cluster.Map) bool { return !writes || !m.Moves(digest) })
	}
}
