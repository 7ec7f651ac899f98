package memfs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"sync"
	"syscall"
	"time"

	"aistore/fs"
)

// ErrStopped is the error of every operation from the one that StopAfter has
// chosen on: the process that made them is dead.
var ErrStopped = errors.New("stopped: the process is dead")

const (
	pageSize        = 4096
	defaultCapacity = 1 << 40
	defaultXattrMax = 4040 // of ext4 with 4 KiB blocks
	inodesPerDevice = 1 << 32
	maxLog          = 10_000 // lines
)

// Options changes what New makes. The zero value is a large disk with the
// attribute limits of ext4.
type Options struct {
	Capacity int64 // bytes; 0 is 1 TiB
	XattrMax int   // longest attribute value, and sum of all of one file, in bytes; 0 is 4040, below 0 none can be set
}

// FS is a file system in memory. Make it with New; its root directory "/"
// exists and is durable. It implements fs.FS and fs.Locker.
type FS struct {
	mu        sync.Mutex
	options   Options
	root      *node
	pending   []*change          // changes of directories in order, all that are not durable among them
	compactAt int                // length of pending from which it is worth looking for durable ones
	locked    map[*node]struct{} // by Lock
	failSyncs map[string]struct{}
	nextInode uint64
	nextDev   uint64

	ops   int // mutating operations so far
	limit int // operations allowed, below 0 all
	dead  bool
	log   []string
}

var (
	_ fs.FS     = (*FS)(nil)
	_ fs.Locker = (*FS)(nil)
)

// New returns an empty file system.
func New(o Options) *FS {
	if o.Capacity == 0 {
		o.Capacity = defaultCapacity
	}
	if o.XattrMax == 0 {
		o.XattrMax = defaultXattrMax
	}
	m := newFS(o)
	m.root = m.newNode(m.newDevice(o.Capacity), dirNode)
	return m
}

func newFS(o Options) *FS {
	return &FS{
		options:   o,
		locked:    map[*node]struct{}{},
		failSyncs: map[string]struct{}{},
		limit:     -1,
	}
}

// Open is fs.FS.Open.
func (m *FS) Open(name string) (fs.File, error) { return m.OpenFile(name, os.O_RDONLY) }

// Create is fs.FS.Create.
func (m *FS) Create(name string) (fs.File, error) {
	return m.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// OpenFile is fs.FS.OpenFile.
func (m *FS) OpenFile(name string, flag int) (fs.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.open(name, flag)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	n.opens++
	return &file{fsys: m, node: n, path: name, flag: flag}, nil
}

func (m *FS) open(name string, flag int) (*node, error) {
	if err := m.running(); err != nil {
		return nil, err
	}
	dir, base, err := m.parent(name)
	if err != nil {
		return nil, err
	}
	n, found := dir.child(base)
	writing := flag&(os.O_WRONLY|os.O_RDWR|os.O_TRUNC|os.O_CREATE) != 0
	switch {
	case !found && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case !found:
		return m.add("create", name, dir, base, fileNode)
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return nil, syscall.EEXIST
	case n.isDir() && writing:
		return nil, syscall.EISDIR
	}
	if flag&os.O_TRUNC != 0 {
		if err := m.mutate("truncate", name); err != nil {
			return nil, err
		}
		n.resize(0)
	}
	return n, nil
}

// Mkdir is fs.FS.Mkdir.
func (m *FS) Mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent(name)
	if err == nil {
		if _, found := dir.child(base); found {
			err = syscall.EEXIST
		}
	}
	if err == nil {
		_, err = m.add("mkdir", name, dir, base, dirNode)
	}
	return pathError("mkdir", name, err)
}

// add makes a new node in dir.
func (m *FS) add(op, name string, dir *node, base string, kind nodeKind) (*node, error) {
	if err := m.mutate(op, name); err != nil {
		return nil, err
	}
	if dir.dev.free() < pageSize {
		return nil, syscall.ENOSPC
	}
	n := m.newNode(dir.dev, kind)
	n.links = 1
	dir.entries[base] = n
	dir.mtime = n.mtime
	m.record(&change{sets: []set{{dir: dir, name: base, to: n}}})
	return n, nil
}

// Remove is fs.FS.Remove.
func (m *FS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return pathError("remove", name, m.remove("remove", name, func(n *node) error {
		if n.isDir() {
			return syscall.EISDIR
		}
		return nil
	}))
}

// RemoveDir is fs.FS.RemoveDir.
func (m *FS) RemoveDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return pathError("removedir", name, m.remove("removedir", name, func(n *node) error {
		switch {
		case !n.isDir():
			return syscall.ENOTDIR
		case n.mounted != nil:
			return syscall.EBUSY
		case len(n.entries) > 0:
			return syscall.ENOTEMPTY
		}
		return nil
	}))
}

// remove takes away what allow returns no error for.
func (m *FS) remove(op, name string, allow func(*node) error) error {
	dir, base, err := m.parent(name)
	if err != nil {
		return err
	}
	n, found := dir.entries[base]
	if !found {
		return syscall.ENOENT
	}
	if err := allow(n); err != nil {
		return err
	}
	if err := m.mutate(op, name); err != nil {
		return err
	}
	delete(dir.entries, base)
	n.unlink()
	m.record(&change{sets: []set{{dir: dir, name: base}}})
	return nil
}

