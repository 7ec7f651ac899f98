package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"aistore/errs"
	"aistore/fs"
	"aistore/store"
)

// PromoteOptions says how a file becomes an object. The zero value leaves an
// object that is there, and the file.
type PromoteOptions struct {
	Overwrite    bool // an object that is there
	DeleteSource bool // once the object is stored
}

// PromoteFile stores a file that this target can read as an object, wherever
// that belongs, and returns its bytes. The file is removed, if it is to be, only
// once the object is durable. One that grows or shrinks while it is read is refused;
// one that is changed after it was read is kept. Errors: Invalid (not a file, or the
// path is not absolute), NotFound, Exists, those of Put at the owner; Conflict (the
// object is stored, and the file, which was changed, is kept).
func (v *Verbs) PromoteFile(ctx context.Context, files fs.FS, source string, to store.Name, o PromoteOptions) (int64, error) {
	const op = "objects.Promote"
	if !path.IsAbs(source) || path.Clean(source) != source {
		return 0, errs.E(op, source, errs.Invalid, errors.New("the path of a file to promote is absolute and has no . or .. in it"))
	}
	f, err := files.Open(source)
	if err != nil {
		return 0, sourceError(source, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return 0, sourceError(source, err)
	case info.Dir:
		return 0, errs.E(op, source, errs.Invalid, errors.New("it is a directory"))
	}
	write := store.WriteOptions{Size: info.Size}
	if !o.Overwrite {
		write.Conditions.IfNoneMatch = []string{store.AnyTag}
	}
	err = v.Send(ctx, to, io.LimitReader(f, info.Size+1), write) // and one, to see that it has grown
	switch {
	case errors.Is(err, errs.Precondition):
		e := errs.E(op, to.String(), errs.Exists, err)
		e.Public = "object " + to.String() + " already exists, and is not to be overwritten"
		return 0, e
	case err != nil:
		return 0, err
	}
	if !o.DeleteSource {
		return info.Size, nil
	}
	return info.Size, removeSource(files, source, info, to)
}

// removeSource removes a file that was stored, unless it is not the one that was
// read any more.
func removeSource(files fs.FS, source string, read fs.Info, to store.Name) error {
	const op = "objects.Promote"
	now, err := files.Lstat(source)
	if err == nil && (now.Dev != read.Dev || now.Inode != read.Inode || now.Size != read.Size || !now.Mtime.Equal(read.Mtime)) {
		e := errs.E(op, source, errs.Conflict, nil)
		e.Public = source + " was changed while it was being stored: it is kept, and " + to.String() + " has what was in it before"
		return e
	}
	if err == nil {
		err = files.Remove(source)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.E(op, source, errs.Internal, fmt.Errorf("%s is stored, and the file is still there: %w", to, err))
	}
	return nil
}

func sourceError(source string, err error) error {
	kind := fs.KindOf(err)
	if errors.Is(err, fs.ErrNotDir) {
		kind = errs.NotFound
	}
	return errs.E("objects.Promote", source, kind, err)
}
