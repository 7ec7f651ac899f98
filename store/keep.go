package store

import (
	"errors"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
)

// keep prepares what the write replaces. Without a history that goes, unless it is
// locked. Else it gets a second name in %ov, durably, before the first one goes. The
// caller holds the lock of the name exclusively.
func (w *Writer) keep(p *prior, mode string) error {
	s, t, next := w.store, w.target, &w.record
	if mode == wire.HistoryNone {
		return checkLock("store.Commit", t.Name, p.object, BypassNothing)
	}
	if err := s.sweep(t, p); err != nil {
		return err
	}
	if isNullKey(next.VersionID) {
		if err := s.checkNull("store.Commit", t, p); err != nil {
			return err
		}
	}
	switch o := p.object; {
	case o == nil:
		return nil
	case o.PublicVersion() == next.PublicVersion():
		return checkLock("store.Commit", t.Name, o, BypassNothing)
	}
	if err := pass(t.Name, w.option.Fence); err != nil {
		return err
	}
	p.kept = true
	return s.demote(t, p, t.shelf.fsys.Link)
}

// checkNull refuses to replace a null version among the older ones that is locked.
func (s *Store) checkNull(op string, t target, p *prior) error {
	key, found := p.history.null()
	if !found {
		return nil
	}
	it, err := s.version(t, key)
	if err == nil {
		err = it.close()
	}
	if err != nil {
		return err
	}
	return checkLock(op, t.Name, it.object, BypassNothing)
}

// demote gives the object's file the name of an older version, by a link or a
// rename, durably. The caller holds the lock of the name exclusively.
func (s *Store) demote(t target, p *prior, move func(from, to string) error) error {
	to := t.versionPath(p.object.VersionID)
	if err := s.intoHistory(t, func() error { return move(p.path, to) }); err != nil {
		return err
	}
	return s.settle(t, to)
}

// intoHistory calls place, which puts a file into the directory of older versions
// of t; that is made if it is missing.
func (s *Store) intoHistory(t target, place func() error) error {
	sh := t.shelf
	sh.versioned.Store(true)
	var err error
	for range maxInstallTries {
		if err = place(); err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir) {
			break
		}
		if err := sh.fsys.Mkdir(sh.top(fs.Versions)); err != nil && !errors.Is(err, fs.ErrExist) {
			return s.missing(sh, t.Name, err)
		}
		_, err = fs.MakeDirs(sh.fsys, sh.top(fs.Versions), t.rel+historyMark)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // removed again meanwhile by another
			break
		}
	}
	if errors.Is(err, fs.ErrNotSupport) {
		e := errs.E("store.versions", t.String(), errs.Unsupported, err)
		e.Public = "mountpath " + sh.root + ": its file system has no hard links, which older versions need"
		return e
	}
	return sh.fail("store.versions", t.String(), err)
}
