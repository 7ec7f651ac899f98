package faultfs

import (
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"aistore/fs"
)

// FS is the wrapped file system. Make it with New. It implements fs.Locker;
// if what it wraps does not, locks exclude nobody.
type FS struct {
	inner fs.FS

	mu     sync.Mutex
	faults []*Fault // guarded by mu; replaced, never changed in place
}

var (
	_ fs.FS     = (*FS)(nil)
	_ fs.Locker = (*FS)(nil)
)

// New wraps inner. Without rules it behaves as inner does.
func New(inner fs.FS) *FS { return &FS{inner: inner} }

// Inject puts a rule to work, until Fault.End. Of several that match, the one
// injected first decides.
func (f *FS) Inject(r Rule) *Fault { return f.add(&Fault{rule: r}) }

// Dead makes every operation on paths that contain path fail with EIO.
func (f *FS) Dead(path string) *Fault { return f.Inject(Rule{Path: path, Err: fs.ErrIO}) }

// Slow makes the operation take d longer on paths that contain path.
func (f *FS) Slow(op Op, path string, d time.Duration) *Fault {
	return f.Inject(Rule{Op: op, Path: path, Before: delay(d)})
}

// Full makes everything that needs space on paths that contain path fail with
// ENOSPC, and Usage say so: new names, bytes, attributes. What is there can
// be read, renamed, removed and synced.
func (f *FS) Full(path string) *Fault {
	return f.add(&Fault{usage: true, rule: Rule{Path: path, Err: fs.ErrNoSpace, Half: true, When: f.needsSpace}})
}

// ReadOnly makes everything that changes paths that contain path fail with
// EROFS.
func (f *FS) ReadOnly(path string) *Fault {
	return f.Inject(Rule{Path: path, Err: fs.ErrReadOnly, When: func(c Call) bool {
		switch c.Op {
		case Create, Mkdir, Remove, RemoveDir, Rename, Link, SetXattr, SetTimes, Write, Truncate, Preallocate, Lock:
			return true
		case OpenFile:
			return c.Flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC) != 0
		}
		return false
	}})
}

func (f *FS) needsSpace(c Call) bool {
	switch c.Op {
	case SetXattr, Write, Preallocate:
		return true
	case OpenFile:
		return c.Flag&os.O_CREATE != 0 && f.missing(c.Path)
	case Create, Mkdir, Lock:
		return f.missing(c.Path)
	}
	return false
}

func (f *FS) missing(path string) bool {
	_, err := f.inner.Lstat(path)
	return err != nil
}

func (f *FS) add(fault *Fault) *Fault {
	fault.fsys = f
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(slices.Clone(f.faults), fault)
	return fault
}

func (f *FS) end(fault *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = slices.DeleteFunc(slices.Clone(f.faults), func(other *Fault) bool { return other == fault })
}

func (f *FS) current() []*Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.faults
}

// decide returns the rule by which the call fails, nil if it does not.
func (f *FS) decide(c Call) *Fault {
	for _, fault := range f.current() {
		if fault.strike(c) {
			return fault
		}
	}
	return nil
}

// refuse returns the error that the call fails with, nil if it does not.
func (f *FS) refuse(c Call) error {
	fault := f.decide(c)
	switch {
	case fault == nil:
		return nil
	case c.Op == Rename, c.Op == Link:
		return &os.LinkError{Op: string(c.Op), Old: c.Path, New: c.Target, Err: fault.rule.Err}
	}
	return &fs.PathError{Op: string(c.Op), Path: c.Path, Err: fault.rule.Err}
}

// Open is fs.FS.Open.
func (f *FS) Open(path string) (fs.File, error) {
	if err := f.refuse(Call{Op: Open, Path: path}); err != nil {
		return nil, err
	}
	return f.wrap(path)(f.inner.Open(path))
}

// Create is fs.FS.Create.
func (f *FS) Create(path string) (fs.File, error) {
	if err := f.refuse(Call{Op: Create, Path: path}); err != nil {
		return nil, err
	}
	return f.wrap(path)(f.inner.Create(path))
}

// OpenFile is fs.FS.OpenFile.
func (f *FS) OpenFile(path string, flag int) (fs.File, error) {
	if err := f.refuse(Call{Op: OpenFile, Path: path, Flag: flag}); err != nil {
		return nil, err
	}
	return f.wrap(path)(f.inner.OpenFile(path, flag))
}

