package jsonfile

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// temporary is what the name of a file being written ends with.
const temporary = ".tmp"

// FS is what this package needs of a file system. Errors satisfy errors.Is
// with fs.ErrNotExist of io/fs where a file is missing.
type FS interface {
	// OpenFile opens a file with flags of os.O_*; one that it creates has
	// mode 0644.
	OpenFile(path string, flag int) (File, error)
	Rename(oldpath, newpath string) error
	Remove(path string) error
	// SyncDir makes the entries of a directory durable.
	SyncDir(path string) error
}

// File is an open file of an FS. Writes go to the end of what was read or
// written so far, as in an *os.File.
type File interface {
	io.Reader
	io.Writer
	io.Seeker
	io.Closer
	Sync() error // makes content and size durable
	Truncate(size int64) error
}

// OS is the FS of the machine.
type OS struct{}

// OpenFile is os.OpenFile with mode 0600: what is kept may hold secrets.
func (OS) OpenFile(path string, flag int) (File, error) {
	f, err := os.OpenFile(path, flag|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Rename is os.Rename.
func (OS) Rename(oldpath, newpath string) error { return os.Rename(oldpath, newpath) }

// Remove is os.Remove.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir opens path, syncs it and closes it.
func (OS) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}

// replace writes the file path by way of a temporary file beside it: write,
// sync, rename, sync of the directory. When it returns nil the new content is
// durable; on error path has the old content or the new.
func replace(fsys FS, path string, write func(io.Writer) error) error {
	if err := prepare(fsys, path, write); err != nil {
		return err
	}
	return commit(fsys, path)
}

// prepare writes and syncs the temporary file of path. On error path is as
// it was.
func prepare(fsys FS, path string, write func(io.Writer) error) error {
	err := writeSynced(fsys, path+temporary, write)
	if err != nil {
		_ = fsys.Remove(path + temporary) // the next prepare would truncate it anyway
	}
	return err
}

// commit renames the temporary file of path to path, durably.
func commit(fsys FS, path string) error {
	if err := fsys.Rename(path+temporary, path); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(path))
}

func writeSynced(fsys FS, path string, write func(io.Writer) error) error {
	f, err := fsys.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
