package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

// checkContent returns Corrupt unless size and sum are those of the object.
func checkContent(n Name, o *Object, size int64, sum checksum.Sum) error {
	var err error
	switch {
	case size != o.Size:
		err = fmt.Errorf("the content has %d bytes instead of %d", size, o.Size)
	case !o.Checksum.IsZero() && !sum.Equal(o.Checksum):
		err = checksum.Mismatch(n.String(), o.Checksum, sum)
	default:
		return nil
	}
	return corrupt(n, err)
}

// Stat describes an object. Errors: Invalid, NotFound, Corrupt (its record or
// its size), Unavailable.
func (s *Store) Stat(ctx context.Context, n Name) (*Object, error) {
	t, err := s.resolve(ctx, n, shared)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Stat", n)
	}
	if o := s.cached(t); o != nil {
		return o, nil
	}
	held, err := s.lock(ctx, t, shared)
	if err != nil {
		return nil, err
	}
	defer held.release()
	return s.stat(t)
}

// Last describes the last write of a name that is known here: the object or, with
// a DeleteMarker and an order and nothing else, its deletion. Both are looked up at
// once: an object that is deleted and made anew meanwhile is never missed.
// Errors: those of Stat; NotFound (neither).
func (s *Store) Last(ctx context.Context, n Name) (*Object, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Last", n)
	}
	defer held.release()
	if o := s.cached(t); o != nil {
		return o, nil
	}
	o, err := s.stat(t)
	if errors.Is(err, errs.NotFound) {
		return s.deletion(t, err)
	}
	return o, err
}

// deletion describes the deletion of an object that is not there; absent if there
// is no tombstone. The caller holds the lock of the name.
func (s *Store) deletion(t target, absent error) (*Object, error) {
	order, err := s.tombstone(t)
	switch {
	case err != nil:
		return nil, err
	case order.IsZero():
		return nil, absent
	}
	return &Object{Record: Record{DeleteMarker: true, Order: order}}, nil
}

// Open opens an object for reading. Errors: those of Stat.
func (s *Store) Open(ctx context.Context, n Name) (*Reader, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Open", n)
	}
	defer held.release()
	f, o, err := s.open(t)
	if err != nil {
		return nil, err
	}
	o.touch(time.Now())
	r := &Reader{Object: o, store: s, name: n, file: f}
	if len(o.Chunks) > 0 {
		if err := f.Close(); err != nil {
			return nil, t.shelf.fail("store.Open", n.String(), err)
		}
		r.file = newChunkReader(s, t, o)
	}
	return r, nil
}

// ReadSmall reads a whole object into buf[:Size], verified, without leaving a
// file open. An object that does not fit, or is in chunks, is TooLarge, at little cost; it is for
// Open. Errors: those of Stat, TooLarge.
func (s *Store) ReadSmall(ctx context.Context, n Name, buf []byte) (*Object, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.ReadSmall", n)
	}
	defer held.release()
	if o := s.cached(t); o != nil {
		switch ok, err := s.readCached(t, o, buf); {
		case err != nil:
			return nil, err
		case ok:
			return o, nil
		}
		s.cache.remove(t.digest)
	}
	f, o, err := s.open(t)
	if err != nil {
		return nil, err
	}
	err = s.readInto(t, f, o, buf)
	if closing := f.Close(); err == nil && closing != nil {
		err = t.shelf.fail("store.ReadSmall", n.String(), closing)
	}
	if err != nil {
		return nil, s.counted(err)
	}
	return o, nil
}

// counted counts an error that speaks of damage.
func (s *Store) counted(err error) error {
	if errors.Is(err, errs.Corrupt) {
		s.count.corrupt.Inc()
	}
	return err
}

// reading resolves n and takes its lock shared; without a shelf it takes none.
func (s *Store) reading(ctx context.Context, n Name) (target, heldLock, error) {
	t, err := s.resolve(ctx, n, shared)
	if err != nil || t.shelf == nil {
		return t, heldLock{}, err
	}
	held, err := s.lock(ctx, t, shared)
	return t, held, err
}

// cached returns the object of t from the cache, nil if it is not there.
func (s *Store) cached(t target) *Object {
	o := s.cache.get(t.Name, t.digest)
	if o == nil || o.volume != t.shelf.volume { // it may be elsewhere since mountpaths changed
		return nil
	}
	s.count.cacheHits.Inc()
	return o
}