// Mkdir is fs.FS.Mkdir.
func (f *FS) Mkdir(path string) error {
	if err := f.refuse(Call{Op: Mkdir, Path: path}); err != nil {
		return err
	}
	return f.inner.Mkdir(path)
}

// Remove is fs.FS.Remove.
func (f *FS) Remove(path string) error {
	if err := f.refuse(Call{Op: Remove, Path: path}); err != nil {
		return err
	}
	return f.inner.Remove(path)
}

// RemoveDir is fs.FS.RemoveDir.
func (f *FS) RemoveDir(path string) error {
	if err := f.refuse(Call{Op: RemoveDir, Path: path}); err != nil {
		return err
	}
	return f.inner.RemoveDir(path)
}

// Rename is fs.FS.Rename.
func (f *FS) Rename(oldpath, newpath string) error {
	if err := f.refuse(Call{Op: Rename, Path: oldpath, Target: newpath}); err != nil {
		return err
	}
	return f.inner.Rename(oldpath, newpath)
}

// Link is fs.FS.Link.
func (f *FS) Link(oldpath, newpath string) error {
	if err := f.refuse(Call{Op: Link, Path: oldpath, Target: newpath}); err != nil {
		return err
	}
	return f.inner.Link(oldpath, newpath)
}

// Lstat is fs.FS.Lstat.
func (f *FS) Lstat(path string) (fs.Info, error) {
	if err := f.refuse(Call{Op: Lstat, Path: path}); err != nil {
		return fs.Info{}, err
	}
	return f.inner.Lstat(path)
}

// ReadDir is fs.FS.ReadDir.
func (f *FS) ReadDir(path string) ([]fs.Entry, error) {
	if err := f.refuse(Call{Op: ReadDir, Path: path}); err != nil {
		return nil, err
	}
	return f.inner.ReadDir(path)
}

// SyncDir is fs.FS.SyncDir.
func (f *FS) SyncDir(path string) error {
	if err := f.refuse(Call{Op: SyncDir, Path: path}); err != nil {
		return err
	}
	return f.inner.SyncDir(path)
}

// SyncAll is fs.FS.SyncAll.
func (f *FS) SyncAll(path string) error {
	if err := f.refuse(Call{Op: SyncAll, Path: path}); err != nil {
		return err
	}
	return f.inner.SyncAll(path)
}

// GetXattr is fs.FS.GetXattr.
func (f *FS) GetXattr(path, name string, dst []byte) (int, error) {
	if err := f.refuse(Call{Op: GetXattr, Path: path}); err != nil {
		return 0, err
	}
	return f.inner.GetXattr(path, name, dst)
}

// SetXattr is fs.FS.SetXattr.
func (f *FS) SetXattr(path, name string, value []byte) error {
	if err := f.refuse(Call{Op: SetXattr, Path: path}); err != nil {
		return err
	}
	return f.inner.SetXattr(path, name, value)
}

// SetTimes is fs.FS.SetTimes.
func (f *FS) SetTimes(path string, atime, mtime time.Time) error {
	if err := f.refuse(Call{Op: SetTimes, Path: path}); err != nil {
		return err
	}
	return f.inner.SetTimes(path, atime, mtime)
}

// Usage is fs.FS.Usage.
func (f *FS) Usage(path string) (fs.Usage, error) {
	if err := f.refuse(Call{Op: Usage, Path: path}); err != nil {
		return fs.Usage{}, err
	}
	usage, err := f.inner.Usage(path)
	for _, fault := range f.current() {
		if fault.usage && strings.Contains(path+"/", fault.rule.Path) {
			usage.Used, usage.Available = usage.Total, 0
		}
	}
	return usage, err
}

// Lock is fs.Locker.Lock.
func (f *FS) Lock(path string) (io.Closer, error) {
	if err := f.refuse(Call{Op: Lock, Path: path}); err != nil {
		return nil, err
	}
	if locker, ok := f.inner.(fs.Locker); ok {
		return locker.Lock(path)
	}
	return io.NopCloser(nil), nil
}

// wrap returns what makes a file of the inner FS one of this.
func (f *FS) wrap(path string) func(fs.File, error) (fs.File, error) {
	return func(inner fs.File, err error) (fs.File, error) {
		if err != nil {
			return nil, err
		}
		return &file{File: inner, fsys: f, path: path}, nil
	}
}
