package primary

import (
	"context"
	"crypto/rand"
	"strconv"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// CreateBucket creates an ais:// bucket with the properties that the cluster's
// configuration gives to new buckets, changed by set unless that is nil. It
// returns when every node that is not suspected has the bucket, targets its
// directories too: on each mountpath of each target that is up. Errors: Exists,
// Invalid, Unsupported (a bucket of a remote backend), NoSpace and Unavailable (a
// target has a mountpath that cannot take it; or does not answer in time).
func (p *Primary) CreateBucket(ctx context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error {
	if b.IsRemote() {
		return noBackend("primary.CreateBucket", b)
	}
	return p.changeBuckets(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		props, err := newProps(s, b, set)
		if err != nil {
			return nil, err
		}
		if err := cluster.CheckCreateBucket(s, b, &props); err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.CreateBucket(b, props)}, nil
	})
}

// noBackend is the error of a bucket that cannot be made here.
func noBackend(op string, b wire.Bucket) error {
	e := errs.E(op, b.String(), errs.Unsupported, nil)
	e.Public = "bucket " + strconv.Quote(b.String()) + ": this cluster has no backend for it"
	return e
}

// changeBuckets makes a change of buckets that targets may refuse.
func (p *Primary) changeBuckets(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) error {
	return p.transact(ctx, &transaction{id: "books-" + rand.Text(), makes: makes})
}

func newProps(s *cluster.State, b wire.Bucket, set *wire.BucketPropsToSet) (wire.BucketProps, error) {
	props := s.Config.BucketProps(b.Provider)
	props.Created = unixNow()
	if set == nil {
		return props, nil
	}
	return set.Apply(props)
}

// SetBucketProps changes properties of a bucket. Errors: NotFound, Invalid (by the
// rules, or as a target says), Unavailable.
func (p *Primary) SetBucketProps(ctx context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error {
	return p.changeBuckets(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		bucket, err := cluster.CheckBucket(s, b)
		if err != nil {
			return nil, err
		}
		props, err := set.Apply(*bucket.Props)
		if err != nil {
			return nil, err
		}
		if _, err := cluster.CheckSetProps(s, b, &props); err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.SetBucketProps(bucket, props)}, nil
	})
}

// ResetBucketProps gives a bucket the properties that the cluster's configuration
// gives to new ones, but for what tells it from others. Errors: NotFound, Unavailable.
func (p *Primary) ResetBucketProps(ctx context.Context, b wire.Bucket) error {
	return p.changeBuckets(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		bucket, err := cluster.CheckBucket(s, b)
		if err != nil {
			return nil, err
		}
		props := s.Config.BucketProps(bucket.Provider)
		props.Created, props.ID, props.Renamed = bucket.Props.Created, bucket.Props.ID, bucket.Props.Renamed
		props.Versioning.History, props.Lock = bucket.Props.Versioning.History, bucket.Props.Lock
		props.Backend, props.Extra, props.S3 = bucket.Props.Backend, bucket.Props.Extra, bucket.Props.S3
		if _, err := cluster.CheckSetProps(s, b, &props); err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.SetBucketProps(bucket, props)}, nil
	})
}

// DestroyBucket destroys a bucket and all it holds, and ends the jobs that work
// on it. Once it returns no node that
// is not suspected serves an object of it. One whose versions can be locked must
// have none, which every target is asked. Errors: NotFound, Conflict (it has),
// Unavailable.
func (p *Primary) DestroyBucket(ctx context.Context, b wire.Bucket) error {
	locks := false // at the moment of the change: it may have got them while this one waited
	err := p.changeBuckets(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		bucket, err := cluster.CheckBucket(s, b)
		if locks = err == nil && bucket.Props.Lock.Enabled; locks {
			return nil, errs.E("primary.DestroyBucket", bucket.String(), errs.Conflict, nil)
		}
		return destroying(b)(s)
	})
	if locks {
		return p.DestroyEmptyBucket(ctx, b)
	}
	return err
}

// DestroyEmptyBucket is DestroyBucket for a bucket that has no objects, which all
// targets must say: what is written meanwhile is refused, or keeps the bucket. The
// bucket can be written to for a moment less if it is not empty. Errors: Conflict
// with the code BucketNotEmpty, NotFound, Unavailable (a target does not answer).
func (p *Primary) DestroyEmptyBucket(ctx context.Context, b wire.Bucket) error {
	return p.transact(ctx, &transaction{id: "books-" + rand.Text(), empty: true, makes: destroying(b)})
}

func destroying(b wire.Bucket) func(*cluster.State) ([]cluster.Change, error) {
	return func(s *cluster.State) ([]cluster.Change, error) {
		bucket, err := cluster.CheckBucket(s, b)
		if err != nil {
			return nil, err
		}
		var changes []cluster.Change
		for _, j := range s.Jobs.Touching(bucket.Bucket) {
			changes = append(changes, endChanges(s, j, false)...)
		}
		return append(changes, cluster.RemoveBucket(bucket)), nil
	}
}
