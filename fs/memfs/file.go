package memfs

import (
	"io"
	"os"
	"syscall"

	"aistore/fs"
)

// file is an open node.
type file struct {
	fsys *FS
	path string
	flag int

	// Guarded by fsys.mu.
	node   *node
	offset int64
	closed bool
}

func (f *file) Close() error {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	if f.closed {
		return pathError("close", f.path, fs.ErrClosed)
	}
	f.closed = true
	f.node.close()
	return nil
}

func (f *file) Read(p []byte) (int, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	n, err := f.readAt(p, f.offset)
	f.offset += int64(n)
	if n > 0 || len(p) == 0 {
		err = nil
	}
	return n, err
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	return f.readAt(p, off)
}

func (f *file) readAt(p []byte, off int64) (int, error) {
	switch err := f.usable(); {
	case err != nil:
		return 0, pathError("read", f.path, err)
	case f.node.isDir():
		return 0, pathError("read", f.path, syscall.EISDIR)
	case f.flag&syscall.O_ACCMODE == os.O_WRONLY:
		return 0, pathError("read", f.path, syscall.EBADF)
	case off < 0:
		return 0, pathError("read", f.path, syscall.EINVAL)
	case len(p) == 0:
		return 0, nil
	case off >= int64(len(f.node.data)):
		return 0, io.EOF
	}
	n := copy(p, f.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) Write(p []byte) (int, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	if f.flag&os.O_APPEND != 0 {
		f.offset = int64(len(f.node.data))
	}
	n, err := f.writeAt(p, f.offset)
	f.offset += int64(n)
	return n, err
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	return f.writeAt(p, off)
}

func (f *file) writeAt(p []byte, off int64) (n int, err error) {
	err = f.change("write", func() error {
		if off < 0 {
			return syscall.EINVAL
		}
		n, err = f.node.writeAt(p, off)
		return err
	})
	return n, err
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	if err := f.usable(); err != nil {
		return 0, pathError("seek", f.path, err)
	}
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += int64(len(f.node.data))
	}
	if offset < 0 {
		return 0, pathError("seek", f.path, syscall.EINVAL)
	}
	f.offset = offset
	return offset, nil
}

func (f *file) Stat() (fs.Info, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	if err := f.usable(); err != nil {
		return fs.Info{}, pathError("stat", f.path, err)
	}
	return f.node.info(), nil
}

func (f *file) Sync() error {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	err := f.usable()
	if err == nil {
		err = f.fsys.mutate("sync", f.path)
	}
	if err != nil {
		return pathError("sync", f.path, err)
	}
	if _, fails := f.fsys.failSyncs[f.path]; fails {
		delete(f.fsys.failSyncs, f.path)
		clear(f.node.dirty)
		return pathError("sync", f.path, syscall.EIO)
	}
	if f.node.isDir() {
		f.fsys.settle(f.node)
	}
	f.node.sync()
	return nil
}

func (f *file) Truncate(size int64) error {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	return f.change("truncate", func() error {
		switch {
		case size < 0:
			return syscall.EINVAL
		case size > f.node.space()+f.node.dev.free():
			return syscall.ENOSPC
		}
		f.node.resize(size)
		return nil
	})
}

func (f *file) Preallocate(size int64) error {
	if size <= 0 {
		return nil
	}
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	return f.change("preallocate", func() error { return f.node.preallocate(size) })
}

func (f *file) GetXattr(attr string, dst []byte) (int, error) {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	err := f.usable()
	if err != nil {
		return 0, pathError("getxattr", f.path, err)
	}
	n, err := f.node.getXattr(attr, dst)
	return n, pathError("getxattr", f.path, err)
}

func (f *file) SetXattr(attr string, value []byte) error {
	f.fsys.mu.Lock()
	defer f.fsys.mu.Unlock()
	err := f.usable()
	if err == nil {
		err = f.fsys.setXattr(f.node, f.path, attr, value)
	}
	return pathError("setxattr", f.path, err)
}

func (f *file) OSFile() (*os.File, bool) { return nil, false }

// usable returns why nothing can be done with f; nil if it can.
func (f *file) usable() error {
	if f.closed {
		return fs.ErrClosed
	}
	return f.fsys.running()
}

// change runs a mutation of the bytes of f, if f is open for writing.
func (f *file) change(op string, fn func() error) error {
	err := f.usable()
	if err == nil && (f.node.isDir() || f.flag&syscall.O_ACCMODE == os.O_RDONLY) {
		err = syscall.EBADF
	}
	if err == nil {
		err = f.fsys.mutate(op, f.path)
	}
	if err == nil {
		err = fn()
	}
	return pathError(op, f.path, err)
}
