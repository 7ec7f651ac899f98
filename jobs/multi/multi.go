package multi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// Name is the name of the module.
const Name = "multi"

// copyIdle is how long a copy of objects shows as running and idle when it is
// done: clients look for it in the list of what runs.
const copyIdle = 5 * time.Second

// Multi is the module.
type Multi struct{ host module.Host }

// Maker describes the module.
func Maker() module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &Multi{host: h}, nil },
		Specs: []xaction.Spec{
			{
				Kind: wire.ActionDeleteObjects, Display: "delete-objects", Method: http.MethodDelete,
				Need: access.DeleteObject, Args: func() any { return new(wire.Selector) },
			},
			{
				Kind: wire.ActionEvictObjects, Display: "evict-objects", Method: http.MethodDelete,
				Need: access.DeleteObject, Args: func() any { return new(wire.Selector) },
			},
			{
				Kind: wire.ActionPrefetchObjects, Display: "prefetch-objects", Method: http.MethodPost,
				Need: access.GetObject, Args: func() any { return new(wire.Selector) }, Startable: true,
			},
			{
				Kind: wire.ActionCopyObjects, Display: "copy-objects", Method: http.MethodPost,
				Need: access.GetObject, NeedTo: access.PutObject, Args: func() any { return new(wire.CopyObjects) },
				Destination: xaction.MadeDestination, Prefix: "tco-", Idle: copyIdle,
			},
		},
	}
}

// Name is the name of the module.
func (*Multi) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (m *Multi) Jobs() map[string]xaction.Work {
	remote := xaction.Work{
		Check: m.checkRemote,
		Run:   func(context.Context, *xaction.Job) error { return errs.Unsupported },
	}
	return map[string]xaction.Work{
		wire.ActionDeleteObjects:   {Run: m.delete},
		wire.ActionEvictObjects:    remote,
		wire.ActionPrefetchObjects: remote,
		wire.ActionCopyObjects:     {Run: m.copy},
	}
}

// checkRemote refuses what is for buckets with a remote backend.
func (m *Multi) checkRemote(_ context.Context, j *cluster.Job) error {
	e := errs.E("multi.Check", j.Kind, errs.Unsupported, nil)
	e.Kind = errs.Invalid
	e.Public = j.Kind + " is for buckets with a remote backend: bucket \"" + j.Bucket.String() + "\" has none"
	return e
}

// delete is the work of delete-listrange.
func (m *Multi) delete(ctx context.Context, j *xaction.Job) error {
	var s wire.Selector
	if err := j.Decode(&s); err != nil {
		return err
	}
	return m.each(ctx, j, &s, func(ctx context.Context, n store.Name, size int64) error {
		if err := m.host.Verbs.Delete(ctx, n); err != nil {
			return err
		}
		j.Did(size)
		return nil
	})
}

// copy is the work of copy-listrange.
func (m *Multi) copy(ctx context.Context, j *xaction.Job) error {
	var c wire.CopyObjects
	if err := j.Decode(&c); err != nil {
		return err
	}
	to, err := m.host.Destination(j)
	if err != nil {
		return err
	}
	o := c.Options()
	return m.each(ctx, j, &c.Selector, func(ctx context.Context, n store.Name, size int64) error {
		if o.DryRun {
			j.Did(size)
			return nil
		}
		return m.host.Copy(ctx, j, n, store.Name{Bucket: to, Object: o.Rename(n.Object)}, module.PutOptions{})
	})
}

// each calls do for every object of the selector that is this target's to work
// on, with its size.
func (m *Multi) each(ctx context.Context, j *xaction.Job, s *wire.Selector, do func(context.Context, store.Name, int64) error) error {
	b, err := m.host.Source(j)
	if err != nil {
		return err
	}
	one := func(ctx context.Context, n store.Name, size int64) error {
		err := module.Patiently(ctx, func() error { return do(ctx, n, size) })
		switch {
		case err == nil, objectMissing(err):
			return nil
		case s.Continue && ctx.Err() == nil:
			j.Fail(err)
			return nil
		}
		return err
	}
	if !s.Listed() {
		return m.host.EachObject(ctx, j, b, s.Prefix(), s.Workers, func(ctx context.Context, i module.Item) error {
			if !s.Takes(i.Name.Object) {
				return nil
			}
			return one(ctx, i.Name, i.Object.Size)
		})
	}
	return xaction.EachName(ctx, j, s.All(), s.Workers, func(ctx context.Context, name string) error {
		n := store.Name{Bucket: b, Object: name}
		owner, err := m.host.State().Map.Owner(n.Digest())
		if err != nil {
			return err
		}
		if err := j.AbsenceOf(owner.ID, name); err != nil {
			j.Fail(err)
			return nil
		}
		if mine, err := m.host.Verbs.Owner(n); err != nil || !mine {
			return err
		}
		size := int64(0)
		o, err := m.host.Verbs.Head(ctx, n)
		switch {
		case err == nil:
			size = o.Size
		case objectMissing(err):
			return nil
		case !errors.Is(err, errs.Corrupt):
			return err
		}
		return one(ctx, n, size)
	})
}

// objectMissing tells whether there is no such object, and nothing worse.
func objectMissing(err error) bool {
	return errors.Is(err, errs.NotFound) && errs.CodeOf(err) != errs.CodeBucketNotFound
}
