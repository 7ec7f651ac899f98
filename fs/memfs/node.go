package memfs

import (
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"aistore/fs"
)

const (
	nameMax      = 255  // longest component, in bytes
	pathMax      = 4096 // longest path, in bytes, with its NUL
	xattrNameMax = 255
	xattrSizeMax = 64 << 10
)

type nodeKind bool

const (
	fileNode nodeKind = false
	dirNode  nodeKind = true
)

// device is one file system: what it may hold, and holds.
type device struct {
	id       uint64
	capacity int64 // bytes
	used     int64 // bytes, whole pages
	nodes    int64
}

func (d *device) free() int64 { return d.capacity - d.used }

// node is a file or directory. All of it is guarded by FS.mu.
type node struct {
	inode uint64
	dev   *device
	kind  nodeKind
	links int // names
	opens int // files and locks
	mtime time.Time
	atime time.Time

	// What is there, and what is durable, of a file. Pages in dirty are
	// copied by the next sync.
	data, stable []byte
	allocated    int64 // bytes reserved by Preallocate
	dirty        map[int]struct{}

	xattrs, stableXattrs map[string][]byte

	// What is there, and what is durable, of a directory.
	entries, stableEntries map[string]*node
	pending                []*change // changes of entries that were not durable at the last sync, in order
	last                   *change   // the last change that gave this node a name
	mounted                *node     // root of the device mounted over this directory
}

func (m *FS) newDevice(capacity int64) *device {
	m.nextDev++
	return &device{id: m.nextDev, capacity: capacity}
}

func (m *FS) newNode(dev *device, kind nodeKind) *node {
	m.nextInode++
	now := time.Now()
	n := &node{
		inode: m.nextInode, dev: dev, kind: kind, mtime: now, atime: now,
		xattrs: map[string][]byte{}, stableXattrs: map[string][]byte{},
	}
	if kind == dirNode {
		n.entries, n.stableEntries = map[string]*node{}, map[string]*node{}
	} else {
		n.dirty = map[int]struct{}{}
	}
	dev.nodes++
	return n
}

func (n *node) isDir() bool { return n.kind == dirNode }

// child returns what base names in n, below a mount the root of that.
func (n *node) child(base string) (*node, bool) {
	child, found := n.entries[base]
	if base == "" { // the root, as its own parent
		return n, true
	}
	if found && child.mounted != nil {
		return child.mounted, true
	}
	return child, found
}

// contains reports whether other is n or below it.
func (n *node) contains(other *node) bool {
	if n == other {
		return true
	}
	for _, child := range n.entries {
		if child.isDir() && child.contains(other) {
			return true
		}
	}
	return false
}

func (n *node) info() fs.Info {
	return fs.Info{
		Size: int64(len(n.data)), Dir: n.isDir(), Regular: !n.isDir(),
		Mtime: n.mtime, Atime: n.atime, Dev: n.dev.id, Inode: n.inode,
	}
}

// unlink takes one name from n.
func (n *node) unlink() {
	n.links--
	n.release()
}

// close ends one use of n.
func (n *node) close() {
	n.opens--
	n.release()
}

// release gives the space back when nobody can reach n any more. The bytes
// stay: a crash may bring the name back.
func (n *node) release() {
	if n.links <= 0 && n.opens == 0 {
		n.dev.used -= n.space()
		n.dev.nodes--
	}
}

// space returns the bytes that n takes on its device.
func (n *node) space() int64 {
	return roundUp(max(int64(len(n.data)), n.allocated))
}

func roundUp(size int64) int64 { return (size + pageSize - 1) / pageSize * pageSize }

// resize makes n size bytes long; the caller has checked that they fit.
func (n *node) resize(size int64) {
	before, old := n.space(), len(n.data)
	if size <= int64(old) {
		n.data = slices.Clone(n.data[:size])
		n.allocated = 0
	} else {
		n.data = append(n.data, make([]byte, size-int64(old))...)
	}
	n.dev.used += n.space() - before
	n.touch(min(int64(old), size), max(int64(old), size))
}

