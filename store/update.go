package store

import (
	"context"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// UpdateOptions changes how Update works. The zero value is the default.
type UpdateOptions struct {
	Conditions Conditions
	MapVersion int64        // of the cluster map in force: part of the write order
	Fence      func() error // as in WriteOptions

	Version string // the version to change, by the id that clients know; "" is the object
	Bypass  Bypass // of what its lock forbids
}

// Update changes what is recorded with an object, durable as its bucket says,
// and returns the object as it is then. It is a write: it has a new order, and
// the same version. The change is made to a copy; it must not keep what it is
// given, nor change slices in place. Size, checksum, chunks, bucket and order are
// not its to change. On error, also one that change returns, the object is as it
// was, except after a failed sync, as in Commit.
// Errors: those of Stat and of Version, Precondition, Forbidden (of a retention
// that may not be weakened), TooLarge, NoSpace, and what change and Fence return.
func (s *Store) Update(ctx context.Context, n Name, o UpdateOptions, change func(*Record) error) (*Object, error) {
	t, err := s.resolve(ctx, n, shared)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Update", n)
	}
	if err := t.shelf.mount.Suspected(); err != nil {
		return nil, errs.E("store.Update", n.String(), "", err)
	}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if err := s.current(t); err != nil {
		return nil, err
	}
	f, old, err := s.openVersion("store.Update", t, o.Version)
	if err != nil {
		return nil, err
	}
	updated, err := s.update(t, f, old, &o, change)
	if closing := f.Close(); err == nil && closing != nil {
		err = t.shelf.fail("store.Update", n.String(), closing)
	}
	return updated, err
}

// update changes the record of an open file under the lock of its name.
func (s *Store) update(t target, f fs.File, old *Object, o *UpdateOptions, change func(*Record) error) (*Object, error) {
	const op = "store.Update"
	if err := o.Conditions.check(op, t.Name, old, false); err != nil {
		return nil, err
	}
	r := old.Record
	if err := change(&r); err != nil {
		return nil, errs.E(op, t.String(), "", err)
	}
	r.Size, r.Checksum, r.BucketID = old.Size, old.Checksum, old.BucketID
	r.Chunks, r.Upload, r.VersionID = old.Chunks, old.Upload, old.VersionID
	if err := CheckRetention(t.Name, old.Retention, r.Retention, o.Bypass); err != nil {
		return nil, err
	}
	r.Order = s.nextOrder(o.MapVersion, old.Order)
	r.Placement = old.placementAfter(r.Order)
	if err := r.checkLengths(t.Name); err != nil {
		return nil, err
	}
	return s.rewrite(t, f, old, &r, o.Fence)
}

// placementAfter returns the placement version of a rewrite of o.
func (o *Object) placementAfter(order cluster.Order) int64 {
	if o.Placement == o.Order.Map {
		return order.Map
	}
	return o.Placement
}

// rewrite replaces the record of an object in place: the attribute changes at
// once, from the old record to the new one.
func (s *Store) rewrite(t target, f fs.File, old *Object, r *Record, fence func() error) (*Object, error) {
	if !old.older {
		s.cache.remove(t.digest)
	}
	spill, err := s.writeRecord(t.shelf, t.Name, f, r, fence)
	if err != nil {
		return nil, err
	}
	s.keepSpill(t.shelf, spill)
	if t.Bucket.Durable() {
		if err := s.syncFile(t.shelf, t.Name, f); err != nil {
			return nil, err
		}
	}
	s.cleanup(t, s.dropSpill(t.shelf, old.spill))
	o := &Object{Record: *r, Mountpath: old.Mountpath, volume: old.volume, path: old.path, inode: old.inode, spill: spill, older: old.older}
	o.accessed.Store(old.accessed.Load())
	o.flushed.Store(old.flushed.Load())
	if !o.older {
		s.cache.put(t.Name, t.digest, o)
	}
	return o, nil
}
