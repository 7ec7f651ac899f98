package fs

import (
	"context"
	"errors"
)

// remover deletes the content of a directory tree step by step, children
// before parents. It remembers where it is, so that a huge directory is read
// once.
type remover struct {
	fsys  FS
	stack []frame // the directories it is in, the innermost last
}

// frame is one directory with the entries still to be removed.
type frame struct {
	dir     string
	entries []Entry
	kept    bool // something in it could not be removed
}

// enter begins with the content of dir.
func (r *remover) enter(dir string) error {
	entries, err := r.fsys.ReadDir(dir)
	if err != nil {
		return err
	}
	r.stack = append(r.stack, frame{dir: dir, entries: entries})
	return nil
}

func (r *remover) done() bool { return len(r.stack) == 0 }

// step removes at most limit entries. It passes over what it cannot remove
// and returns the first such error.
func (r *remover) step(ctx context.Context, limit int) (removed int, first error) {
	for !r.done() && removed < limit {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		gone, err := r.one()
		if gone {
			removed++
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return removed, first
}

// one removes one file, goes down into a directory, or leaves one.
func (r *remover) one() (gone bool, err error) {
	top := &r.stack[len(r.stack)-1]
	if len(top.entries) == 0 {
		return r.leave()
	}
	last := len(top.entries) - 1
	entry := top.entries[last]
	top.entries = top.entries[:last]
	name := top.dir + "/" + entry.Name
	if entry.Dir {
		if err = r.enter(name); err == nil { // top is stale now
			return false, nil
		}
	} else if err = r.fsys.Remove(name); err == nil {
		return true, nil
	}
	if errors.Is(err, ErrNotExist) {
		return false, nil
	}
	top.kept = true
	return false, err
}

// leave removes the innermost directory, unless something in it was kept or
// it is the one that was entered first.
func (r *remover) leave() (gone bool, err error) {
	top := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	if r.done() {
		return false, nil
	}
	if !top.kept {
		err = r.fsys.RemoveDir(top.dir)
		if err == nil || errors.Is(err, ErrNotExist) {
			return err == nil, nil
		}
	}
	r.stack[len(r.stack)-1].kept = true
	return false, err
}
