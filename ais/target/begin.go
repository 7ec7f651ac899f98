package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// begin answers whether this target lets a change happen, and reserves what that
// needs.
func (t *Target) begin(w http.ResponseWriter, r *http.Request) error {
	m := &primary.BeginMessage{}
	if err := rest.Decode(w, r, m); err != nil {
		return err
	}
	reply := &primary.BeginReply{}
	if err := t.reserve(r.Context(), m); err != nil {
		if r.Context().Err() != nil {
			return err // nobody waits for the answer; whoever asks again gets one
		}
		refusal := errs.ToWire(err, errs.Wire{Node: t.id})
		reply.Refusal = &refusal
	}
	return rest.JSON(w, reply)
}

// release forgets a change that this target was asked about.
func (t *Target) release(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	t.jobs.Release(id)
	if n := t.begun.drop(id); n != nil {
		t.abandon(context.WithoutCancel(r.Context()), n)
	}
	return nil
}

// reserve reserves what a change needs, or nothing.
func (t *Target) reserve(ctx context.Context, m *primary.BeginMessage) error {
	n := &reservation{id: m.ID, reign: m.Reign, number: m.Number, names: cluster.ChangedBuckets(m.Changes), makes: newBuckets(m.Changes)}
	var err error
	if n.closes, err = t.closedBy(m); err != nil {
		return err
	}
	if err := t.begun.take(n); err != nil {
		return err
	}
	err = t.prepare(ctx, m.Changes)
	if err == nil {
		err = t.close(ctx, n.closes)
	}
	switch {
	case err == nil && t.begun.holds(n.id):
		return nil
	case err == nil: // it took so long that nobody waits any more
		err = errs.E("target.begin", n.id, errs.Unavailable, errors.New("the change was given up meanwhile"))
	case ctx.Err() != nil:
		return err // it is asked for again, or lapses
	}
	t.begun.drop(n.id)
	t.jobs.Release(n.id)
	t.abandon(context.WithoutCancel(ctx), n)
	return err
}

// newBuckets are the names of buckets that changes make, if they are not there.
func newBuckets(changes []cluster.Change) []wire.Bucket {
	var list []wire.Bucket
	for _, c := range changes {
		switch {
		case c.Kind == cluster.ChangePutBucket && c.Props != nil && c.Props.ID == 0:
			list = append(list, *c.Bucket)
		case c.Kind == cluster.ChangeStartJob && c.Job.Hidden:
			list = append(list, *c.Job.To)
		}
	}
	return list
}

// prepare checks changes, and makes ready for them.
func (t *Target) prepare(ctx context.Context, changes []cluster.Change) error {
	for _, c := range changes {
		var err error
		switch c.Kind {
		case cluster.ChangePutBucket:
			err = t.checkProps(*c.Bucket, c.Props)
		case cluster.ChangeStartJob:
			err = t.jobs.Begin(ctx, c.Job)
		}
		if err != nil {
			return err
		}
	}
	for _, b := range newBuckets(changes) {
		if err := t.checkSpace(b); err != nil {
			return err
		}
		if err := t.store.PrepareBucket(ctx, b); err != nil {
			return t.cannotHold(b, errs.KindOf(err), errs.PublicOf(err))
		}
	}
	return nil
}

// checkProps refuses properties of a bucket that this target cannot have.
func (t *Target) checkProps(name wire.Bucket, props *wire.BucketProps) error {
	old, _ := t.applied.Load().Buckets.Get(name)
	changed := old == nil || old.Props.Mirror != props.Mirror
	if n := int64(len(t.mounts.Available())); changed && props.Mirror.Enabled && props.Mirror.Copies > n {
		return t.cannotHold(name, errs.Invalid, fmt.Sprintf("mirror.copies: %d copies need as many mountpaths, and it has %d", props.Mirror.Copies, n))
	}
	if props.EC.Enabled && (old == nil || !old.Props.EC.Enabled) {
		return t.cannotHold(name, errs.Invalid, "ec.enabled: there is no erasure coding yet, leave it off")
	}
	for _, c := range t.modules.Checkers {
		if err := c.CheckBucket(old, props); err != nil {
			return errs.E("target.checkProps", name.String(), "", err)
		}
	}
	return nil
}

// checkSpace refuses a new bucket on a mountpath that is too full.
func (t *Target) checkSpace(b wire.Bucket) error {
	mark := t.core.Cluster.Get().Space.OutOfSpace
	for _, m := range t.mounts.Available() {
		if int64(usedPercent(m.Usage())) <= mark {
			continue
		}
		u, err := m.Refresh()
		if err != nil {
			return t.cannotHold(b, errs.Unavailable, "mountpath "+m.Root()+": "+errs.PublicOf(err))
		}
		if percent := usedPercent(u); int64(percent) > mark {
			return t.cannotHold(b, errs.NoSpace, fmt.Sprintf("mountpath %s is %d%% full, over space.out_of_space, %d%%", m.Root(), percent, mark))
		}
	}
	return nil
}

// cannotHold is the error of a bucket that this target cannot hold.
func (t *Target) cannotHold(b wire.Bucket, kind errs.Kind, why string) error {
	e := errs.E("target.begin", b.String(), kind, nil)
	e.Public = fmt.Sprintf("target %s cannot hold bucket %q: %s", t.id, b.String(), why)
	return e
}
