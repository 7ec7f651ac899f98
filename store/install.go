package store

import (
	"context"
	"errors"
	"strings"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/hrw"
)

// maxInstallTries bounds how often a rename is tried whose directory others
// remove, or whose place others take, at the same time.
const maxInstallTries = 64

// move is one file on its way to where it belongs.
type move struct {
	from    string // path of the work file
	content fs.Content
	to      string       // where the name has its file; "" if it has none
	fence   func() error // called before each rename; nil is none
}

// install renames a file to the place of t and returns its path. It makes
// directories and moves files aside as needed. The caller holds the lock of the
// name, as held, exclusively, and settles the path.
func (s *Store) install(ctx context.Context, held heldLock, t target, m move) (string, error) {
	sh, path := t.shelf, m.to
	if path == "" {
		path = sh.path(m.content, t.rel)
	}
	var err error
	for range maxInstallTries {
		if err := pass(t.Name, m.fence); err != nil {
			return "", err
		}
		if err = sh.arrivals.arrive(path, func() error { return sh.fsys.Rename(m.from, path) }); err == nil {
			return path, nil
		}
		switch {
		case errors.Is(err, fs.ErrIsDir), errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotEmpty):
			path = fs.Beside(sh.path(m.content, t.rel))
			continue
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
			err = s.makeRoom(ctx, held, t, m)
		default:
			err = sh.fail("store.install", t.String(), err)
		}
		if err != nil {
			return "", err
		}
	}
	return "", errs.E("store.install", t.String(), errs.Busy, err)
}

// makeRoom makes the directories above the place of t. A file in their way is
// moved aside.
func (s *Store) makeRoom(ctx context.Context, held heldLock, t target, m move) error {
	sh := t.shelf
	top := sh.top(m.content)
	err := sh.fsys.Mkdir(top)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return s.missing(sh, t.Name, err)
	}
	if _, err := sh.fsys.Lstat(m.from); err != nil {
		return s.missing(sh, t.Name, err)
	}
	at := strings.LastIndexByte(t.rel, '/')
	if at < 0 {
		return nil
	}
	_, err = fs.MakeDirs(sh.fsys, top, t.rel[:at])
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil // removed again meanwhile: the rename will tell
	case errors.Is(err, fs.ErrNotDir):
		return s.moveAside(ctx, held, t, m.content)
	}
	return sh.fail("store.install", t.String(), err)
}

// missing returns the error for a work file or content directory that is not
// there: the bucket was destroyed, if the mountpath is well.
func (s *Store) missing(sh *shelf, n Name, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return sh.fail("store.install", n.String(), err)
	}
	if err := sh.alive(); err != nil {
		return err
	}
	return bucketNotFound(n.Bucket)
}

// lockDir takes the lock of a directory. Its holder, if exclusive, moves a file
// in it aside; if shared, reads all of it.
func (s *Store) lockDir(ctx context.Context, dir string, as access) (heldLock, error) {
	held, err := s.dirs.acquire(ctx, hrw.Digest(dir), as)
	if err != nil {
		return held, errs.E("store.lock", dir, "", err)
	}
	return held, nil
}

// moveAside renames the file that stands where a directory above t belongs.
func (s *Store) moveAside(ctx context.Context, held heldLock, t target, content fs.Content) error {
	for at := range len(t.rel) {
		if t.rel[at] != '/' {
			continue
		}
		above := t.rel[:at]
		info, err := t.shelf.fsys.Lstat(t.shelf.path(content, above))
		if err != nil || info.Dir {
			continue // an error comes again with the next rename
		}
		return s.moveOne(ctx, held, t, content, above)
	}
	return nil
}

// moveOne moves the file at the encoded path above to where fs.Beside has it,
// under the lock of its name and that of its directory. If there is a file that is
// newer, the one above is removed.
func (s *Store) moveOne(ctx context.Context, held heldLock, t target, content fs.Content, above string) error {
	sh := t.shelf
	object, _, err := fs.Decode(above)
	if err != nil {
		return errs.E("store.install", t.String(), "", err)
	}
	other := target{Name: Name{Bucket: t.Bucket, Object: object}, rel: above, shelf: sh}
	other.digest = other.Digest()
	if !held.covers(other.digest) {
		lock, err := s.lock(ctx, other, exclusive)
		if err != nil {
			return err
		}
		defer lock.release()
	}
	path := sh.path(content, above)
	reading, err := s.lockDir(ctx, parent(path), exclusive)
	if err != nil {
		return err
	}
	defer reading.release()
	info, err := sh.fsys.Lstat(path)
	if err != nil || info.Dir {
		return nil // gone, or moved by another
	}
	s.cache.remove(other.digest)
	superseded, err := s.supersededBeside(sh, other.Name, path)
	switch {
	case err != nil:
		return err
	case superseded:
		err = ignoreMissing(sh.fsys.Remove(path))
	default:
		err = sh.fsys.Rename(path, fs.Beside(path))
	}
	if err != nil {
		return sh.fail("store.install", t.String(), err)
	}
	return s.settle(t, path)
}

// supersededBeside tells whether the file at path, of the name n, is no newer
// than the one beside it, if a crash has left both: then that one is the object.
// Errors: Corrupt (which of both is cannot be told), Unavailable.
func (s *Store) supersededBeside(sh *shelf, n Name, path string) (bool, error) {
	second, err := s.inspect(sh, n, fs.Beside(path))
	if err == nil {
		err = second.close()
	}
	if err != nil || second.path == "" || second.damaged != nil {
		return false, err
	}
	first, err := s.inspect(sh, n, path)
	if err == nil {
		err = errors.Join(first.close(), first.damaged)
	}
	return err == nil && second.order().Compare(first.order()) >= 0, err
}

// parent returns the directory of a path.
func parent(path string) string { return path[:strings.LastIndexByte(path, '/')] }
