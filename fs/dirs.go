package fs

import (
	"errors"
	"path"
	"strings"
)

// MakeDirs makes root/rel with all directories missing between them; root must
// exist. It returns the paths made, outermost first, also beside an error: the
// entries of their parents are not durable until SyncDir of each parent. A
// directory that somebody else makes meanwhile counts as theirs. ErrNotDir if
// a file is in the way.
func MakeDirs(fsys FS, root, rel string) (created []string, err error) {
	err = makeDir(fsys, path.Clean(root), path.Join(root, rel), &created)
	return created, err
}

// makeDir makes dir, and its parents below root where it must. It tries dir
// first, since mostly only the last directory is missing.
func makeDir(fsys FS, root, dir string, created *[]string) error {
	if dir == root || !strings.HasPrefix(dir, root) {
		return nil
	}
	err := fsys.Mkdir(dir)
	if errors.Is(err, ErrNotExist) {
		if err := makeDir(fsys, root, path.Dir(dir), created); err != nil {
			return err
		}
		err = fsys.Mkdir(dir)
	}
	switch {
	case err == nil:
		*created = append(*created, dir)
	case errors.Is(err, ErrExist):
		return mustBeDir(fsys, dir)
	}
	return err
}

func mustBeDir(fsys FS, dir string) error {
	info, err := fsys.Lstat(dir)
	if err == nil && !info.Dir {
		return &PathError{Op: "mkdir", Path: dir, Err: ErrNotDir}
	}
	return err
}
