package store

import (
	"errors"
	"time"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// current returns an error unless the place that t was resolved to is still
// where it belongs: buckets are destroyed and mountpaths come and go while
// content arrives. It is Busy where the bucket is frozen, and Unavailable where it is
// shut. The caller holds the lock of the name. A bucket destroyed after this takes
// the work file with it.
func (s *Store) current(t target) error {
	if s.mounts.Owner(t.digest) != t.shelf.mount {
		e := errs.E("store", t.String(), errs.Unavailable, errors.New("the mountpaths have changed meanwhile"))
		e.RetryAfter = time.Second
		return e
	}
	if s.shelves.get(t.Bucket, t.shelf.mount) != t.shelf {
		return bucketNotFound(t.Bucket)
	}
	if err := s.shut.check(t.Bucket); err != nil {
		return err
	}
	return s.frozen.check(t.Bucket)
}

// prior is what a change finds under the exclusive lock of a name.
type prior struct {
	found
	grave cluster.Order // of the tombstone; zero if there is none
	base  *Object       // what the change follows: object, or a later one that is elsewhere; nil if none
	floor cluster.Order // the highest order that the name has had

	history *history // of object
	kept    bool     // object has a second name as an older version
}

// prior looks up what a change of t replaces; known is what the cache has, nil
// to go to the disk. A known object hides a second file of the name, which then
// stays beside a write, of a higher order, and must not stay beside a delete.
func (s *Store) prior(t target, moved, known *Object) (*prior, error) {
	p := &prior{}
	var err error
	if known != nil {
		p.found = found{object: known, path: known.path}
	} else if p.found, err = s.lookup(t.shelf, fs.Objects, t.Name, t.rel); err != nil {
		return nil, err
	}
	if err := p.close(); err != nil {
		return nil, t.shelf.fail("store.lookup", t.String(), err)
	}
	if p.grave, err = s.tombstone(t); err != nil {
		return nil, err
	}
	p.floor = later(p.order(), p.grave)
	if p.object != nil && p.grave.Compare(p.object.Order) > 0 {
		p.object = nil // deleted; a crash has left the file
	}
	if p.history, err = s.history(t, p.object); err != nil {
		return nil, err
	}
	p.floor = later(p.floor, p.history.order())
	p.base = p.object
	if moved != nil && moved.Order.Compare(p.floor) > 0 {
		p.base, p.floor = moved, moved.Order
		if moved.DeleteMarker {
			p.base = nil
		}
	}
	return p, nil
}

// later returns the higher of two orders.
func later(a, b cluster.Order) cluster.Order {
	if a.Compare(b) > 0 {
		return a
	}
	return b
}
