package bucketcopy

import (
	"context"
	"errors"
	"net/http"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// Name is the name of the module.
const Name = "bucketcopy"

// BucketCopy is the module.
type BucketCopy struct{ host module.Host }

// Maker describes the module.
func Maker() module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &BucketCopy{host: h}, nil },
		Specs: []xaction.Spec{
			{
				Kind: wire.ActionCopyBucket, Display: "copy-bucket", Method: http.MethodPost,
				Need: access.GetObject | access.ListObjects, NeedTo: access.PutObject,
				Args: func() any { return new(wire.CopyOptions) }, Destination: xaction.MadeDestination,
				Excludes: []string{wire.ActionMoveBucket},
			},
			{
				Kind: wire.ActionMoveBucket, Display: "rename-bucket", Method: http.MethodPost,
				Need: access.MoveBucket, NeedTo: access.CreateBucket,
				Destination: xaction.HiddenDestination, Excludes: []string{xaction.AnyKind}, NeedsAll: true,
			},
		},
	}
}

// Name is the name of the module.
func (*BucketCopy) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (c *BucketCopy) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{
		wire.ActionCopyBucket: {Run: c.copy, Check: c.checkCopy},
		wire.ActionMoveBucket: {Run: c.move},
	}
}

// checkCopy refuses to copy a bucket into itself.
func (c *BucketCopy) checkCopy(_ context.Context, j *cluster.Job) error {
	var o wire.CopyOptions
	if err := jsonx.Unmarshal(j.Args, &o); err != nil {
		return errs.E("bucketcopy.Check", j.Kind, errs.Invalid, err)
	}
	if o.DryRun || *j.To != *j.Bucket {
		return nil
	}
	e := errs.E("bucketcopy.Check", j.Bucket.String(), errs.Invalid, nil)
	e.Public = "cannot copy bucket \"" + j.Bucket.String() + "\" into itself"
	return e
}

// copy is the work of copy-bck.
func (c *BucketCopy) copy(ctx context.Context, j *xaction.Job) error {
	var o wire.CopyOptions
	if err := j.Decode(&o); err != nil {
		return err
	}
	source, err := c.host.Source(j)
	if err != nil {
		return err
	}
	to, err := c.host.Destination(j)
	if err != nil && !o.DryRun {
		return err
	}
	selector := wire.Selector{Template: o.Prefix, NoRecurse: o.NoRecurse}
	return c.host.EachObject(ctx, j, source, o.Prefix, o.Workers, func(ctx context.Context, i module.Item) error {
		if !selector.Takes(i.Name.Object) {
			return nil
		}
		if o.DryRun {
			j.Did(i.Object.Size)
			return nil
		}
		err := c.one(ctx, j, i.Name, store.Name{Bucket: to, Object: o.Rename(i.Name.Object)}, module.PutOptions{})
		if err != nil && o.Continue && ctx.Err() == nil {
			j.Fail(err)
			return nil
		}
		return err
	})
}

// move is the work of move-bck.
func (c *BucketCopy) move(ctx context.Context, j *xaction.Job) error {
	source, err := c.host.Source(j)
	if err != nil {
		return err
	}
	hidden, err := c.host.Destination(j)
	if err != nil {
		return err
	}
	return c.host.EachObject(ctx, j, source, "", 0, func(ctx context.Context, i module.Item) error {
		to := store.Name{Bucket: hidden, Object: i.Name.Object}
		return c.one(ctx, j, i.Name, to, module.PutOptions{Keep: true})
	})
}

// one copies an object. One that was deleted since it was found is left out.
func (c *BucketCopy) one(ctx context.Context, j *xaction.Job, from, to store.Name, o module.PutOptions) error {
	err := module.Patiently(ctx, func() error { return c.host.Copy(ctx, j, from, to, o) })
	if errors.Is(err, errs.NotFound) && errs.CodeOf(err) != errs.CodeBucketNotFound {
		return nil
	}
	return err
}
