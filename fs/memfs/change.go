package memfs

import "slices"

// set is one entry of a directory as a change leaves it.
type set struct {
	dir  *node
	name string
	to   *node // nil: the name is gone
}

// change is a directory operation that is not durable yet. Its sets survive a
// crash together or not at all.
type change struct {
	sets   []set
	needs  *change // survives only if this one does
	synced []*node // directories of sets that were synced since
	done   bool    // durable
}

// record notes a change made just now.
func (m *FS) record(c *change) {
	m.pending = append(m.pending, c)
	for _, s := range c.sets {
		if s.to != nil {
			s.to.last = c
		}
	}
}

// recordRename notes that n has lost one name and got another.
func (m *FS) recordRename(n *node, from, to set) {
	if from.dir == to.dir || n.isDir() {
		// One change. It follows the one that made the old name, so that a
		// node does not come back under both.
		m.record(&change{sets: []set{to, from}, needs: pendingOf(n, from)})
		return
	}
	added := &change{sets: []set{to}}
	m.record(added)
	m.record(&change{sets: []set{from}, needs: added})
}

// pendingOf returns the change that gave n the name at, if it is not durable.
func pendingOf(n *node, at set) *change {
	c := n.last
	if c == nil || c.done {
		return nil
	}
	if slices.ContainsFunc(c.sets, func(s set) bool { return s.dir == at.dir && s.name == at.name }) {
		return c
	}
	return nil
}

// settle makes durable what a sync of dir allows.
func (m *FS) settle(dir *node) {
	for _, c := range m.pending {
		if c.touches(dir) && !slices.Contains(c.synced, dir) {
			c.synced = append(c.synced, dir)
		}
	}
	for i, c := range m.pending {
		if c.ready() || (c.touches(dir) && overtaken(c, dir, m.pending[i+1:])) {
			c.force()
		}
	}
	m.pending = slices.DeleteFunc(m.pending, func(c *change) bool { return c.done })
}

// ready reports whether all that c depends on is durable.
func (c *change) ready() bool {
	if c.needs != nil && !c.needs.done {
		return false
	}
	return !slices.ContainsFunc(c.sets, func(s set) bool { return !slices.Contains(c.synced, s.dir) })
}

// overtaken reports whether one of later, durable with dir, has a name of c in
// dir: then c cannot stay behind.
func overtaken(c *change, dir *node, later []*change) bool {
	for _, mine := range c.sets {
		for _, other := range later {
			if mine.dir == dir && other.names(dir, mine.name) {
				return true
			}
		}
	}
	return false
}

func (c *change) touches(dir *node) bool {
	return slices.ContainsFunc(c.sets, func(s set) bool { return s.dir == dir })
}

func (c *change) names(dir *node, name string) bool {
	return slices.ContainsFunc(c.sets, func(s set) bool { return s.dir == dir && s.name == name })
}

// force makes c and all it needs durable.
func (c *change) force() {
	if c.done {
		return
	}
	if c.needs != nil {
		c.needs.force()
	}
	c.done = true
	for _, s := range c.sets {
		s.apply(s.dir.stableEntries)
	}
}

func (s set) apply(entries map[string]*node) {
	if s.to == nil {
		delete(entries, s.name)
		return
	}
	entries[s.name] = s.to
}
