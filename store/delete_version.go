package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// deletion is a deletion in a bucket that keeps a history, under the lock of the
// name.
type deletion struct {
	store  *Store
	target target
	held   heldLock
	prior  *prior
	option *DeleteOptions
	mode   string // how the bucket keeps what is replaced
}

// mark makes a delete marker the latest version. The object is an older version,
// durably, before the marker comes; the marker counts when the object's file has
// gone.
func (d *deletion) mark(ctx context.Context) (Deletion, error) {
	s, t, p, o := d.store, d.target, d.prior, d.option
	if err := o.Conditions.check("store.Delete", t.Name, p.base, p.damaged != nil); err != nil {
		return Deletion{}, err
	}
	order, err := s.orderOf(t, p, o)
	if err != nil {
		return Deletion{}, err
	}
	key := versionKey(order)
	if d.mode == wire.HistorySuspended {
		key += nullSuffix
	}
	if err := d.prepare(key); err != nil {
		return Deletion{}, err
	}
	if err := d.writeMarker(key, order); err != nil {
		return Deletion{}, err
	}
	if o.Tombstone {
		if err := s.bury(ctx, d.held, t, order, o.Fence); err != nil {
			return Deletion{}, err
		}
	}
	if err := s.unlink(t, p); err != nil {
		return Deletion{}, err
	}
	if null, found := p.history.null(); found && isNullKey(key) {
		if err := s.removeVersion(t, null, false); err != nil {
			return Deletion{}, err
		}
	}
	s.count.deletes.Inc()
	return Deletion{Version: idOfKey(key), Marker: true}, nil
}

// prepare checks what a marker replaces, and makes an older version of the object
// unless the marker replaces that.
func (d *deletion) prepare(key string) error {
	s, t, p := d.store, d.target, d.prior
	if err := s.sweep(t, p); err != nil {
		return err
	}
	if isNullKey(key) {
		if err := s.checkNull("store.Delete", t, p); err != nil {
			return err
		}
	}
	if err := pass(t.Name, d.option.Fence); err != nil {
		return err
	}
	switch {
	case p.object == nil:
		return nil
	case p.object.PublicVersion() == idOfKey(key):
		return checkLock("store.Delete", t.Name, p.object, BypassNothing)
	}
	p.kept = true
	return s.demote(t, p, t.shelf.fsys.Link)
}

// writeMarker makes the file of a delete marker, durable if the bucket is.
func (d *deletion) writeMarker(key string, order cluster.Order) error {
	s, t := d.store, d.target
	work := s.workPath(t.shelf)
	s.live.add(work)
	defer s.live.remove(work)
	r := Record{
		DeleteMarker: true, VersionID: key, BucketID: t.Bucket.ID(), Order: order, Placement: order.Map, Modified: time.Now(),
	}
	err := s.writeEmpty(t, work, &r)
	if err == nil {
		err = s.intoHistory(t, func() error { return t.shelf.fsys.Rename(work, t.versionPath(key)) })
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(work)))
	}
	return s.settle(t, t.versionPath(key))
}

// removeVersion removes the version that is named.
func (d *deletion) removeVersion(ctx context.Context) (Deletion, error) {
	s, t, p, id := d.store, d.target, d.prior, d.option.Version
	if p.object != nil && p.object.PublicVersion() == id {
		if err := d.admit(p.object); err != nil {
			return Deletion{}, err
		}
		return Deletion{Version: id}, d.removeLatest(ctx)
	}
	at := slices.IndexFunc(p.history.keys, func(key string) bool { return idOfKey(key) == id })
	if at < 0 {
		return Deletion{}, versionNotFound("store.Delete", t.Name, id)
	}
	key := p.history.keys[at]
	it, err := s.version(t, key)
	if err == nil {
		err = it.close()
	}
	switch {
	case err != nil:
		return Deletion{}, err
	case it.damaged != nil && t.Bucket.Props.Lock.Enabled:
		return Deletion{}, locked("store.Delete", t.Name, "whether the version is locked cannot be read")
	}
	if err := d.admit(it.object); err != nil {
		return Deletion{}, err
	}
	gone := Deletion{Version: id, Marker: it.object != nil && it.object.DeleteMarker}
	if p.object == nil && p.damaged == nil && at == 0 && len(p.history.keys) > 1 {
		if err := d.promote(ctx, p.history.keys[1]); err != nil {
			return Deletion{}, err
		}
	}
	if err := s.removeVersion(t, key, false); err != nil {
		return Deletion{}, err
	}
	s.pruneHistory(ctx, t)
	s.count.deletes.Inc()
	return gone, nil
}

