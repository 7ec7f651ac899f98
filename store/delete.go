package store

import (
	"context"
	"errors"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// DeleteOptions changes what Delete does. The zero value deletes what is there.
type DeleteOptions struct {
	Conditions Conditions
	MapVersion int64         // of the cluster map in force: part of the write order
	Order      cluster.Order // of a deletion made before (a move); zero assigns the next
	Tombstone  bool          // leave a tombstone, so that no copy from elsewhere comes back
	Base       *Object       // as in WriteOptions
	Fence      func() error  // as in WriteOptions

	Version    string // the version to delete, by the id that clients know; "" is the object
	Bypass     Bypass // of the lock of that version
	MarkAbsent bool   // in a bucket that keeps a history, say so also of an object that is not there
}

// Deletion is what a deletion has done in a bucket that keeps a history.
type Deletion struct {
	Version string // id of the delete marker that was made, or of the version that is gone; "" in other buckets
	Marker  bool   // it is a delete marker
}

// Delete is Remove for who does not ask what was done.
func (s *Store) Delete(ctx context.Context, n Name, o DeleteOptions) error {
	_, err := s.Remove(ctx, n, o)
	return err
}

// Remove removes an object, durable as its bucket says. A tombstone, if wanted,
// is durable before the object is removed, and is left also where there is no
// object, neither here nor as Base; the answer is NotFound all the same. On error the object is as it was
// before, except after a failed sync, as in Commit.
//
// In a bucket that keeps a history the object becomes an older version, and a
// delete marker the latest one. A version that is named is gone for good; if it
// was the latest, the one before it is that now.
// Errors: Invalid, NotFound, Precondition, Forbidden (the version is locked),
// Conflict (Order is older than what is here), NoSpace (of the tombstone),
// Unavailable, and what Fence returns.
func (s *Store) Remove(ctx context.Context, n Name, o DeleteOptions) (Deletion, error) {
	intent := shared
	if o.Tombstone || o.MarkAbsent {
		intent = exclusive
	}
	if o.Version != "" {
		if err := checkVersionID("store.Delete", n, o.Version); err != nil {
			return Deletion{}, err
		}
	}
	t, err := s.resolve(ctx, n, intent)
	if err != nil {
		return Deletion{}, err
	}
	if t.shelf == nil {
		return Deletion{}, notFound("store.Delete", n)
	}
	if err := t.shelf.mount.Suspected(); err != nil {
		return Deletion{}, errs.E("store.Delete", n.String(), "", err)
	}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return Deletion{}, err
	}
	defer held.release()
	if err := s.current(t); err != nil {
		return Deletion{}, err
	}
	p, err := s.prior(t, o.Base, nil)
	if err != nil {
		return Deletion{}, err
	}
	d := deletion{store: s, target: t, held: held, prior: p, option: &o, mode: s.keeps(t, p)}
	exists := p.base != nil || p.damaged != nil
	switch {
	case o.Version != "":
		return d.removeVersion(ctx)
	case d.mode != wire.HistoryNone && (exists || o.MarkAbsent):
		return d.mark(ctx)
	}
	return Deletion{}, s.remove(ctx, held, t, p, &o)
}

// remove carries out a deletion under the lock of the name.
func (s *Store) remove(ctx context.Context, held heldLock, t target, p *prior, o *DeleteOptions) error {
	const op = "store.Delete"
	if err := o.Conditions.check(op, t.Name, p.base, p.damaged != nil); err != nil {
		return err
	}
	order, err := s.orderOf(t, p, o)
	if err != nil {
		return err
	}
	if err := checkLock(op, t.Name, p.object, BypassNothing); err != nil {
		return err
	}
	exists := p.base != nil || p.damaged != nil
	if !exists && !o.Tombstone {
		return s.absent(op, t)
	}
	if o.Tombstone {
		if err := s.bury(ctx, held, t, order, o.Fence); err != nil {
			return err
		}
	} else {
		if err := pass(t.Name, o.Fence); err != nil {
			return err
		}
		if !p.grave.IsZero() { // superseded, and still there since a crash
			if err := s.unbury(ctx, t); err != nil {
				return err
			}
		}
	}
	if err := s.unlink(t, p); err != nil {
		return err
	}
	if !exists {
		return s.absent(op, t)
	}
	s.count.deletes.Inc()
	return nil
}

// orderOf returns the order of a deletion. Errors: Conflict.
func (s *Store) orderOf(t target, p *prior, o *DeleteOptions) (cluster.Order, error) {
	switch {
	case o.Order.IsZero():
		return s.nextOrder(o.MapVersion, p.floor), nil
	case o.Order.Compare(p.floor) < 0:
		s.count.superseded.Inc()
		return o.Order, errs.E("store.Delete", t.String(), errs.Conflict, errors.New("a later write is here"))
	}
	return o.Order, nil
}

// absent says that there is no object, or that its mountpath has gone.
func (s *Store) absent(op string, t target) error {
	if err := t.shelf.alive(); err != nil {
		return err
	}
	return notFound(op, t.Name)
}

// unlink removes the files of a name. The one that does not count goes first,
// and durably: it must not be found where the other one was.
func (s *Store) unlink(t target, p *prior) error {
	s.cache.remove(t.digest)
	for _, path := range []string{p.extra, p.path} {
		if path == "" {
			continue
		}
		if err := t.shelf.fsys.Remove(path); ignoreMissing(err) != nil {
			return t.shelf.fail("store.Delete", t.String(), err)
		}
		if err := s.settle(t, path); err != nil {
			return err
		}
	}
	switch {
	case p.object == nil:
	case p.kept:
		s.cleanup(t, s.dropUploadOf(t, p.object))
	default:
		s.cleanup(t, s.dropSpill(t.shelf, p.object.spill))
		s.dropChunks(t, p.object)
	}
	s.cleanup(t, s.dropSidecar(t))
	if p.damaged != nil {
		s.count.damagedOverwritten.Inc()
	}
	if p.path != "" {
		t.shelf.prune(parent(p.path), t.shelf.top(fs.Objects))
	}
	return nil
}