// touch marks the pages of bytes from..to as not durable.
func (n *node) touch(from, to int64) {
	n.mtime = time.Now()
	for page := from / pageSize; page*pageSize < to; page++ {
		n.dirty[int(page)] = struct{}{}
	}
}

// writeAt writes what fits on the device and returns how much that was.
func (n *node) writeAt(p []byte, off int64) (int, error) {
	var err error
	end := off + int64(len(p))
	if room := n.space() + n.dev.free(); end > room {
		end, err = max(room, off), syscall.ENOSPC
	}
	if end == off {
		return 0, err
	}
	if end > int64(len(n.data)) {
		n.resize(end)
	}
	done := copy(n.data[off:end], p)
	n.touch(off, end)
	return done, err
}

// preallocate reserves space for size bytes.
func (n *node) preallocate(size int64) error {
	more := roundUp(size) - n.space()
	if more <= 0 {
		return nil
	}
	if more > n.dev.free() {
		return syscall.ENOSPC
	}
	n.allocated = size
	n.dev.used += more
	return nil
}

// sync makes what is dirty durable.
func (n *node) sync() {
	stable := make([]byte, len(n.data))
	copy(stable, n.stable)
	for page := range n.dirty {
		from := page * pageSize
		if from < len(n.data) {
			copy(stable[from:min(from+pageSize, len(n.data))], n.data[from:])
		}
	}
	n.stable = stable
	n.stableXattrs = maps.Clone(n.xattrs)
	clear(n.dirty)
}

// syncBelow makes n and all below it durable that is on dev, but for the entries
// of directories.
func (n *node) syncBelow(dev *device) {
	if n.mounted != nil {
		n.mounted.syncBelow(dev)
	}
	switch {
	case n.dev != dev:
	case n.isDir():
		n.stableXattrs = maps.Clone(n.xattrs)
	default:
		n.sync()
	}
	for _, child := range n.entries {
		child.syncBelow(dev)
	}
}

func (n *node) getXattr(attr string, dst []byte) (int, error) {
	value, found := n.xattrs[attr]
	switch {
	case len(attr) > xattrNameMax:
		return 0, syscall.ERANGE
	case !strings.HasPrefix(attr, "user."):
		return 0, syscall.EOPNOTSUPP
	case !found:
		return 0, fs.ErrNoXattr
	case len(dst) == 0:
		return len(value), nil
	case len(value) > len(dst):
		return 0, syscall.ERANGE
	}
	return copy(dst, value), nil
}

func (n *node) setXattr(attr string, value []byte, limit int) error {
	total := len(value)
	for other, v := range n.xattrs {
		if other != attr {
			total += len(v)
		}
	}
	switch {
	case len(attr) > xattrNameMax:
		return syscall.ERANGE
	case limit < 0 || !strings.HasPrefix(attr, "user."):
		return syscall.EOPNOTSUPP
	case len(value) > xattrSizeMax:
		return syscall.E2BIG
	case total > limit:
		return syscall.ENOSPC
	}
	n.xattrs[attr] = slices.Clone(value)
	return nil
}

// checkPath refuses what the kernel refuses before it looks.
func checkPath(name string) error {
	switch {
	case name == "":
		return syscall.ENOENT
	case strings.ContainsRune(name, 0):
		return syscall.EINVAL
	case len(name) >= pathMax:
		return syscall.ENAMETOOLONG
	}
	return nil
}

// components returns the components of a path.
func components(name string) iter.Seq[string] {
	clean := strings.Trim(path.Clean("/"+name), "/")
	return func(yield func(string) bool) {
		for clean != "" {
			base, rest, _ := strings.Cut(clean, "/")
			if !yield(base) {
				return
			}
			clean = rest
		}
	}
}