// stat looks the object up on disk. The caller holds the lock of the name.
func (s *Store) stat(t target) (*Object, error) {
	f, o, err := s.find(t)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, t.shelf.fail("store.Stat", t.String(), err)
	}
	return o, nil
}

// open opens the object, by way of the cache. The caller holds the lock of the
// name.
func (s *Store) open(t target) (fs.File, *Object, error) {
	o := s.cached(t)
	if o == nil {
		return s.find(t)
	}
	f, err := t.shelf.fsys.Open(o.path)
	if err != nil {
		s.cache.remove(t.digest)
		return s.find(t)
	}
	info, err := f.Stat()
	if err == nil && info.Inode == o.inode && info.Size == o.fileSize() {
		return f, o, nil
	}
	s.cache.remove(t.digest)
	if err := f.Close(); err != nil {
		return nil, nil, t.shelf.fail("store.open", t.String(), err)
	}
	return s.find(t)
}

// find opens the object as the disk has it, and remembers it. The caller holds
// the lock of the name.
func (s *Store) find(t target) (fs.File, *Object, error) {
	f, o, err := s.search(t)
	if err == nil {
		s.cache.put(t.Name, t.digest, o)
	}
	return f, o, err
}

// glance is Stat that does not remember: a walk over many objects must not push
// those that clients use out of the cache.
func (s *Store) glance(ctx context.Context, n Name) (*Object, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, notFound("store.Stat", n)
	}
	defer held.release()
	if o := s.cached(t); o != nil {
		return o, nil
	}
	f, o, err := s.search(t)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, t.shelf.fail("store.Stat", n.String(), err)
	}
	return o, nil
}

// search opens the object as the disk has it. The caller holds the lock of the
// name.
func (s *Store) search(t target) (fs.File, *Object, error) {
	s.count.cacheMisses.Inc()
	it, err := s.lookup(t.shelf, fs.Objects, t.Name, t.rel)
	if errors.Is(it.damaged, errSpillGone) {
		it, err = s.lookup(t.shelf, fs.Objects, t.Name, t.rel) // its record was replaced as we read
	}
	if err != nil {
		return nil, nil, err
	}
	if it.damaged != nil {
		return nil, nil, s.counted(it.damaged)
	}
	grave, err := s.tombstone(t)
	if err == nil && (it.object == nil || it.object.DeleteMarker || grave.Compare(it.object.Order) > 0) {
		err = s.absent("store.lookup", t)
	}
	if err != nil {
		return nil, nil, errors.Join(err, it.close())
	}
	return it.file, it.object, nil
}

// readCached reads the content of a cached object. False if the file is not
// the one that the cache knows.
func (s *Store) readCached(t target, o *Object, buf []byte) (bool, error) {
	if o.Size > int64(len(buf)) || len(o.Chunks) > 0 {
		return false, tooLarge(t.Name)
	}
	f, err := t.shelf.fsys.Open(o.path)
	if err != nil {
		return false, nil // the disk will say why
	}
	err = s.readInto(t, f, o, buf)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err == nil, nil
}

// readInto reads and verifies the content of an open object.
func (s *Store) readInto(t target, f fs.File, o *Object, buf []byte) error {
	if o.Size > int64(len(buf)) || len(o.Chunks) > 0 {
		return tooLarge(t.Name)
	}
	// One byte more than there should be, where there is room, shows growth. One
	// read gives all there is, if nothing interrupts it.
	wanted := buf[:min(int64(len(buf)), o.Size+1)]
	n, err := f.Read(wanted)
	if err == nil && int64(n) < o.Size {
		var more int
		more, err = f.ReadAt(wanted[n:], int64(n))
		n += more
	}
	if err != nil && err != io.EOF {
		return t.shelf.fail("store.ReadSmall", t.String(), err)
	}
	size := int64(n)
	if size == int64(len(buf)) {
		info, err := f.Stat()
		if err != nil {
			return t.shelf.fail("store.ReadSmall", t.String(), err)
		}
		size = info.Size
	}
	if err := checkContent(t.Name, o, size, checksum.Of(o.Checksum.Kind, buf[:n])); err != nil {
		return err
	}
	o.touch(time.Now())
	return nil
}

func tooLarge(n Name) error {
	return errs.E("store.ReadSmall", n.String(), errs.TooLarge, errors.New("the object does not fit into the buffer"))
}