// admit checks what must hold for a version that is to go, and removes what a
// crash has left of its name.
func (d *deletion) admit(o *Object) error {
	if err := d.option.Conditions.check("store.Delete", d.target.Name, o, o == nil); err != nil {
		return err
	}
	if err := checkLock("store.Delete", d.target.Name, o, d.option.Bypass); err != nil {
		return err
	}
	if err := d.store.sweep(d.target, d.prior); err != nil {
		return err
	}
	return pass(d.target.Name, d.option.Fence)
}

// removeLatest removes the object, and puts the version before it in its place,
// unless that is a delete marker.
func (d *deletion) removeLatest(ctx context.Context) error {
	s, t, p, o := d.store, d.target, d.prior, d.option
	if key, found := p.history.latest(); found {
		promoted, err := d.promoted(ctx, key)
		if promoted || err != nil {
			return err
		}
	}
	if o.Tombstone {
		order, err := s.orderOf(t, p, o)
		if err == nil {
			err = s.bury(ctx, d.held, t, order, o.Fence)
		}
		if err != nil {
			return err
		}
	}
	if err := s.unlink(t, p); err != nil {
		return err
	}
	s.count.deletes.Inc()
	return nil
}

// promoted is promote that tells whether there is an object now: not of a delete
// marker.
func (d *deletion) promoted(ctx context.Context, key string) (bool, error) {
	marker, err := d.store.isMarker(d.target, key)
	if err != nil || marker {
		return false, err
	}
	if err := d.promote(ctx, key); err != nil {
		return false, err
	}
	d.store.count.deletes.Inc()
	return true, nil
}

// promote makes an older version the object, in place of the one that there may
// be, unless it is a delete marker. The record gets the order of this change first:
// what others have of the name is older. The rename decides.
func (d *deletion) promote(ctx context.Context, key string) error {
	s, t, p := d.store, d.target, d.prior
	it, err := s.version(t, key)
	if err != nil {
		return err
	}
	if it.object == nil || it.object.DeleteMarker {
		return errors.Join(it.damaged, it.close())
	}
	made, err := d.renumber(it.file, it.object)
	if closing := it.close(); err == nil && closing != nil {
		err = t.shelf.fail("store.Delete", t.String(), closing)
	}
	if err != nil {
		return err
	}
	if made.path, err = d.installOlder(ctx, key); err != nil {
		return err
	}
	// Its older name must not come back when the object goes.
	if err := t.shelf.fsys.Remove(t.versionPath(key)); ignoreMissing(err) != nil {
		return t.shelf.fail("store.Delete", t.String(), err)
	}
	if err := s.settle(t, t.versionPath(key)); err != nil {
		return err
	}
	p.history.keys = slices.DeleteFunc(p.history.keys, func(other string) bool { return other == key })
	if err := s.replaced(ctx, t, p, made); err != nil {
		return err
	}
	s.pruneHistory(ctx, t)
	s.cache.put(t.Name, t.digest, made)
	return nil
}

// installOlder puts the file of an older version in the place of the object, durably,
// and returns that. It keeps its name among the older versions until then.
func (d *deletion) installOlder(ctx context.Context, key string) (string, error) {
	s, t := d.store, d.target
	work := s.workPath(t.shelf)
	s.live.add(work)
	defer s.live.remove(work)
	if err := t.shelf.fsys.Link(t.versionPath(key), work); err != nil {
		return "", t.shelf.fail("store.Delete", t.String(), err)
	}
	s.cache.remove(t.digest)
	path, err := s.install(ctx, d.held, t, move{from: work, content: fs.Objects, to: d.prior.path})
	if err == nil {
		err = s.settle(t, path)
	}
	return path, errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(work)))
}

// renumber gives the record of an older version the order of this change.
func (d *deletion) renumber(f fs.File, old *Object) (*Object, error) {
	s, t := d.store, d.target
	order, err := s.orderOf(t, d.prior, d.option)
	if err != nil {
		return nil, errs.E("store.Delete", t.String(), "", err)
	}
	r := old.Record
	r.Order = order
	r.Placement = old.placementAfter(order)
	old.older = true
	made, err := s.rewrite(t, f, old, &r, nil)
	if err != nil {
		return nil, err
	}
	made.older = false
	return made, nil
}
