package cluster

import (
	"cmp"
	"slices"
	"strings"

	"aistore/api/wire"
)

// council is an electorate in order.
type council struct {
	Electorate
	seats []seat // of all logs, the worthiest first
	want  int    // the first so many of them should vote
}

// seat is one log, or a node that has not told its log.
type seat struct {
	node      string // id of the node; "" if it is in the map no more
	log       string // "" if the node has not told it
	class     class
	health    Health
	electable bool // its node may lead
	preferred bool // by an administrator, as primary
	leads     bool
	votes     bool
	learns    bool
	current   bool // it has what was committed a moment ago
	failing   bool // it is to follow, and does not
	stale     bool // its node has another log by now
}

// class is how worthy a node is of a vote, the worthiest first.
type class int

const (
	leader   class = iota // an electable proxy
	follower              // a target
	maintenance
	decommission
	excluded // never: it is not electable, has left, or has lost this log
)

func newCouncil(e Electorate) *council {
	nodes := processes(e.Map)
	c := &council{Electorate: e, seats: make([]seat, 0, len(nodes)+len(e.Voters)+len(e.Learners))}
	for _, n := range nodes {
		c.seat(n)
	}
	for _, log := range slices.Concat(e.Voters, e.Learners) {
		if !slices.ContainsFunc(c.seats, func(s seat) bool { return s.log == log }) {
			c.seats = append(c.seats, c.lost(log))
		}
	}
	slices.SortStableFunc(c.seats, compare)
	c.keepElectable()
	c.want = c.size()
	return c
}

// processes returns the nodes of m, of a proxy and a target in one process the
// one that is worthier of a vote.
func processes(m *Map) []*wire.Node {
	nodes := slices.Clone(m.Proxies())
	for _, n := range m.Targets() {
		i, found := search(m.Proxies(), wire.NodeProxy[:1]+n.ID[1:])
		switch {
		case !found || !arePair(m.Proxies()[i], n) || !sameAddresses(m.Proxies()[i], n):
			nodes = append(nodes, n)
		case classOf(n) < classOf(nodes[i]):
			nodes[i] = n
		}
	}
	return nodes
}

func classOf(n *wire.Node) class {
	switch {
	case n.IsProxy() && n.Has(wire.NodeNonElectable):
		return excluded
	case n.Has(wire.NodeDecommission):
		return decommission
	case n.InMaintenance():
		return maintenance
	case n.IsTarget():
		return follower
	}
	return leader
}

// seat adds the seat of a node of the map.
func (c *council) seat(n *wire.Node) {
	told := c.Logs[n.ID]
	s := seat{
		node: n.ID, log: told.ID, current: told.Current, failing: told.Failing, class: classOf(n), health: c.Health(n.ID),
		electable: n.IsProxy() && !n.Has(wire.NodeNonElectable),
	}
	if s.log == "" {
		s.log = c.logOf(n)
	}
	if s.log != "" && s.log == c.Self {
		s.leads, s.current, s.health = true, true, Healthy
	}
	s.preferred = s.electable && s.node == c.Prefer
	s.votes, s.learns = slices.Contains(c.Voters, s.log), slices.Contains(c.Learners, s.log)
	c.seats = append(c.seats, s)
}

// logOf returns the log that votes or learns for a node that has not told its
// log, "" if there is none.
func (c *council) logOf(n *wire.Node) string {
	for _, logs := range [][]string{c.Voters, c.Learners} {
		for _, log := range logs {
			if owns(n, log) {
				return log
			}
		}
	}
	return ""
}

// lost returns the seat of a log that no node of the map has.
func (c *council) lost(log string) seat {
	s := seat{log: log, class: excluded, health: Down, votes: slices.Contains(c.Voters, log), learns: slices.Contains(c.Learners, log)}
	s.stale = slices.ContainsFunc(c.seats, func(other seat) bool { return other.node != "" && nodeOf(other.log) == nodeOf(log) })
	if log == c.Self {
		s.leads, s.current, s.health = true, true, Healthy
	}
	return s
}

func nodeOf(log string) string {
	node, _, _ := strings.Cut(log, ".")
	return node
}

func owns(n *wire.Node, log string) bool {
	node := nodeOf(log)
	return n.ID == node || n.ID[1:] == node && n.ID[:1] == n.Type[:1]
}

// compare orders seats. Among those of a class the present voters come first,
// so that nothing changes without a reason. To whom a vote is of no use now
// comes last of all that are not excluded.
func compare(a, b seat) int {
	return cmp.Or(
		order(a.class == excluded, b.class == excluded),
		order(!a.usable(), !b.usable()),
		order(!a.preferred, !b.preferred),
		cmp.Compare(a.class, b.class),
		order(!a.leads, !b.leads),
		order(!a.votes, !b.votes),
		order(!a.learns, !b.learns),
		cmp.Compare(a.node, b.node),
		cmp.Compare(a.log, b.log),
	)
}

// usable tells whether a vote is of use to s now.
func (s seat) usable() bool { return s.log != "" && s.health != Down && (s.votes || !s.failing) }

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// keepElectable moves the worthiest proxy that can lead to the front: without
// one among the voters nobody could.
func (c *council) keepElectable() {
	i := slices.IndexFunc(c.seats, func(s seat) bool { return s.electable && s.usable() && s.class != excluded })
	if i > 0 {
		s := c.seats[i]
		c.seats = slices.Insert(slices.Delete(c.seats, i, i+1), 0, s)
	}
}

// size returns how many should vote: the largest odd number that there are
// nodes for, but a smaller one where that leaves more failures to bear, because
// nodes are down. Two copies of the log are never given up for one.
func (c *council) size() int {
	nodes, up := 0, 0
	for _, s := range c.seats {
		if s.class != excluded {
			nodes++
			if s.usable() {
				up++
			}
		}
	}
	most := oddAtMost(min(nodes, c.Seats))
	best := most
	for size := most - 2; size >= 3; size -= 2 {
		if spare(up, size) > spare(up, best) {
			best = size
		}
	}
	return best
}

func oddAtMost(n int) int { return max(n-1+n%2, 1) }

// spare returns how many of size voters, of which up are up, may yet fail.
func spare(up, size int) int { return min(up, size) - (size/2 + 1) }

// elected tells whether the seat at i should vote.
func (c *council) elected(i int) bool { return i < c.want && c.seats[i].class != excluded }
