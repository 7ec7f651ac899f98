package store

import (
	"context"
	"errors"
	"slices"

	"aistore/errs"
	"aistore/fs"
)

// name returns the entry of the files of the group, false if there is none:
// the object vanished, or is deleted.
func (w *Walker) name(ctx context.Context, key string) (Entry, bool) {
	e := Entry{Name: key, Mountpath: w.mountpath(key)}
	graves := 0
	for i := range w.group {
		if w.group[i].content == fs.Tombstones {
			graves++
		}
	}
	switch {
	case w.options.Versions: // what there is of it, Versions will tell
		return e, graves < len(w.group)
	case graves == len(w.group) && !w.options.Tombstones:
		return e, false
	case graves == 0 && !w.options.Records:
		return e, true
	}
	// What was a tombstone may be an object by now, and the other way round.
	last, err := w.last(ctx, key)
	switch {
	case errors.Is(err, errs.NotFound):
		return e, false
	case errors.Is(err, errs.Corrupt), errors.Is(err, errs.Unsupported):
		e.Problem = err
		return e, true
	case err != nil:
		w.err = err
		return e, false
	case last.DeleteMarker:
		e.Tombstone, e.Order = true, last.Order
		return e, w.options.Tombstones
	case w.options.Records:
		e.Object = last
	}
	return e, true
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

// last looks up the last write of the name of the group, where it belongs and
// wherever it was found.
func (w *Walker) last(ctx context.Context, key string) (*Object, error) {
	n := Name{Bucket: w.bucket, Object: key}
	t, err := w.store.resolve(ctx, n, shared)
	if err != nil {
		return nil, err
	}
	shelves := make([]*shelf, 0, 4)
	if t.shelf != nil {
		shelves = append(shelves, t.shelf)
	}
	for i := range w.group {
		if sh := w.group[i].shelf; !slices.Contains(shelves, sh) {
			shelves = append(shelves, sh)
		}
	}
	var last *Object
	for _, sh := range shelves {
		t.shelf = sh
		o, err := w.store.lastIn(ctx, t)
		switch {
		case errors.Is(err, errs.NotFound):
		case err != nil:
			return nil, err
		case last == nil || o.Order.Compare(last.Order) > 0:
			last = o
		}
	}
	if last == nil {
		return nil, notFound("store.Walk", n)
	}
	return last, nil
}

// lastIn is Last on one mountpath. It does not remember what it finds, as glance.
func (s *Store) lastIn(ctx context.Context, t target) (*Object, error) {
	held, err := s.lock(ctx, t, shared)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if o := s.cached(t); o != nil {
		return o, nil
	}
	f, o, err := s.search(t)
	if errors.Is(err, errs.NotFound) {
		return s.deletion(t, err)
	}
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, t.shelf.fail("store.Walk", t.String(), err)
	}
	return o, nil
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