// Rename is fs.FS.Rename.
func (m *FS) Rename(oldpath, newpath string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.rename(oldpath, newpath); err != nil {
		return &os.LinkError{Op: "rename", Old: oldpath, New: newpath, Err: err}
	}
	return nil
}

func (m *FS) rename(oldpath, newpath string) error {
	oldDir, oldBase, err := m.parent(oldpath)
	if err != nil {
		return err
	}
	n, found := oldDir.entries[oldBase]
	if !found {
		return syscall.ENOENT
	}
	newDir, newBase, err := m.parent(newpath)
	if err != nil {
		return err
	}
	target := newDir.entries[newBase]
	if err := checkRename(n, target, newDir); err != nil {
		return err
	}
	if err := m.mutate("rename", oldpath+" to "+newpath); err != nil {
		return err
	}
	if target == n {
		return nil
	}
	if target != nil {
		target.unlink()
	}
	delete(oldDir.entries, oldBase)
	newDir.entries[newBase] = n
	m.recordRename(n, set{dir: oldDir, name: oldBase}, set{dir: newDir, name: newBase, to: n})
	return nil
}

// Link is fs.FS.Link.
func (m *FS) Link(oldpath, newpath string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.link(oldpath, newpath); err != nil {
		return &os.LinkError{Op: "link", Old: oldpath, New: newpath, Err: err}
	}
	return nil
}

func (m *FS) link(oldpath, newpath string) error {
	n, err := m.lookup(oldpath)
	if err != nil {
		return err
	}
	dir, base, err := m.parent(newpath)
	if err != nil {
		return err
	}
	_, taken := dir.entries[base]
	switch {
	case taken:
		return syscall.EEXIST
	case n.isDir():
		return fs.ErrNotSupport
	case n.dev != dir.dev:
		return syscall.EXDEV
	}
	if err := m.mutate("link", oldpath+" to "+newpath); err != nil {
		return err
	}
	dir.entries[base] = n
	n.links++
	m.record(&change{sets: []set{{dir: dir, name: base, to: n}}})
	return nil
}

// checkRename answers as Linux does.
func checkRename(n, target, newDir *node) error {
	switch {
	case n.dev != newDir.dev:
		return syscall.EXDEV
	case n.mounted != nil || (target != nil && target.mounted != nil):
		return syscall.EBUSY
	case n.isDir() && n.contains(newDir):
		return syscall.EINVAL
	case target == nil || target == n:
		return nil
	case n.isDir() && !target.isDir():
		return syscall.ENOTDIR
	case !n.isDir() && target.isDir():
		return syscall.EISDIR
	case target.isDir() && len(target.entries) > 0:
		return syscall.ENOTEMPTY
	}
	return nil
}

// Lstat is fs.FS.Lstat.
func (m *FS) Lstat(name string) (fs.Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err != nil {
		return fs.Info{}, pathError("lstat", name, err)
	}
	return n.info(), nil
}

// ReadDir is fs.FS.ReadDir. The order is random.
func (m *FS) ReadDir(name string) ([]fs.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("readdir", name, err)
	}
	var entries []fs.Entry
	for base, child := range n.entries {
		entries = append(entries, fs.Entry{Name: base, Dir: child.isDir(), Regular: !child.isDir()})
	}
	return entries, nil
}

// SyncDir is fs.FS.SyncDir.
func (m *FS) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = m.mutate("syncdir", name)
	}
	if err != nil {
		return pathError("syncdir", name, err)
	}
	m.settle(n)
	n.stableXattrs = maps.Clone(n.xattrs)
	return nil
}

// SyncAll is fs.FS.SyncAll.
func (m *FS) SyncAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = m.mutate("syncall", name)
	}
	if err != nil {
		return pathError("syncall", name, err)
	}
	for _, c := range m.pending {
		if c.sets[0].dir.dev == n.dev {
			c.force()
		}
	}
	m.root.syncBelow(n.dev)
	return nil
}

// GetXattr is fs.FS.GetXattr.
func (m *FS) GetXattr(name, attr string, dst []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err != nil {
		return 0, pathError("getxattr", name, err)
	}
	size, err := n.getXattr(attr, dst)
	return size, pathError("getxattr", name, err)
}

// SetXattr is fs.FS.SetXattr.
func (m *FS) SetXattr(name, attr string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil {
		err = m.setXattr(n, name, attr, value)
	}
	return pathError("setxattr", name, err)
}

func (m *FS) setXattr(n *node, name, attr string, value []byte) error {
	if err := m.mutate("setxattr", name+" "+attr); err != nil {
		return err
	}
	return n.setXattr(attr, value, m.options.XattrMax)
}

