//go:build linux || darwin

package fs

import (
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// closedBit is set in osFile.users by Close; the bits below count calls that
// use the descriptor.
const closedBit = 1 << 62

// osFile is a File on a raw descriptor. The descriptor is closed once, by
// whoever leaves last after Close, so that no call ever runs on a number that
// the kernel has given to another file.
type osFile struct {
	fd       int
	users    atomic.Int64
	path     string
	nonblock bool // opened so; of no effect on files, but package os would try to poll it

	mu   sync.Mutex
	file *os.File // guarded by mu while open; owns fd once it is set
}

func (f *osFile) Close() error {
	for {
		users := f.users.Load()
		if users&closedBit != 0 {
			return f.error("close", ErrClosed)
		}
		if f.users.CompareAndSwap(users, users|closedBit) {
			if users == 0 {
				return f.error("close", f.closeNow())
			}
			return nil // the last user closes
		}
	}
}

func (f *osFile) Read(p []byte) (int, error) {
	if !f.enter() {
		return 0, f.error("read", ErrClosed)
	}
	defer f.leave()
	for {
		n, err := unix.Read(f.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, f.error("read", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (f *osFile) ReadAt(p []byte, off int64) (int, error) {
	if !f.enter() {
		return 0, f.error("read", ErrClosed)
	}
	defer f.leave()
	// A short count is not yet the end: the next call may meet a bad sector.
	var done int
	for done < len(p) {
		n, err := unix.Pread(f.fd, p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, f.error("read", err)
		case n == 0:
			return done, io.EOF
		default:
			done += n
		}
	}
	return done, nil
}

func (f *osFile) Write(p []byte) (int, error) {
	return f.writeAll(p, func(rest []byte, _ int) (int, error) {
		return unix.Write(f.fd, rest)
	})
}

func (f *osFile) WriteAt(p []byte, off int64) (int, error) {
	return f.writeAll(p, func(rest []byte, done int) (int, error) {
		return unix.Pwrite(f.fd, rest, off+int64(done))
	})
}

func (f *osFile) writeAll(p []byte, write func(rest []byte, done int) (int, error)) (int, error) {
	if !f.enter() {
		return 0, f.error("write", ErrClosed)
	}
	defer f.leave()
	var done int
	for {
		n, err := write(p[done:], done)
		done += max(n, 0)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, f.error("write", err)
		case done == len(p):
			return done, nil
		case n == 0:
			return done, f.error("write", io.ErrShortWrite)
		}
	}
}

func (f *osFile) Seek(offset int64, whence int) (n int64, err error) {
	err = f.do("seek", func() error {
		n, err = unix.Seek(f.fd, offset, whence)
		return err
	})
	return n, err
}

func (f *osFile) Stat() (Info, error) {
	var st unix.Stat_t
	err := f.do("stat", func() error { return unix.Fstat(f.fd, &st) })
	if err != nil {
		return Info{}, err
	}
	return infoOf(&st), nil
}

func (f *osFile) Sync() error {
	return f.do("sync", func() error { return syncFd(f.fd) })
}

func (f *osFile) Truncate(size int64) error {
	return f.do("truncate", func() error { return unix.Ftruncate(f.fd, size) })
}

func (f *osFile) Preallocate(size int64) error {
	if size <= 0 {
		return nil
	}
	return f.do("preallocate", func() error { return preallocate(f.fd, size) })
}

func (f *osFile) GetXattr(name string, dst []byte) (n int, err error) {
	err = f.do("getxattr", func() error {
		n, err = unix.Fgetxattr(f.fd, name, dst)
		return xattrError(err)
	})
	return max(n, 0), err
}

func (f *osFile) SetXattr(name string, value []byte) error {
	return f.do("setxattr", func() error { return unix.Fsetxattr(f.fd, name, value, 0) })
}

func (f *osFile) OSFile() (*os.File, bool) {
	if !f.enter() {
		return nil, false
	}
	defer f.leave()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		if f.nonblock && unix.SetNonblock(f.fd, false) != nil {
			return nil, false
		}
		f.file = os.NewFile(uintptr(f.fd), f.path)
	}
	return f.file, f.file != nil
}

// do calls fn on the open descriptor until it is not interrupted.
func (f *osFile) do(op string, fn func() error) error {
	if !f.enter() {
		return f.error(op, ErrClosed)
	}
	defer f.leave()
	return f.error(op, retry(fn))
}

// enter keeps the descriptor open until leave; false after Close.
func (f *osFile) enter() bool {
	for {
		users := f.users.Load()
		if users&closedBit != 0 {
			return false
		}
		if f.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (f *osFile) leave() {
	if f.users.Add(-1) == closedBit {
		// Close has returned already. The error is lost, and nothing with it:
		// what must be on disk was synced.
		_ = f.closeNow()
	}
}

func (f *osFile) closeNow() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		return f.file.Close()
	}
	return closeFd(f.fd)
}

func (f *osFile) error(op string, err error) error { return pathError(op, f.path, err) }
