//go:build linux || darwin

package fs

import (
	"errors"
	"io"
	iofs "io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	fileMode      = 0o644
	dirMode       = 0o755
	direntBufSize = 32 << 10
)

// OS is the file system of the operating system, on plain file descriptors:
// no poller, no finalizers, one system call per operation. Make it with NewOS.
type OS struct {
	direntBufs sync.Pool // of *[]byte, direntBufSize long
}

// NewOS returns the file system of the operating system.
func NewOS() *OS {
	o := &OS{}
	o.direntBufs.New = func() any {
		buf := make([]byte, direntBufSize)
		return &buf
	}
	return o
}

// Open is FS.Open. Where the system allows it, reading leaves the access time
// alone.
func (*OS) Open(path string) (File, error) {
	// A pipe that somebody has put there must not make us wait for its writer.
	// It makes no difference for files, unless somebody else has a lease.
	fd, err := openNoatime(path, unix.O_NONBLOCK)
	if err == unix.EWOULDBLOCK {
		fd, err = openNoatime(path, 0)
	}
	if err != nil {
		return nil, pathError("open", path, err)
	}
	return &osFile{fd: fd, path: path, nonblock: true}, nil
}

// Create is FS.Create.
func (o *OS) Create(path string) (File, error) {
	return o.OpenFile(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
}

// OpenFile is FS.OpenFile.
func (*OS) OpenFile(path string, flag int) (File, error) {
	file, err := openFlags(path, flag)
	if err != nil {
		return nil, err // not file: a nil *osFile is not a nil File
	}
	return file, nil
}

// Mkdir is FS.Mkdir.
func (*OS) Mkdir(path string) error {
	return pathError("mkdir", path, retry(func() error { return unix.Mkdir(path, dirMode) }))
}

// Remove is FS.Remove.
func (*OS) Remove(path string) error {
	err := retry(func() error { return unix.Unlink(path) })
	if errors.Is(err, unix.EPERM) { // what POSIX and darwin say of a directory
		var st unix.Stat_t
		if unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			err = ErrIsDir
		}
	}
	return pathError("remove", path, err)
}

// RemoveDir is FS.RemoveDir.
func (*OS) RemoveDir(path string) error {
	return pathError("removedir", path, retry(func() error { return unix.Rmdir(path) }))
}

// Rename is FS.Rename.
func (*OS) Rename(oldpath, newpath string) error {
	err := retry(func() error { return unix.Rename(oldpath, newpath) })
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldpath, New: newpath, Err: err}
	}
	return nil
}

// Link is FS.Link.
func (*OS) Link(oldpath, newpath string) error {
	err := retry(func() error { return unix.Link(oldpath, newpath) })
	if errors.Is(err, unix.EPERM) { // what POSIX says of a file system without, and of a directory
		err = ErrNotSupport
	}
	if err != nil {
		return &os.LinkError{Op: "link", Old: oldpath, New: newpath, Err: err}
	}
	return nil
}

// Lstat is FS.Lstat.
func (*OS) Lstat(path string) (Info, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(path, &st) }); err != nil {
		return Info{}, pathError("lstat", path, err)
	}
	return infoOf(&st), nil
}

// SyncDir is FS.SyncDir.
func (*OS) SyncDir(path string) error {
	fd, err := openDir(path)
	if err != nil {
		return pathError("syncdir", path, err)
	}
	return pathError("syncdir", path, errors.Join(syncFd(fd), closeFd(fd)))
}

// SyncAll is FS.SyncAll.
func (*OS) SyncAll(path string) error {
	fd, err := openDir(path)
	if err != nil {
		return pathError("syncfs", path, err)
	}
	return pathError("syncfs", path, errors.Join(syncAll(fd), closeFd(fd)))
}

// GetXattr is FS.GetXattr.
func (*OS) GetXattr(path, name string, dst []byte) (n int, err error) {
	err = retry(func() error {
		n, err = unix.Lgetxattr(path, name, dst)
		return err
	})
	if err != nil {
		return 0, pathError("getxattr", path, xattrError(err))
	}
	return n, nil
}

// SetXattr is FS.SetXattr.
func (*OS) SetXattr(path, name string, value []byte) error {
	err := retry(func() error { return unix.Lsetxattr(path, name, value, 0) })
	return pathError("setxattr", path, err)
}

