package store

import (
	"errors"
	"path"

	"aistore/errs"
	"aistore/fs"
)

// volume is a mountpath as the store works on it.
type volume struct {
	mount *fs.Mountpath
	fsys  fs.FS
	root  string
	dirs  durableDirs
	syncs dirSyncs

	arrivals arrivals
}

func newVolume(mount *fs.Mountpath) *volume {
	return &volume{mount: mount, fsys: mount.FS(), root: mount.Root()}
}

// alive returns Unavailable unless the mountpath is what it was when it was
// attached. Who misses a file asks before saying that there is none.
func (v *volume) alive() error {
	info, err := v.fsys.Lstat(v.root)
	if err == nil {
		err = v.mount.Check(info)
	}
	if err != nil {
		return errs.E("store.mountpath", v.root, errs.Unavailable, err)
	}
	return nil
}

// fail wraps an error of the seam that no caller has a better word for, and
// tells the mountpath if it speaks of a failing disk.
func (v *volume) fail(op, subject string, err error) error {
	kind := fs.KindOf(err)
	switch kind {
	case errs.Unavailable:
		v.mount.Suspect(err)
	case errs.NotFound, errs.Exists:
		kind = errs.Internal
	}
	return errs.E(op, subject, kind, err)
}

// syncDir makes the entries of dir durable.
func (v *volume) syncDir(dir string) error {
	return v.syncs.sync(dir, v.fsys.SyncDir)
}

// settle makes durable the entries of dir just changed, and with them every
// directory from dir up whose own entry is not known to be durable. A directory
// that was removed meanwhile took its entries with it, and the one above says
// so. After an error what is on disk is unknown: Unavailable, and the mountpath
// is suspect.
func (v *volume) settle(dir string) error {
	epoch := v.dirs.begin()
	var settled []string
	for at := dir; ; at = path.Dir(at) {
		err := v.syncDir(at)
		removed := errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir)
		if err != nil && (!removed || at == v.root) {
			v.mount.Suspect(err)
			return errs.E("store.sync", at, errs.Unavailable, err)
		}
		if at == v.root || (!removed && v.dirs.has(at)) {
			break
		}
		if removed {
			settled = nil
		} else {
			settled = append(settled, at)
		}
	}
	if len(settled) > 0 {
		v.dirs.add(settled, epoch)
	}
	return nil
}

// prune removes dir and the directories above it as long as they are empty,
// up to top, which stays. No lock is held for them, so a directory may have
// become the file of another name meanwhile; that stays too. Errors are of no
// consequence: an empty directory is in nobody's way.
func (v *volume) prune(dir, top string) {
	for ; dir != top && v.removeEmpty(dir) == nil; dir = path.Dir(dir) {
	}
}

// removeEmpty removes a directory that is empty.
func (v *volume) removeEmpty(dir string) error {
	v.dirs.beginRemoval(dir, false)
	defer v.dirs.endRemoval()
	return v.fsys.RemoveDir(dir)
}
