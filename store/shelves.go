package store

import (
	"slices"
	"sync"

	"aistore/cluster"
	"aistore/fs"
)

// maxGone bounds the ids of destroyed buckets that are remembered, to tell a
// writer that comes late from one that comes early.
const maxGone = 4096

// shelves finds volumes and shelves that are in use.
type shelves struct {
	mu      sync.RWMutex
	volumes map[*fs.Mountpath]*volume // guarded by mu
	open    map[shelfKey]*shelf       // guarded by mu
	gone    map[uint64]struct{}       // guarded by mu; ids of destroyed buckets
	order   []uint64                  // guarded by mu; gone, oldest first
}

type shelfKey struct {
	id    uint64 // of the bucket
	mount *fs.Mountpath
}

func newShelves() *shelves {
	return &shelves{
		volumes: make(map[*fs.Mountpath]*volume),
		open:    make(map[shelfKey]*shelf),
		gone:    make(map[uint64]struct{}),
	}
}

// get returns the shelf of b, nil if it is not open.
func (t *shelves) get(b *cluster.Bucket, mount *fs.Mountpath) *shelf {
	t.mu.RLock()
	s := t.open[shelfKey{b.ID(), mount}]
	t.mu.RUnlock()
	if s == nil || s.bucket != b.Bucket {
		return nil
	}
	return s
}

// volume returns the volume of a mountpath.
func (t *shelves) volume(mount *fs.Mountpath) *volume {
	t.mu.RLock()
	v := t.volumes[mount]
	t.mu.RUnlock()
	if v != nil {
		return v
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v = t.volumes[mount]; v == nil {
		v = newVolume(mount)
		t.volumes[mount] = v
	}
	return v
}

// put makes s the open shelf of its bucket. False if the bucket was destroyed.
func (t *shelves) put(s *shelf) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, gone := t.gone[s.id]; gone {
		return false
	}
	t.open[shelfKey{s.id, s.mount}] = s
	return true
}

// isGone tells whether a bucket was destroyed lately.
func (t *shelves) isGone(id uint64) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, gone := t.gone[id]
	return gone
}

// close forgets the shelf of a bucket on one mountpath.
func (t *shelves) close(id uint64, mount *fs.Mountpath) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, shelfKey{id, mount})
}

// bury forgets all shelves of a bucket and remembers that it is gone.
func (t *shelves) bury(id uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range t.open {
		if key.id == id {
			delete(t.open, key)
		}
	}
	if _, known := t.gone[id]; known {
		return
	}
	if len(t.order) == maxGone {
		delete(t.gone, t.order[0])
		t.order = t.order[1:]
	}
	t.gone[id] = struct{}{}
	t.order = append(t.order, id)
}

// revive forgets that a bucket is gone.
func (t *shelves) revive(id uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.gone, id)
}

// retain forgets the volumes and shelves of mountpaths that are not in use.
func (t *shelves) retain(mounts []*fs.Mountpath) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range t.open {
		if !slices.Contains(mounts, key.mount) {
			delete(t.open, key)
		}
	}
	for mount := range t.volumes {
		if !slices.Contains(mounts, mount) {
			delete(t.volumes, mount)
		}
	}
}
