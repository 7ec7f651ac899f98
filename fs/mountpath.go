package fs

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"aistore/errs"
)

const (
	maxReserve     = 1 << 30 // bytes
	reserveDivisor = 100     // of the disk
	minReserve     = 1 << 20 // bytes
)

// Mountpath is one directory, normally one disk, that holds objects. It does
// not change its device: a disk that went and came back is a new Mountpath,
// see Mounts.Enable.
type Mountpath struct {
	fsys     FS
	root     string
	label    string
	identity Identity
	away     time.Duration
	digest   uint64
	reserve  int64
	lock     io.Closer // guarded by Mounts.mu; nil where the FS has no locks, and once closed
	log      *slog.Logger
	counters *counters
	trash    *trash

	usage    atomic.Pointer[Usage] // as of the last refresh
	admitted atomic.Int64          // bytes that Admit let pass since then
	suspect  atomic.Pointer[error] // why writes are refused, nil if they are not
}

// FS returns the file system to reach the mountpath by.
func (mp *Mountpath) FS() FS { return mp.fsys }

// Root returns the directory, absolute and clean.
func (mp *Mountpath) Root() string { return mp.root }

// String returns the directory.
func (mp *Mountpath) String() string { return mp.root }

// Label returns the label it was configured with, mostly "".
func (mp *Mountpath) Label() string { return mp.label }

// Identity returns what its id file says.
func (mp *Mountpath) Identity() Identity { return mp.identity }

// Away returns for how long the mountpath had not been in use when it was
// opened: 0 for a new one, and at most an hour too much.
func (mp *Mountpath) Away() time.Duration { return mp.away }

// Digest returns what places names on this mountpath.
func (mp *Mountpath) Digest() uint64 { return mp.digest }

// Path returns the path of rel, made by Encode or a name of the module's own,
// among the content of a bucket.
func (mp *Mountpath) Path(b Bucket, content Content, rel string) string {
	return join(mp.root, b, content, rel)
}

// BucketDir returns the directory of a bucket.
func (mp *Mountpath) BucketDir(b Bucket) string { return mp.root + "/" + b.Dir() }

// ContentDir returns the directory of one content type of a bucket.
func (mp *Mountpath) ContentDir(b Bucket, content Content) string {
	return mp.root + "/" + b.Dir() + "/%" + string(content)
}

// Check refuses a file or directory that is not on the mountpath's device,
// given its Info: the disk has gone, and its path shows the parent file
// system. Unavailable.
func (mp *Mountpath) Check(info Info) error {
	if info.Dev == mp.identity.Device {
		return nil
	}
	return errs.E("fs.Check", mp.root, errs.Unavailable,
		errors.New("the path is on another file system than at start: is the disk still mounted?"))
}

// Admit asks to write size bytes more. It refuses while the mountpath is
// suspect, Unavailable, and what would touch the reserve, NoSpace. It is cheap
// until the disk is nearly full, and exact then. Deletes and small metadata do
// not ask: the reserve is theirs.
func (mp *Mountpath) Admit(size int64) error {
	if err := mp.Suspected(); err != nil {
		return err
	}
	if mp.admitted.Add(size) <= mp.usage.Load().Available-mp.reserve {
		return nil
	}
	usage, err := mp.Refresh()
	if err != nil {
		return errs.E("fs.Admit", mp.root, KindOf(err), err)
	}
	if mp.admitted.Add(size) > usage.Available-mp.reserve {
		mp.admitted.Add(-size)
		mp.counters.full.Add(1)
		return errs.E("fs.Admit", mp.root, errs.NoSpace, errors.New("the disk is full up to its reserve"))
	}
	return nil
}

// Reserve returns the bytes that Admit keeps free.
func (mp *Mountpath) Reserve() int64 { return mp.reserve }

// Usage returns the space as of the last Refresh.
func (mp *Mountpath) Usage() Usage { return *mp.usage.Load() }

