package fs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"sync"
	"sync/atomic"

	"aistore/errs"
)

// trash is the directory of removed things on one mountpath.
type trash struct {
	fsys  FS
	dir   string
	boot  uint64 // tells names of this run from those of others
	count atomic.Uint64
	wake  func() // of Mounts

	mu    sync.Mutex // held during one step
	tree  *remover   // guarded by mu; nil between passes
	dirty bool       // guarded by mu; whether something came since the pass began
}

func newTrash(fsys FS, root string, wake func()) *trash {
	return &trash{fsys: fsys, dir: root + "/" + trashName, boot: rand.Uint64(), wake: wake, dirty: true}
}

// Trash takes a file or directory of the mountpath out of its place, at once
// and durably, and leaves it to be deleted by Mounts.Run. What is not there is
// fine. After an error, and after a crash, it is in its place or in the trash.
func (mp *Mountpath) Trash(name string) error {
	err := mp.checkRoot()
	if err == nil {
		err = mp.trash.put(name)
	}
	if err != nil {
		return errs.E("fs.Trash", name, KindOf(err), err)
	}
	return nil
}

// EmptyTrash removes at most limit files and directories from the trash, and
// reports whether there is more. Calls go on where the last one ended. What
// cannot be removed is left for the next run, and named by the error.
func (mp *Mountpath) EmptyTrash(ctx context.Context, limit int) (more bool, err error) {
	if err := mp.checkRoot(); err != nil {
		return false, err
	}
	removed, more, err := mp.trash.step(ctx, limit)
	mp.counters.trashed.Add(int64(removed))
	return more, err
}

// make makes the directory while there is space for it.
func (t *trash) make() error {
	err := t.fsys.Mkdir(t.dir)
	if errors.Is(err, ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.fsys.SyncDir(path.Dir(t.dir))
}

func (t *trash) put(name string) error {
	if err := t.make(); err != nil {
		return err
	}
	into := fmt.Sprintf("%s/%016x.%d", t.dir, t.boot, t.count.Add(1))
	err := t.fsys.Rename(name, into)
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.dirty = true
	t.mu.Unlock()
	t.wake()
	return errors.Join(t.fsys.SyncDir(t.dir), t.fsys.SyncDir(path.Dir(name)))
}

func (t *trash) step(ctx context.Context, limit int) (removed int, more bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tree == nil {
		if !t.dirty {
			return 0, false, nil
		}
		if err := t.begin(); err != nil {
			return 0, false, err
		}
	}
	removed, err = t.tree.step(ctx, limit)
	if t.tree.done() {
		t.tree = nil
	}
	return removed, t.tree != nil || t.dirty, err
}

// begin starts a pass over what is in the trash now.
func (t *trash) begin() error {
	t.dirty = false
	tree := &remover{fsys: t.fsys}
	err := tree.enter(t.dir)
	if err != nil && !errors.Is(err, ErrNotExist) {
		return err
	}
	t.tree = tree
	return nil
}
