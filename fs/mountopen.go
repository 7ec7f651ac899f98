package fs

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"aistore/errs"
	"aistore/internal/hrw"
)

// open checks the path root and returns it as a Mountpath that is locked.
// It is going to replace old, if that is not nil.
func (m *Mounts) open(root, label string, known remembered, old *Mountpath) (*Mountpath, error) {
	p := &prober{fsys: m.fsys, root: root}
	if err := p.checkPath(); err != nil {
		return nil, err
	}
	info, err := p.exists(m.options.Test)
	if err != nil {
		return nil, p.explain(err)
	}
	if err := m.checkOthers(p, info, old); err != nil {
		return nil, err
	}
	lock, err := p.lock()
	if err != nil {
		return nil, p.explain(err)
	}
	mp, err := m.openLocked(p, info, known)
	if err != nil {
		err = p.explain(err)
		if lock != nil {
			err = errors.Join(err, lock.Close())
		}
		return nil, err
	}
	mp.label, mp.lock = label, lock
	return mp, nil
}

func (m *Mounts) openLocked(p *prober, info Info, known remembered) (*Mountpath, error) {
	if err := p.probe(); err != nil {
		return nil, err
	}
	// What a process that was killed has left can be seen from now on: a loss of
	// power must not take it back.
	if err := p.fsys.SyncAll(p.root); err != nil {
		return nil, err
	}
	usage, err := p.fsys.Usage(p.root)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	before, _ := p.loadIdentity() // identify reports what is wrong with it
	identity, err := p.identify(Identity{
		Target: m.options.TargetID, Path: p.root, Device: info.Dev, FSID: usage.FSID, Seen: now,
	}, known)
	if err != nil {
		return nil, err
	}
	mp := &Mountpath{
		fsys:     p.fsys,
		root:     p.root,
		identity: identity,
		digest:   hrw.Digest(p.root),
		reserve:  reserveOf(usage.Total, m.options.Reserve),
		log:      m.log,
		counters: m.counters,
		trash:    newTrash(p.fsys, p.root, m.trashed),
	}
	if !before.Seen.IsZero() {
		mp.away = max(now.Sub(before.Seen), 0)
	}
	mp.usage.Store(&usage)
	if err := mp.trash.make(); err != nil && KindOf(err) != errs.NoSpace {
		return nil, err
	}
	return mp, nil
}

// checkOthers refuses a path that shares files or, outside of tests, a file
// system with another mountpath.
func (m *Mounts) checkOthers(p *prober, info Info, old *Mountpath) error {
	for _, other := range slices.Concat(m.Available(), m.Disabled()) {
		switch {
		case other == old:
		case other.root == p.root:
			return p.refuse(errs.Invalid, "it is given twice: give it once")
		case strings.HasPrefix(p.root, other.root+"/"), strings.HasPrefix(other.root, p.root+"/"):
			return p.refuse(errs.Invalid, "it and "+other.root+" are inside each other: give separate directories")
		case other.identity.Device == info.Dev && !m.options.Test:
			return p.refuse(errs.Invalid, "it and "+other.root+" are on one file system: give each disk once, and check that both are mounted")
		}
	}
	return nil
}

// lock excludes other processes; nil where the FS has no locks.
func (p *prober) lock() (io.Closer, error) {
	locker, ok := p.fsys.(Locker)
	if !ok {
		return nil, nil
	}
	lock, err := locker.Lock(p.root + "/" + lockName)
	if errors.Is(err, ErrLocked) {
		return nil, p.refuse(errs.Busy, "another process is using it: stop that one, or give this one other mountpaths")
	}
	return lock, err
}