// SetTimes is FS.SetTimes.
func (*OS) SetTimes(path string, atime, mtime time.Time) error {
	times := []unix.Timespec{timespec(atime), timespec(mtime)}
	err := retry(func() error {
		return unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW)
	})
	return pathError("settimes", path, err)
}

// Lock is Locker.Lock.
func (*OS) Lock(path string) (io.Closer, error) {
	file, err := openFlags(path, unix.O_RDWR|unix.O_CREAT)
	if err != nil {
		return nil, err
	}
	err = retry(func() error { return unix.Flock(file.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(pathError("lock", path, err), file.Close())
	}
	return file, nil
}

// ReadDir is FS.ReadDir.
func (o *OS) ReadDir(path string) ([]Entry, error) {
	fd, err := openDir(path)
	if err != nil {
		return nil, pathError("readdir", path, err)
	}
	entries, err := o.readEntries(fd, path)
	if err = errors.Join(err, closeFd(fd)); err != nil {
		return nil, pathError("readdir", path, err)
	}
	return entries, nil
}

// readEntries returns all entries of the directory open at fd.
func (o *OS) readEntries(fd int, path string) ([]Entry, error) {
	buf, _ := o.direntBufs.Get().(*[]byte)
	defer o.direntBufs.Put(buf)
	var entries []Entry
	for {
		var n int
		err := retry(func() (err error) {
			n, err = readDirents(fd, *buf)
			return err
		})
		if err != nil {
			return nil, err
		}
		if n <= 0 {
			return entries, nil
		}
		if entries, err = o.appendEntries(entries, string((*buf)[:n]), path); err != nil {
			return nil, err
		}
	}
}

// appendEntries appends the entries of one block that the kernel filled. The
// names share the memory of the block.
func (o *OS) appendEntries(entries []Entry, block, path string) ([]Entry, error) {
	for len(block) > 0 {
		name, kind, rest := cutDirent(block)
		block = rest
		if name == "" || name == "." || name == ".." {
			continue
		}
		entry := Entry{Name: name, Dir: kind == unix.DT_DIR, Regular: kind == unix.DT_REG}
		if kind == unix.DT_UNKNOWN {
			info, err := o.Lstat(path + "/" + name)
			if errors.Is(err, iofs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			entry.Dir, entry.Regular = info.Dir, info.Regular
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func openFlags(path string, flag int) (*osFile, error) {
	fd, err := openFd(path, flag, fileMode)
	if err != nil {
		return nil, pathError("open", path, err)
	}
	return &osFile{fd: fd, path: path}, nil
}

func openDir(path string) (int, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

func openFd(path string, flag int, mode uint32) (int, error) {
	for {
		fd, err := unix.Open(path, flag|unix.O_CLOEXEC|unix.O_NOFOLLOW, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// closeFd closes fd once. After EINTR the descriptor is gone too, and may
// already be another file's.
func closeFd(fd int) error {
	if err := unix.Close(fd); err != nil && err != unix.EINTR {
		return err
	}
	return nil
}

// retry calls fn until it is not interrupted by a signal.
func retry(fn func() error) error {
	for {
		if err := fn(); err != unix.EINTR {
			return err
		}
	}
}

// pathError returns err as a PathError, nil for nil.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &PathError{Op: op, Path: path, Err: err}
}

func infoOf(st *unix.Stat_t) Info {
	kind := uint32(st.Mode) & unix.S_IFMT
	return Info{
		Size:    st.Size,
		Dir:     kind == unix.S_IFDIR,
		Regular: kind == unix.S_IFREG,
		Mtime:   time.Unix(st.Mtim.Unix()),
		Atime:   time.Unix(st.Atim.Unix()),
		Dev:     uint64(st.Dev),
		Inode:   st.Ino,
	}
}

func timespec(t time.Time) unix.Timespec {
	if t.IsZero() {
		return unix.Timespec{Nsec: utimeOmit}
	}
	return unix.NsecToTimespec(t.UnixNano())
}

func xattrError(err error) error {
	if err == errnoNoXattr {
		return ErrNoXattr
	}
	return err
}
