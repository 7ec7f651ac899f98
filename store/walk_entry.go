package store

import (
	"context"
	"errors"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// name returns the entry of the files of the group, false if there is none:
// the object vanished, or is deleted.
func (w *Walker) name(ctx context.Context, key string) (Entry, bool) {
	e := Entry{Name: key, Mountpath: w.mountpath(key)}
	objects := 0
	for i := range w.group {
		if w.group[i].content == fs.Objects {
			objects++
		}
	}
	graves := len(w.group) - objects
	if objects > 0 && (w.options.Records || graves > 0) {
		o, err := w.object(ctx, key)
		switch {
		case err == nil && w.options.Records:
			e.Object = o
		case err == nil:
		case errors.Is(err, errs.Corrupt), errors.Is(err, errs.Unsupported):
			e.Problem = err
		case errors.Is(err, errs.NotFound):
			objects = 0
		default:
			w.err = err
			return e, false
		}
	}
	if objects > 0 {
		return e, true
	}
	return w.tombstone(ctx, e, graves > 0)
}

// mountpath returns where the group was found.
func (w *Walker) mountpath(key string) string {
	if len(w.group) > 1 {
		owner := w.store.Owner(Name{Bucket: w.bucket, Object: key})
		for i := range w.group {
			if w.group[i].shelf.mount == owner {
				return owner.Root()
			}
		}
	}
	return w.group[0].shelf.root
}

// object looks up the object of the group, first where it belongs.
func (w *Walker) object(ctx context.Context, key string) (*Object, error) {
	n := Name{Bucket: w.bucket, Object: key}
	o, err := w.store.glance(ctx, n)
	if !errors.Is(err, errs.NotFound) {
		return o, err
	}
	owner := w.store.Owner(n)
	for i := range w.group {
		if at := &w.group[i]; at.content == fs.Objects && at.shelf.mount != owner {
			o, err := w.store.statIn(ctx, at.shelf, n)
			if !errors.Is(err, errs.NotFound) {
				return o, err
			}
		}
	}
	return nil, err
}

func (w *Walker) tombstone(ctx context.Context, e Entry, isGrave bool) (Entry, bool) {
	if !isGrave || !w.options.Tombstones {
		return e, false
	}
	n := Name{Bucket: w.bucket, Object: e.Name}
	for i := range w.group {
		order, err := w.store.tombstoneIn(ctx, w.group[i].shelf, n)
		if err != nil {
			e.Problem = err
			return e, true
		}
		if order.Compare(e.Order) > 0 {
			e.Order = order
		}
	}
	e.Tombstone = true
	return e, !e.Order.IsZero()
}

// statIn looks an object up on a mountpath where it does not belong.
func (s *Store) statIn(ctx context.Context, sh *shelf, n Name) (*Object, error) {
	t := target{Name: n, digest: n.Digest(), shelf: sh}
	var err error
	if t.rel, err = fs.Encode(n.Object); err != nil {
		return nil, errs.E("store.stat", n.String(), "", err)
	}
	held, err := s.lock(ctx, t, shared)
	if err != nil {
		return nil, err
	}
	defer held.release()
	it, err := s.lookup(sh, fs.Objects, n, t.rel)
	if err == nil {
		err = errors.Join(it.damaged, it.close())
	}
	if err == nil && it.object == nil {
		err = notFound("store.stat", n)
	}
	return it.object, err
}

// tombstoneIn returns the order of the tombstone on one mountpath.
func (s *Store) tombstoneIn(ctx context.Context, sh *shelf, n Name) (cluster.Order, error) {
	t := target{Name: n, digest: n.Digest(), shelf: sh}
	var err error
	if t.rel, err = fs.Encode(n.Object); err != nil {
		return cluster.Order{}, errs.E("store.tombstone", n.String(), "", err)
	}
	held, err := s.lock(ctx, t, shared)
	if err != nil {
		return cluster.Order{}, err
	}
	defer held.release()
	return s.tombstone(t)
}