// Refresh reads the space anew.
func (mp *Mountpath) Refresh() (Usage, error) {
	usage, err := mp.fsys.Usage(mp.root)
	if err != nil {
		return Usage{}, err
	}
	mp.admitted.Store(0)
	mp.usage.Store(&usage)
	return usage, nil
}

// Suspect tells that the disk has failed to do what it must, a sync above
// all: what it holds since is unknown. Writes are refused until Recheck finds
// nothing wrong.
func (mp *Mountpath) Suspect(err error) {
	if err == nil {
		return
	}
	mp.counters.suspected.Add(1)
	if mp.suspect.CompareAndSwap(nil, &err) {
		mp.log.Error("mountpath is suspect, writes are refused", "mountpath", mp.root, "err", err)
	}
}

// Suspected returns Unavailable with the first reason while the mountpath is
// suspect, else nil.
func (mp *Mountpath) Suspected() error {
	cause := mp.suspect.Load()
	if cause == nil {
		return nil
	}
	return errs.E("fs.Mountpath", mp.root, errs.Unavailable, *cause)
}

// Recheck does again what was checked at start, and ends the suspicion if
// all is well; else the mountpath is suspect, for the reason returned.
func (mp *Mountpath) Recheck() error {
	before := mp.suspect.Load()
	if err := mp.recheck(); err != nil {
		if before == nil {
			mp.Suspect(err)
		}
		return err
	}
	if before != nil && mp.suspect.CompareAndSwap(before, nil) {
		mp.log.Warn("mountpath is good again", "mountpath", mp.root)
	}
	return nil
}

func (mp *Mountpath) recheck() error {
	if err := mp.checkRoot(); err != nil {
		return err
	}
	p := &prober{fsys: mp.fsys, root: mp.root}
	found, err := p.loadIdentity()
	if err != nil {
		return err
	}
	if found.UUID != mp.identity.UUID {
		return p.refuse(errs.Conflict, "another disk is mounted there: mount the right one")
	}
	return p.probe()
}

// checkRoot is Check of the mountpath's directory.
func (mp *Mountpath) checkRoot() error {
	info, err := mp.fsys.Lstat(mp.root)
	if err != nil {
		return err
	}
	return mp.Check(info)
}

// Buckets returns the buckets that have a directory here, in no order, known
// to the cluster or not.
func (mp *Mountpath) Buckets() ([]Bucket, error) {
	buckets, err := mp.bucketsBelow("")
	if err != nil {
		return nil, errs.E("fs.Buckets", mp.root, KindOf(err), err)
	}
	return buckets, nil
}

// bucketsBelow returns the buckets below dir, a provider's or namespace's
// directory relative to the root.
func (mp *Mountpath) bucketsBelow(dir string) (buckets []Bucket, err error) {
	entries, err := mp.fsys.ReadDir(mp.root + "/" + dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !entry.Dir {
			continue
		}
		if b, ok := ParseBucketDir(dir + entry.Name); ok {
			buckets = append(buckets, b)
			continue
		}
		if !holdsBuckets(dir, entry.Name) {
			continue
		}
		inner, err := mp.bucketsBelow(dir + entry.Name + "/")
		if err != nil {
			return nil, err
		}
		buckets = append(buckets, inner...)
	}
	return buckets, nil
}

// holdsBuckets reports whether name in dir, relative to the root, can be a
// provider or, below one, a namespace.
func holdsBuckets(dir, name string) bool {
	switch strings.Count(dir, "/") {
	case 0:
		return name[0] == '@'
	case 1:
		return name[0] == '@' || name[0] == '#'
	}
	return false
}

// reserveOf returns the bytes to keep free on a disk of total bytes.
func reserveOf(total, configured int64) int64 {
	if configured > 0 {
		return configured
	}
	return max(min(total/reserveDivisor, maxReserve), min(minReserve, total/2))
}

// close releases the lock; the caller holds Mounts.mu.
func (mp *Mountpath) close() error {
	if mp.lock == nil {
		return nil
	}
	err := mp.lock.Close()
	mp.lock = nil
	return err
}
