package target

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aistore/ais/primary"
	"aistore/cluster"
	"aistore/errs"
)

// closedBy are the buckets that a change removes if they are empty. Errors:
// Unavailable (word of one has not arrived here).
func (t *Target) closedBy(m *primary.BeginMessage) ([]*cluster.Bucket, error) {
	if !m.Empty {
		return nil, nil
	}
	var list []*cluster.Bucket
	for _, c := range m.Changes {
		if c.Kind != cluster.ChangeRemoveBucket {
			continue
		}
		b, found := t.applied.Load().Buckets.Get(*c.Bucket)
		if !found || b.ID() != c.BucketID {
			e := errs.E("target.begin", c.Bucket.String(), errs.Unavailable, errors.New("word of the bucket has not arrived here"))
			e.RetryAfter = time.Second
			return nil, e
		}
		list = append(list, b)
	}
	return list, nil
}

// close lets nothing be written to buckets that are empty, for as long as the change
// can come that removes them. Errors: Conflict (one is not empty), Unavailable.
func (t *Target) close(ctx context.Context, list []*cluster.Bucket) error {
	for _, b := range list {
		if err := t.store.Shut(ctx, b, reserveTime); err != nil {
			return err
		}
		empty, err := t.store.Empty(ctx, b)
		if err != nil {
			return err
		}
		if !empty {
			e := errs.E("target.begin", b.String(), errs.Conflict, nil)
			e.Code, e.Public = errs.CodeBucketNotEmpty, fmt.Sprintf("bucket %q is not empty", b.String())
			return e
		}
	}
	return nil
}
