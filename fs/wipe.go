package fs

import (
	"context"
	"errors"
	"math"
	"strings"

	"aistore/errs"
)

// Wipe removes all that a target keeps below a mountpath that nobody has open,
// the mark that the mountpath is a target's last; what others have put there
// stays. After a crash, or an error, call it again. It returns early with the
// error of ctx. Errors: those of the file system; a mountpath that is not there
// is wiped.
func Wipe(ctx context.Context, fsys FS, root string) error {
	const op = "fs.Wipe"
	entries, err := fsys.ReadDir(root)
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return errs.E(op, root, KindOf(err), err)
	}
	var marks []string
	for _, entry := range entries {
		name := root + "/" + entry.Name
		switch {
		case !isOurs(entry):
		case entry.Dir:
			err = errors.Join(err, removeTree(ctx, fsys, name))
		default:
			marks = append(marks, name)
		}
	}
	if err == nil {
		err = fsys.SyncDir(root)
	}
	for _, name := range marks {
		if err == nil {
			err = fsys.Remove(name)
		}
	}
	if err == nil {
		err = fsys.SyncDir(root)
	}
	if err != nil {
		return errs.E(op, root, KindOf(err), err)
	}
	return nil
}

// isOurs tells whether an entry of a mountpath was made by a target: the
// directory of a provider, the trash, and the files that say whose it is.
func isOurs(e Entry) bool {
	if e.Dir {
		return strings.HasPrefix(e.Name, "@") || e.Name == trashName
	}
	return e.Name == idName || e.Name == lockName || strings.HasPrefix(e.Name, probeName)
}

// removeTree removes a directory with all that is in it.
func removeTree(ctx context.Context, fsys FS, dir string) error {
	tree := &remover{fsys: fsys}
	if err := tree.enter(dir); err != nil {
		return err
	}
	for !tree.done() {
		if _, err := tree.step(ctx, math.MaxInt); err != nil {
			return err
		}
	}
	return fsys.RemoveDir(dir)
}
