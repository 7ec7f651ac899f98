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
	needs  *change   // survives only if this one does
	needed []*change // those that need this one
	synced []*node   // directories of sets that were synced since
	done   bool      // durable
}

// record notes a change made just now.
func (m *FS) record(c *change) {
	if len(m.pending) >= m.compactAt {
		m.pending = slices.DeleteFunc(m.pending, func(c *change) bool { return c.done })
		m.compactAt = 2*len(m.pending) + 64
	}
	m.pending = append(m.pending, c)
	if c.needs != nil {
		c.needs.needed = append(c.needs.needed, c)
	}
	for i, s := range c.sets {
		if s.to != nil {
			s.to.last = c
		}
		if i == 0 || s.dir != c.sets[0].dir {
			s.dir.pending = append(s.dir.pending, c)
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
	if c.names(at.dir, at.name) {
		return c
	}
	return nil
}

// settle makes durable what a sync of dir allows.
func (m *FS) settle(dir *node) {
	last := map[string]int{} // the last change of each name in dir
	for i, c := range dir.pending {
		if !slices.Contains(c.synced, dir) {
			c.synced = append(c.synced, dir)
		}
		for _, s := range c.sets {
			if s.dir == dir {
				last[s.name] = i
			}
		}
	}
	for i, c := range dir.pending {
		// One with a later one of the same name cannot stay behind that.
		overtaken := slices.ContainsFunc(c.sets, func(s set) bool { return s.dir == dir && last[s.name] > i })
		if overtaken || c.ready() {
			c.force()
		}
	}
	dir.pending = slices.DeleteFunc(dir.pending, func(c *change) bool { return c.done })
}

// ready reports whether all that c depends on is durable.
func (c *change) ready() bool {
	if c.needs != nil && !c.needs.done {
		return false
	}
	return !slices.ContainsFunc(c.sets, func(s set) bool { return !slices.Contains(c.synced, s.dir) })
}

// force makes c durable, all it needs, and what was done to its names before.
func (c *change) force() {
	if c.done {
		return
	}
	if c.needs != nil {
		c.needs.force()
	}
	for _, s := range c.sets {
		s.forceBefore(c)
	}
	if c.done { // one of those took it along
		return
	}
	c.done = true
	for _, s := range c.sets {
		s.apply(s.dir.stableEntries)
	}
	for _, other := range c.needed {
		if other.ready() {
			other.force()
		}
	}
	c.needs, c.needed = nil, nil
}

// forceBefore makes durable what was done to the name before c.
func (s set) forceBefore(c *change) {
	for _, earlier := range s.dir.pending {
		if earlier == c {
			return
		}
		if earlier.names(s.dir, s.name) {
			earlier.force()
		}
	}
}

func (c *change) names(dir *node, name string) bool {
	return slices.ContainsFunc(c.sets, func(s set) bool { return s.dir == dir && s.name == name })
}

func (s set) apply(entries map[string]*node) {
	if s.to == nil {
		delete(entries, s.name)
		return
	}
	entries[s.name] = s.to
}
