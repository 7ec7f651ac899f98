package store

import (
	"context"
	"errors"

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
}

// Delete removes an object, durable as its bucket says. A tombstone, if wanted,
// is durable before the object is removed, and is left also where there is no
// object, neither here nor as Base; the answer is NotFound all the same. On error the object is as it was
// before, except after a failed sync, as in Commit.
// Errors: Invalid, NotFound, Precondition, Conflict (Order is older than what
// is here), NoSpace (of the tombstone), Unavailable, and what Fence returns.
func (s *Store) Delete(ctx context.Context, n Name, o DeleteOptions) error {
	intent := shared
	if o.Tombstone {
		intent = exclusive
	}
	t, err := s.resolve(ctx, n, intent)
	if err != nil {
		return err
	}
	if t.shelf == nil {
		return notFound("store.Delete", n)
	}
	if err := t.shelf.mount.Suspected(); err != nil {
		return errs.E("store.Delete", n.String(), "", err)
	}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	if err := s.current(t); err != nil {
		return err
	}
	p, err := s.prior(t, o.Base, nil)
	if err != nil {
		return err
	}
	return s.remove(ctx, held, t, p, &o)
}

// remove carries out a deletion under the lock of the name.
func (s *Store) remove(ctx context.Context, held heldLock, t target, p *prior, o *DeleteOptions) error {
	const op = "store.Delete"
	if err := o.Conditions.check(op, t.Name, p.base, p.damaged != nil); err != nil {
		return err
	}
	order := o.Order
	switch {
	case order.IsZero():
		order = s.nextOrder(o.MapVersion, p.floor)
	case order.Compare(p.floor) < 0:
		s.count.superseded.Inc()
		return errs.E(op, t.String(), errs.Conflict, errors.New("a later write is here"))
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
	if p.object != nil {
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
