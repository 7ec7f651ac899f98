package fs

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"path"
	"strings"

	"aistore/errs"
)

const (
	opMountpath = "fs.mountpath"

	maxRoot    = 512 // longest path of a mountpath, in bytes: the longest object path stays under PATH_MAX
	probeName  = ".ais.probe"
	probeAttr  = "user.ais.probe"
	probeBytes = 68 // what an object's metadata takes
)

// prober checks whether a path can be a mountpath. Its refusals say what to
// do.
type prober struct {
	fsys FS
	root string
}

// checkPath refuses a path that can be no mountpath wherever it leads.
func (p *prober) checkPath() error {
	switch {
	case !path.IsAbs(p.root) || path.Clean(p.root) != p.root || p.root == "/":
		return p.refuse(errs.Invalid, "give an absolute path other than /, without . and .. components or a slash at its end")
	case len(p.root) > maxRoot:
		return p.refuse(errs.Invalid, "give a path of at most 512 bytes")
	}
	return nil
}

// exists returns the root's Info; if missing is allowed it makes the root,
// durably.
func (p *prober) exists(mayMake bool) (Info, error) {
	info, err := p.fsys.Lstat(p.root)
	if errors.Is(err, ErrNotExist) && mayMake {
		if err = p.make(); err == nil {
			info, err = p.fsys.Lstat(p.root)
		}
	}
	switch {
	case errors.Is(err, ErrNotExist):
		return info, p.refuse(errs.NotFound, "it does not exist: mount the disk, or make the directory")
	case err != nil:
		return info, err
	case !info.Dir:
		return info, p.refuse(errs.Invalid, "it is no directory: give a directory, not a file or a link to one")
	}
	return info, nil
}

// make makes the root and the directories above it that are missing.
func (p *prober) make() error {
	made, err := MakeDirs(p.fsys, "/", p.root)
	if err != nil {
		return err
	}
	for _, dir := range made {
		if err := p.fsys.SyncDir(path.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// probe tries what objects will need: files, attributes, names told apart.
// On a full disk it proves nothing and refuses nothing.
func (p *prober) probe() error {
	err := p.sweep()
	if err == nil {
		err = p.probeFile()
	}
	if err == nil {
		err = p.probeNames()
	}
	err = p.explain(cmp.Or(err, p.sweep()))
	if KindOf(err) == errs.NoSpace {
		return nil
	}
	return err
}

// probeFile writes a file with an attribute, syncs both, and reads both back.
func (p *prober) probeFile() error {
	file, err := p.fsys.OpenFile(p.root+"/"+probeName, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	return cmp.Or(p.probeOpen(file), file.Close(), p.fsys.SyncDir(p.root))
}

func (p *prober) probeOpen(file File) error {
	want := bytes.Repeat([]byte("ais!"), probeBytes/4)
	if _, err := file.Write(want); err != nil {
		return err
	}
	if err := file.SetXattr(probeAttr, want); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	text, value := make([]byte, probeBytes), make([]byte, probeBytes)
	if _, err := file.ReadAt(text, 0); err != nil {
		return err
	}
	if _, err := file.GetXattr(probeAttr, value); err != nil {
		return err
	}
	if !bytes.Equal(text, want) || !bytes.Equal(value, want) {
		return p.refuse(errs.Corrupt, "it does not return what was written: check the disk")
	}
	return nil
}

// probeNames refuses a file system on which different names are one file:
// it folds case, or composes characters.
func (p *prober) probeNames() error {
	for _, twins := range nameTwins() {
		name, twin := p.root+"/"+probeName+twins[0], p.root+"/"+probeName+twins[1]
		file, err := p.fsys.OpenFile(name, os.O_RDWR|os.O_CREATE)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		switch _, err := p.fsys.Lstat(twin); {
		case err == nil:
			return p.refuse(errs.Unsupported, "its file system takes names for equal that differ (case, or form of accents): use one that does not")
		case !errors.Is(err, ErrNotExist):
			return err
		}
	}
	return nil
}

// nameTwins returns pairs of names that are different objects.
func nameTwins() [2][2]string {
	return [2][2]string{{"-case", "-CASE"}, {"-\u00e9", "-e\u0301"}}
}

// sweep removes what a probe has left, or one before it that was killed.
func (p *prober) sweep() error {
	entries, err := p.fsys.ReadDir(p.root)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name, probeName) && entry.Regular {
			if err := p.fsys.Remove(p.root + "/" + entry.Name); err != nil && !errors.Is(err, ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// explain turns what the file system says into a refusal, if it is none yet.
func (p *prober) explain(err error) error {
	refusal, ok := err.(*errs.Error)
	switch {
	case err == nil, ok && refusal.Op == opMountpath:
		return err
	case errors.Is(err, ErrReadOnly):
		return p.refuse(errs.Unavailable, "it is read-only: check the disk, and remount it read-write")
	case errors.Is(err, ErrPermission):
		return p.refuse(errs.Forbidden, "this user may not write there: change the owner of the directory")
	case errors.Is(err, ErrNotSupport):
		return p.refuse(errs.Unsupported, "its file system has no extended attributes: mount it with them (user_xattr), or use ext4, xfs or btrfs")
	}
	return errs.E(opMountpath, p.root, KindOf(err), err)
}

func (p *prober) refuse(kind errs.Kind, reason string) error {
	return errs.E(opMountpath, p.root, kind, errors.New(reason))
}
