package store

import (
	"context"
	"errors"
	"slices"

	"aistore/errs"
	"aistore/fs"
)

// Version describes one version of an object, by the id that clients know; ""
// is the latest. It may be a delete marker.
// Errors: those of Stat; NotFound and Invalid with a code of their own where an id
// is given.
func (s *Store) Version(ctx context.Context, n Name, id string) (*Object, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Version", n)
	}
	defer held.release()
	f, o, err := s.findVersion("store.Version", t, id)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, t.shelf.fail("store.Version", n.String(), err)
	}
	return o, nil
}

// OpenVersion is Open for one version of an object, by the id that clients know.
// Errors: those of Version; Method (it is a delete marker).
func (s *Store) OpenVersion(ctx context.Context, n Name, id string) (*Reader, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.OpenVersion", n)
	}
	defer held.release()
	f, o, err := s.openVersion("store.OpenVersion", t, id)
	if err != nil {
		return nil, err
	}
	r := &Reader{Object: o, store: s, name: n, file: f}
	if len(o.Chunks) > 0 {
		if err := f.Close(); err != nil {
			return nil, t.shelf.fail("store.OpenVersion", n.String(), err)
		}
		r.file = newChunkReader(s, t, o)
	}
	return r, nil
}

// Versions describes all versions of an object, the latest first, delete markers
// among them. None is no error. Errors: Invalid, Corrupt, Unavailable.
func (s *Store) Versions(ctx context.Context, n Name) ([]*Object, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil || t.shelf == nil {
		return nil, err
	}
	defer held.release()
	p, err := s.prior(t, nil, s.cached(t))
	if err != nil {
		return nil, err
	}
	var all []*Object
	if p.object != nil {
		all = append(all, p.object)
	}
	for _, key := range p.history.keys {
		it, err := s.version(t, key)
		if err == nil {
			err = errors.Join(it.close(), it.damaged)
		}
		if err != nil {
			return nil, err
		}
		if it.object != nil {
			it.object.older = p.object != nil || len(all) > 0
			all = append(all, it.object)
		}
	}
	return all, nil
}

// openVersion is findVersion for who wants content; "" is the object. The caller
// closes the file, and holds the lock of the name.
func (s *Store) openVersion(op string, t target, id string) (fs.File, *Object, error) {
	if id == "" {
		return s.open(t)
	}
	f, o, err := s.findVersion(op, t, id)
	if err != nil || !o.DeleteMarker {
		return f, o, err
	}
	e := errs.E(op, t.String(), errs.Method, f.Close())
	e.Code, e.Public = errs.CodeDeleteMarker, "version "+id+" of object "+t.String()+" is a delete marker"
	return nil, nil, e
}

// findVersion finds a version and opens its file. The caller closes that, and
// holds the lock of the name.
func (s *Store) findVersion(op string, t target, id string) (fs.File, *Object, error) {
	if id != "" {
		if err := checkVersionID(op, t.Name, id); err != nil {
			return nil, nil, err
		}
	}
	p, err := s.prior(t, nil, s.cached(t))
	if err != nil {
		return nil, nil, err
	}
	if p.object != nil && (id == "" || p.object.PublicVersion() == id) {
		return s.open(t)
	}
	at := slices.IndexFunc(p.history.keys, func(key string) bool { return id == "" || idOfKey(key) == id })
	switch {
	case p.damaged != nil && at < 0:
		return nil, nil, s.counted(p.damaged)
	case at < 0 && id == "":
		return nil, nil, s.absent(op, t)
	case at < 0:
		return nil, nil, versionNotFound(op, t.Name, id)
	}
	it, err := s.version(t, p.history.keys[at])
	if err == nil {
		err = s.counted(it.damaged)
	}
	if err != nil {
		return nil, nil, errors.Join(err, it.close())
	}
	if it.object == nil {
		return nil, nil, versionNotFound(op, t.Name, id)
	}
	it.object.older = true
	return it.file, it.object, nil
}

// IsOlder tells whether o is a version that another one has replaced.
func (o *Object) IsOlder() bool { return o.older }
