package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"aistore/cluster"
	"aistore/fs"
)

// Tombstone returns the order of the deletion of n, and whether there is a
// tombstone. An object of a higher order, here or elsewhere, was written since.
// Errors: Invalid, Corrupt, Unavailable.
func (s *Store) Tombstone(ctx context.Context, n Name) (cluster.Order, bool, error) {
	t, held, err := s.reading(ctx, n)
	if err != nil || t.shelf == nil {
		return cluster.Order{}, false, err
	}
	defer held.release()
	order, err := s.tombstone(t)
	return order, !order.IsZero(), err
}

// DropTombstone removes the tombstone of n if it has that order; any other
// stays. Dropping what is not there is no error. Errors: Invalid, Unavailable.
func (s *Store) DropTombstone(ctx context.Context, n Name, order cluster.Order) error {
	t, err := s.resolve(ctx, n, shared)
	if err != nil || t.shelf == nil {
		return err
	}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	present, err := s.tombstone(t)
	if err != nil || present != order {
		return err
	}
	return s.unbury(ctx, t)
}

// tombstone returns the order of the tombstone of t, zero if there is none. The
// caller holds the lock of the name.
func (s *Store) tombstone(t target) (cluster.Order, error) {
	if !t.shelf.buried.Load() {
		return cluster.Order{}, nil
	}
	it, err := s.lookup(t.shelf, fs.Tombstones, t.Name, t.rel)
	if err == nil {
		err = errors.Join(it.damaged, it.close())
	}
	return it.order(), err
}

// bury makes the tombstone of t, durable if the bucket is. The caller holds
// the lock of the name, as held, exclusively.
func (s *Store) bury(ctx context.Context, held heldLock, t target, order cluster.Order, fence func() error) error {
	work := s.workPath(t.shelf)
	s.live.add(work)
	defer s.live.remove(work)
	r := Record{DeleteMarker: true, BucketID: t.Bucket.ID(), Order: order, Placement: order.Map, Modified: time.Now()}
	if err := s.writeEmpty(t, work, &r); err != nil {
		return errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(work)))
	}
	it, err := s.lookup(t.shelf, fs.Tombstones, t.Name, t.rel)
	if err == nil {
		err = it.close()
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(work)))
	}
	t.shelf.buried.Store(true)
	path, err := s.install(ctx, held, t, move{from: work, content: fs.Tombstones, to: it.path, fence: fence})
	if err != nil {
		return errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(work)))
	}
	return s.settle(t, path)
}

// writeEmpty makes an empty file with a record.
func (s *Store) writeEmpty(t target, path string, r *Record) error {
	f, err := t.shelf.fsys.Create(path)
	if err != nil {
		return s.missing(t.shelf, t.Name, err)
	}
	_, err = s.writeRecord(t.shelf, t.Name, f, r, nil)
	if err == nil && t.Bucket.Durable() {
		err = s.syncFile(t.shelf, t.Name, f)
	}
	return errors.Join(err, f.Close())
}

// unbury removes the tombstone of t, durable if the bucket is: it must not
// come back when the object that has superseded it is gone from here.
func (s *Store) unbury(ctx context.Context, t target) error {
	sh, plain := t.shelf, t.shelf.path(fs.Tombstones, t.rel)
	for _, path := range []string{fs.Beside(plain), plain} {
		info, err := sh.fsys.Lstat(path)
		if err != nil || info.Dir {
			continue
		}
		err = s.whileUnread(ctx, sh, t.rel, func() error { return sh.fsys.Remove(path) })
		if ignoreMissing(err) != nil {
			return sh.fail("store.tombstone", t.String(), err)
		}
		if err := s.settle(t, path); err != nil {
			return err
		}
	}
	s.pruneUnread(ctx, t, fs.Tombstones)
	return nil
}

// pruneUnread removes the directories above t in a content type as long as they
// are empty, none while somebody reads the directory that it is in.
func (s *Store) pruneUnread(ctx context.Context, t target, content fs.Content) {
	sh := t.shelf
	for at := strings.LastIndexByte(t.rel, '/'); at >= 0; at = strings.LastIndexByte(t.rel[:at], '/') {
		dir := t.rel[:at]
		if s.whileUnread(ctx, sh, dir, func() error { return sh.removeEmpty(sh.path(content, dir)) }) != nil {
			return // it is not empty, or in nobody's way
		}
	}
}

// whileUnread takes away a tombstone, an older version, or a directory of those, at an
// encoded path, not while somebody reads the directory that it is in: see readBoth.
func (s *Store) whileUnread(ctx context.Context, sh *shelf, rel string, remove func() error) error {
	reading, err := s.lockDir(ctx, parent(sh.path(fs.Objects, rel)), exclusive)
	if err != nil {
		return err
	}
	defer reading.release()
	return remove()
}

// ignoreMissing returns err unless it says that there is no such file.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return nil
	}
	return err
}