// SetTimes is fs.FS.SetTimes. Times are durable at once.
func (m *FS) SetTimes(name string, atime, mtime time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil {
		err = m.mutate("settimes", name)
	}
	if err != nil {
		return pathError("settimes", name, err)
	}
	if !atime.IsZero() {
		n.atime = atime
	}
	if !mtime.IsZero() {
		n.mtime = mtime
	}
	return nil
}

// Usage is fs.FS.Usage.
func (m *FS) Usage(name string) (fs.Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err != nil {
		return fs.Usage{}, pathError("statfs", name, err)
	}
	return fs.Usage{
		Total:      n.dev.capacity,
		Used:       n.dev.used,
		Available:  max(n.dev.free(), 0),
		Inodes:     inodesPerDevice,
		InodesFree: inodesPerDevice - n.dev.nodes,
		FSID:       [2]int32{int32(n.dev.id), 0},
	}, nil
}

// Lock is fs.Locker.Lock. A crash ends all locks.
func (m *FS) Lock(name string) (io.Closer, error) {
	opened, err := m.OpenFile(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := opened.(*file).node
	if _, taken := m.locked[n]; taken {
		n.close()
		return nil, pathError("lock", name, fs.ErrLocked)
	}
	m.locked[n] = struct{}{}
	return &lock{fsys: m, node: n}, nil
}

// lock is what Lock returns.
type lock struct {
	fsys *FS
	node *node // nil once closed; guarded by fsys.mu
}

func (l *lock) Close() error {
	l.fsys.mu.Lock()
	defer l.fsys.mu.Unlock()
	if l.node == nil {
		return fs.ErrClosed
	}
	delete(l.fsys.locked, l.node)
	l.node.close()
	l.node = nil
	return nil
}

// Mount puts an empty file system of its own device and capacity over the
// directory name, until Unmount. Capacity 0 is 1 TiB.
func (m *FS) Mount(name string, capacity int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.lookup(name)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError("mount", name, err)
	}
	if capacity == 0 {
		capacity = defaultCapacity
	}
	n.mounted = m.newNode(m.newDevice(capacity), dirNode)
	return nil
}

// Unmount takes away what Mount put over name: the directory below shows
// again, as when a disk has gone. What was there is lost.
func (m *FS) Unmount(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent(name)
	if err == nil && (dir.entries[base] == nil || dir.entries[base].mounted == nil) {
		err = syscall.EINVAL
	}
	if err != nil {
		return pathError("unmount", name, err)
	}
	dir.entries[base].mounted = nil
	return nil
}

// parent returns the directory that has, or could have, the last component
// of name. The parent of the root is the root, with base "".
func (m *FS) parent(name string) (dir *node, base string, err error) {
	if err := checkPath(name); err != nil {
		return nil, "", err
	}
	dirName, base := path.Split(path.Clean("/" + name))
	if len(base) > nameMax {
		return nil, "", syscall.ENAMETOOLONG
	}
	if dir, err = m.lookup(dirName); err != nil {
		return nil, "", err
	}
	if !dir.isDir() {
		return nil, "", syscall.ENOTDIR
	}
	return dir, base, nil
}

func (m *FS) lookup(name string) (*node, error) {
	if err := m.running(); err != nil {
		return nil, err
	}
	if err := checkPath(name); err != nil {
		return nil, err
	}
	n := m.root
	for base := range components(name) {
		if !n.isDir() {
			return nil, syscall.ENOTDIR
		}
		if len(base) > nameMax {
			return nil, syscall.ENAMETOOLONG
		}
		child, found := n.child(base)
		if !found {
			return nil, syscall.ENOENT
		}
		n = child
	}
	return n, nil
}

func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// running returns ErrStopped once the process is dead.
func (m *FS) running() error {
	if m.dead {
		return ErrStopped
	}
	return nil
}

// mutate counts one mutating operation, and refuses it from the limit on.
func (m *FS) mutate(op, subject string) error {
	if m.dead || (m.limit >= 0 && m.ops >= m.limit) {
		m.dead = true
		return ErrStopped
	}
	m.ops++
	if len(m.log) == 2*maxLog {
		m.log = append(m.log[:0], m.log[maxLog:]...)
	}
	m.log = append(m.log, fmt.Sprintf("%d %s %s", m.ops, op, subject))
	return nil
}

// StopAfter lets n more mutating operations succeed (create, mkdir, remove,
// rename, write, truncate, preallocate, set attribute or times, sync of a file,
// a directory or all). The next one, and from then on every operation of any kind,
// fails with ErrStopped. Below 0 takes the limit away and revives the process.
func (m *FS) StopAfter(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead, m.limit = false, -1
	if n >= 0 {
		m.limit = m.ops + n
	}
}

// Stopped reports whether an operation has been refused by StopAfter.
func (m *FS) Stopped() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// Ops returns how many mutating operations were made.
func (m *FS) Ops() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ops
}

// Log returns one line per mutating operation, of the last ten thousand: number,
// operation, subject.
func (m *FS) Log() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.log...)
}

// FailSync makes the next Sync of the file at path fail with EIO and forget
// what it should have written, as Linux does: a later Sync succeeds without
// making it durable.
func (m *FS) FailSync(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failSyncs[path] = struct{}{}
}
