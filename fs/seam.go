package fs

import (
	"io"
	"os"
	"time"
)

// FS is the seam between AIStore and a file system. Paths are absolute or
// relative to the working directory, separated by slashes. The last component
// of a path is never followed if it is a symbolic link. All methods may be
// called concurrently.
//
// Errors satisfy errors.Is with the values of this package (ErrNotExist, …)
// and with the syscall.Errno values of the same meaning; KindOf classifies
// them. Package fstest says, as a test, what holds for every implementation.
type FS interface {
	// Open opens a file for reading. A directory opens too; reading it then
	// fails with ErrIsDir, so that a hit costs no extra call.
	Open(path string) (File, error)
	// Create makes a new file, open for reading and writing, mode 0644.
	// ErrExist if the name is taken by anything.
	Create(path string) (File, error)
	// OpenFile opens a file with flags of package os (O_RDWR, O_CREATE,
	// O_APPEND, O_TRUNC, O_EXCL). ErrIsDir for a directory opened for writing.
	OpenFile(path string, flag int) (File, error)

	// Mkdir makes one directory, mode 0755. ErrExist if the name is taken.
	Mkdir(path string) error
	// Remove removes a file, never a directory: ErrIsDir.
	Remove(path string) error
	// RemoveDir removes an empty directory, never a file: ErrNotEmpty,
	// ErrNotDir.
	RemoveDir(path string) error
	// Rename gives a file or directory a new name, replacing a file, or an
	// empty directory by a directory. Within one directory, and for a moved
	// directory, a crash leaves the old or the new state; a file moved between
	// directories may after a crash have both names, but never neither.
	Rename(oldpath, newpath string) error
	// Link gives a file a second name, in the same file system. Content and
	// attributes are those of both names. ErrExist if the name is taken.
	// ErrNotSupport where the file system has no such names.
	Link(oldpath, newpath string) error

	// Lstat describes a path without following a link.
	Lstat(path string) (Info, error)
	// ReadDir returns all entries of a directory in no order, "." and ".."
	// left out.
	ReadDir(path string) ([]Entry, error)
	// SyncDir makes the entries of a directory durable.
	SyncDir(path string) error
	// SyncAll makes all durable that anybody has written to the file system that
	// holds the directory path.
	SyncAll(path string) error

	// GetXattr reads the attribute into dst and returns its length; with an
	// empty dst it returns the length only. ErrNoXattr if there is none,
	// ErrRange if dst is too short.
	GetXattr(path, name string, dst []byte) (int, error)
	// SetXattr sets the attribute, durable with the next File.Sync.
	// ErrNoSpace or E2BIG if the value is too long for the file system.
	SetXattr(path, name string, value []byte) error
	// SetTimes sets the times; a zero time leaves its field alone.
	SetTimes(path string, atime, mtime time.Time) error

	// Usage returns the space of the file system that holds path.
	Usage(path string) (Usage, error)
}

// File is an open file. Methods may be called concurrently, as those of
// os.File; a call that meets or follows Close returns ErrClosed or is
// completed first, and never touches another file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Seeker
	// Close releases the file, without syncing it. A second Close returns
	// ErrClosed.
	io.Closer

	// Stat describes the file.
	Stat() (Info, error)
	// Sync makes bytes and attributes durable. After an error nothing is
	// known of what was written since the last Sync, and calling it again
	// must not be taken for success.
	Sync() error
	// Truncate changes the size in bytes.
	Truncate(size int64) error
	// Preallocate reserves space for size bytes and keeps the file's size. It
	// is nil where the file system cannot; ErrNoSpace if there is none.
	Preallocate(size int64) error

	// GetXattr is FS.GetXattr on the open file.
	GetXattr(name string, dst []byte) (int, error)
	// SetXattr is FS.SetXattr on the open file.
	SetXattr(name string, value []byte) error

	// OSFile returns the file as the kernel knows it, for sendfile. It shares
	// the offset with the File and is closed by it; the caller must not close
	// it. False if there is none.
	OSFile() (*os.File, bool)
}

// Locker is what an FS may offer in addition: exclusion of other processes.
type Locker interface {
	// Lock locks the file at path, made if absent, until the closer is closed
	// or the process dies. ErrLocked if somebody has it.
	Lock(path string) (io.Closer, error)
}
