package memfs

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
)

// Mode says what a crash does to what is not durable.
type Mode int

// The modes of Crash.
const (
	DropAll    Mode = iota // power loss, at its worst: all of it is lost
	KeepRandom             // power loss: each piece is lost or kept for itself
	KeepAll                // kill -9: the process is gone, its writes are not
)

// String returns the mode in words.
func (mode Mode) String() string {
	return [...]string{"drop all", "keep random", "keep all"}[mode]
}

// Crash returns the file system that a restart finds after power loss now;
// there, everything is durable. The file system itself is left as it is, so
// that one state can crash in many ways. Random may be nil unless the mode is
// KeepRandom; equal states and equal random numbers crash equally.
func (m *FS) Crash(mode Mode, random *rand.Rand) *FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := newFS(m.options)
	after.nextInode, after.nextDev = m.nextInode, m.nextDev
	c := &crash{
		mode:    mode,
		random:  random,
		kept:    map[*change]bool{},
		nodes:   map[*node]*node{},
		devices: map[*device]*device{},
	}
	if mode == KeepRandom {
		// A disk that had nearly everything written, or nearly nothing, is as
		// likely as one in between.
		c.chance = []float64{0.1, 0.5, 0.9}[random.IntN(3)]
	}
	c.choose(m.pending)
	after.root = c.node(m.root)
	after.root.links = 1
	return after
}

// crash is one crash at work.
type crash struct {
	mode    Mode
	random  *rand.Rand
	chance  float64 // of a piece to be kept
	pending []*change
	kept    map[*change]bool
	nodes   map[*node]*node // before to after
	devices map[*device]*device
}

func (c *crash) keeps() bool { return c.random.Float64() < c.chance }

// choose decides which changes of directories are kept.
func (c *crash) choose(pending []*change) {
	c.pending = pending
	for _, change := range pending {
		switch {
		case change.done:
		case c.mode == KeepAll:
			c.kept[change] = true
		case c.mode == KeepRandom && c.keeps():
			c.kept[change] = change.needs == nil || change.needs.done || c.kept[change.needs]
		}
	}
}

// node returns n as it is after the crash.
func (c *crash) node(n *node) *node {
	if copied, found := c.nodes[n]; found {
		return copied
	}
	copied := &node{inode: n.inode, dev: c.device(n.dev), kind: n.kind, mtime: n.mtime, atime: n.atime}
	c.nodes[n] = copied
	copied.dev.nodes++
	copied.xattrs = c.xattrs(n)
	copied.stableXattrs = maps.Clone(copied.xattrs)
	if n.isDir() {
		c.fillDir(copied, n)
	} else {
		copied.data = c.data(n)
		copied.stable = slices.Clone(copied.data)
		copied.dirty = map[int]struct{}{}
		copied.dev.used += copied.space()
	}
	if n.mounted != nil {
		copied.mounted = c.node(n.mounted)
	}
	return copied
}

func (c *crash) device(d *device) *device {
	copied, found := c.devices[d]
	if !found {
		copied = &device{id: d.id, capacity: d.capacity}
		c.devices[d] = copied
	}
	return copied
}

func (c *crash) fillDir(copied, n *node) {
	entries := c.entries(n)
	copied.entries = make(map[string]*node, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		child := c.node(entries[name])
		child.links++
		copied.entries[name] = child
	}
	copied.stableEntries = maps.Clone(copied.entries)
}

func (c *crash) entries(dir *node) map[string]*node {
	if c.mode == KeepAll {
		return dir.entries
	}
	entries := maps.Clone(dir.stableEntries)
	for _, change := range c.pending {
		for _, s := range change.sets {
			if s.dir == dir && c.kept[change] {
				s.apply(entries)
			}
		}
	}
	return entries
}

func (c *crash) xattrs(n *node) map[string][]byte {
	switch c.mode {
	case DropAll:
		return maps.Clone(n.stableXattrs)
	case KeepAll:
		return maps.Clone(n.xattrs)
	}
	after := maps.Clone(n.stableXattrs)
	for _, name := range slices.Sorted(maps.Keys(n.xattrs)) {
		before, had := n.stableXattrs[name]
		if (!had || !bytes.Equal(before, n.xattrs[name])) && c.keeps() {
			after[name] = n.xattrs[name]
		}
	}
	return after
}

func (c *crash) data(n *node) []byte {
	switch c.mode {
	case DropAll:
		return slices.Clone(n.stable)
	case KeepAll:
		return slices.Clone(n.data)
	}
	after := make([]byte, c.size(len(n.stable), len(n.data)))
	copy(after, n.stable)
	for from := 0; from < len(after) && from < len(n.data); from += pageSize {
		now := n.data[from:min(from+pageSize, len(n.data))]
		if bytes.Equal(now, after[from:min(from+len(now), len(after))]) || !c.keeps() {
			continue
		}
		if c.random.IntN(8) == 0 {
			now = now[:c.random.IntN(len(now)+1)] // torn
		}
		copy(after[from:], now)
	}
	return after
}

// size returns the length of a file that was stable bytes long and then now.
func (c *crash) size(stable, now int) int {
	switch {
	case stable == now:
		return now
	case c.keeps():
		return now
	case c.random.IntN(2) == 0:
		return stable
	}
	low, high := min(stable, now), max(stable, now)
	return low + c.random.IntN(high-low+1)
}
