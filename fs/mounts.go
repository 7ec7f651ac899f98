package fs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aistore/errs"
	"aistore/internal/hrw"
	"aistore/metrics"
)

// MountOptions says which mountpaths a target has, and how to treat them.
type MountOptions struct {
	FS       FS                // nil is the operating system's
	Paths    []string          // absolute directories, at least one
	TargetID string            // required
	Labels   map[string]string // by path; may be nil
	Test     bool              // missing directories are made, and several may be on one file system
	Memory   string            // file that remembers the mountpaths between runs, to notice a disk that is not mounted; "" is none
	Reserve  int64             // bytes kept free on each; 0 is 1% of the disk, 1 GiB at most
	Refresh  time.Duration     // how often space is read and suspects are checked again; 0 is 10 s
	Log      *slog.Logger      // nil discards
	Metrics  *metrics.Scope    // nil shows them nowhere
}

// Mounts is the mountpaths of one target: those in use, which share the names
// by rendezvous hashing, and those disabled. The set changes by Add, Remove,
// Enable and Disable; readers see immutable snapshots.
type Mounts struct {
	options  MountOptions
	fsys     FS
	log      *slog.Logger
	counters *counters
	wake     chan struct{} // capacity 1, so that Trash never waits; sent to by trash
	table    atomic.Pointer[table]

	mu     sync.Mutex // held by changes of the set, which also do I/O
	closed bool       // guarded by mu
}

// table is one snapshot of the set. Immutable.
type table struct {
	available, disabled []*Mountpath
	candidates          []hrw.Candidate // parallel to available
}

// OpenMounts checks and opens all mountpaths, or none: each must be there,
// writable, with attributes, of this target, in no other use, and what it was
// when it was last seen. Every refusal is in the error, with what to do. It
// starts nothing; the caller runs Run, which closes them at its end, or closes
// them itself.
// Errors: Invalid, NotFound, Conflict (another target's, another's place),
// Busy (in use by a process), Unavailable (empty, read-only, gone),
// Unsupported, Forbidden, Corrupt, NoSpace.
func OpenMounts(ctx context.Context, o MountOptions) (*Mounts, error) {
	const op = "fs.OpenMounts"
	o = withDefaults(o)
	if o.TargetID == "" || len(o.Paths) == 0 {
		return nil, errs.E(op, "", errs.Invalid, errors.New("a target needs an id and at least one mountpath: configure fspaths"))
	}
	m := &Mounts{options: o, fsys: o.FS, log: o.Log, wake: make(chan struct{}, 1)}
	m.table.Store(&table{})
	m.counters = newCounters(o.Metrics, m.Available)
	known, err := loadMemory(m.fsys, o.Memory)
	if err != nil {
		return nil, errs.E(op, o.Memory, "", err)
	}
	var all []error
	for _, root := range o.Paths {
		if err := ctx.Err(); err != nil {
			all = append(all, err)
			break
		}
		all = append(all, m.add(root, o.Labels[root], known, nil))
	}
	err = errors.Join(all...)
	if err == nil {
		err = m.remember()
	}
	if err != nil {
		return nil, errs.E(op, o.TargetID, firstKind(all, err), errors.Join(err, m.Close()))
	}
	return m, nil
}

func withDefaults(o MountOptions) MountOptions {
	if o.FS == nil {
		o.FS = NewOS()
	}
	if o.Refresh <= 0 {
		o.Refresh = refreshEvery
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// firstKind returns the kind of the first error, of all or else of err.
func firstKind(all []error, err error) errs.Kind {
	for _, one := range all {
		if one != nil {
			return KindOf(one)
		}
	}
	return KindOf(err)
}

// Available returns the mountpaths in use, in order of their paths. The slice
// is shared and must not be changed.
func (m *Mounts) Available() []*Mountpath { return m.table.Load().available }

// Disabled returns the mountpaths that are not in use, in order of their
// paths. The slice is shared and must not be changed.
func (m *Mounts) Disabled() []*Mountpath { return m.table.Load().disabled }

// Owner returns the mountpath that has, or gets, the name with this digest;
// nil if there is none in use.
func (m *Mounts) Owner(digest uint64) *Mountpath {
	t := m.table.Load()
	if i := hrw.Owner(t.candidates, digest); i >= 0 {
		return t.available[i]
	}
	return nil
}

// Ranked returns the n mountpaths for the name with this digest in order of
// preference, the owner first; fewer if there are fewer.
func (m *Mounts) Ranked(digest uint64, n int) []*Mountpath {
	t := m.table.Load()
	indices := hrw.Ranked(t.candidates, digest, n)
	ranked := make([]*Mountpath, len(indices))
	for i, index := range indices {
		ranked[i] = t.available[index]
	}
	return ranked
}

// ByPath returns the mountpath at root, in use or disabled.
func (m *Mounts) ByPath(root string) (*Mountpath, bool) {
	t := m.table.Load()
	for _, mp := range slices.Concat(t.available, t.disabled) {
		if mp.root == root {
			return mp, true
		}
	}
	return nil, false
}

// Usage returns the space of all mountpaths in use, as of the last refresh.
// Several on one file system count once.
func (m *Mounts) Usage() Usage {
	var sum Usage
	seen := map[uint64]bool{}
	for _, mp := range m.Available() {
		if seen[mp.identity.Device] {
			continue
		}
		seen[mp.identity.Device] = true
		usage := mp.Usage()
		sum.Total += usage.Total
		sum.Used += usage.Used
		sum.Available += usage.Available
		sum.Inodes += usage.Inodes
		sum.InodesFree += usage.InodesFree
	}
	return sum
}

// Close releases all mountpaths for other processes; nothing may use them any
// more. Only who never runs Run needs it. A second Close is fine.
func (m *Mounts) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	var err error
	for _, mp := range slices.Concat(m.Available(), m.Disabled()) {
		err = errors.Join(err, mp.close())
	}
	return err
}
