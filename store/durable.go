package store

import (
	"strings"
	"sync"
)

// maxKnownDirs bounds the directories remembered as durable on one mountpath;
// one that is forgotten costs a sync that was not needed.
const maxKnownDirs = 1 << 16

// durableDirs remembers the directories that are durable since this start:
// their entry and those of all directories above are on disk. The zero value
// knows none.
//
// A directory may be removed and made again at any time, and the new one is
// not durable. So what was found out while a removal was under way is not
// remembered.
type durableDirs struct {
	mu       sync.Mutex
	known    map[string]struct{} // guarded by mu
	removals int                 // guarded by mu; under way
	epoch    uint64              // guarded by mu; counts begins and ends of removals
}

// has tells whether dir is durable.
func (d *durableDirs) has(dir string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.known[dir]
	return ok
}

// begin returns the epoch before a series of syncs, for add.
func (d *durableDirs) begin() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.epoch
}

// add remembers dirs, made durable by syncs since begin returned epoch, unless
// one of them may have been removed since.
func (d *durableDirs) add(dirs []string, epoch uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.removals > 0 || d.epoch != epoch {
		return
	}
	if d.known == nil || len(d.known)+len(dirs) > maxKnownDirs {
		d.known = make(map[string]struct{}, len(dirs))
	}
	for _, dir := range dirs {
		d.known[dir] = struct{}{}
	}
}

// beginRemoval forgets dir, which the caller is about to remove, and all
// directories below it.
func (d *durableDirs) beginRemoval(dir string, tree bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removals++
	d.epoch++
	delete(d.known, dir)
	if !tree {
		return
	}
	for known := range d.known {
		if strings.HasPrefix(known, dir) {
			delete(d.known, known)
		}
	}
}

// endRemoval says that the removal is over, whatever came of it.
func (d *durableDirs) endRemoval() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removals--
	d.epoch++
}
