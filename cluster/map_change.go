package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/hrw"
)

// WithNode returns the map with node n added, or with n in place of the node of
// that id. A node that is replaced keeps its flags but for NodeNonElectable,
// which n decides: it comes back as it left, in maintenance for instance. If
// that changes nothing the map is m itself. The map keeps a copy of n, with the
// digest of its id filled in. Errors: Invalid, Conflict (the id is taken by a
// node of the other type).
func (m *Map) WithNode(n *wire.Node) (*Map, error) {
	const op = "cluster.Map.WithNode"
	if err := n.Validate(); err != nil {
		return nil, errs.E(op, "", "", err)
	}
	added := copyNode(n)
	if n.IDDigest != 0 && n.IDDigest != added.IDDigest {
		return nil, errs.E(op, n.String(), errs.Invalid, fmt.Errorf("its id_digest is %d, not %d", n.IDDigest, added.IDDigest))
	}
	if old, found := m.Node(n.ID); found {
		if old.Type != n.Type {
			return nil, errs.E(op, n.String(), errs.Conflict, fmt.Errorf("there is %s already", old))
		}
		added.Flags = old.Flags&^wire.NodeNonElectable | n.Flags&wire.NodeNonElectable
		if sameNode(old, added) {
			return m, nil
		}
	}
	next := m.next()
	next.put(added)
	return next, nil
}

// WithoutNode returns the map without the node of that id. Its placement, if it
// is a target, becomes an earlier one. Errors: NotFound, Conflict (it is the
// primary).
func (m *Map) WithoutNode(id string) (*Map, error) {
	const op = "cluster.Map.WithoutNode"
	n, found := m.Node(id)
	if !found {
		return nil, nodeNotFound(op, id)
	}
	if n == m.primary {
		return nil, errs.E(op, n.String(), errs.Conflict, errors.New("it is the primary"))
	}
	next := m.next()
	list := next.list(n)
	i, _ := search(*list, id)
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	if n.IsTarget() {
		next.place()
	}
	return next, nil
}

// WithPrimary returns the map with the proxy of that id as primary, m itself if
// it is so already. Errors: NotFound, Conflict (it is a target).
func (m *Map) WithPrimary(id string) (*Map, error) {
	const op = "cluster.Map.WithPrimary"
	n, found := m.Node(id)
	switch {
	case !found:
		return nil, nodeNotFound(op, id)
	case !n.IsProxy():
		return nil, errs.E(op, n.String(), errs.Conflict, errors.New("a target cannot be primary"))
	case n == m.primary:
		return m, nil
	}
	next := m.next()
	next.primary = n
	return next, nil
}

// WithFlags returns the map with the bits of set added to the flags of a node
// and then those of clear removed, m itself if that changes nothing. A target
// that enters or leaves maintenance changes the placement. Errors: NotFound.
func (m *Map) WithFlags(id string, set, clear uint64) (*Map, error) {
	n, found := m.Node(id)
	if !found {
		return nil, nodeNotFound("cluster.Map.WithFlags", id)
	}
	flags := (n.Flags | set) &^ clear
	if flags == n.Flags {
		return m, nil
	}
	changed := copyNode(n)
	changed.Flags = flags
	next := m.next()
	next.put(changed)
	return next, nil
}

// settled returns m with the placement in force only. It is right when no
// earlier placement can have left objects behind.
func (m *Map) settled() *Map {
	if len(m.placements) <= 1 {
		return m
	}
	only := *m
	only.placements = m.placements[:1:1]
	return &only
}

// next returns a copy of m with the next version, to be changed by replacing
// fields, never by writing to what slices share.
func (m *Map) next() *Map {
	next := *m
	next.version++
	return &next
}

// put adds n, which belongs to the map from now on, or replaces the node of its id.
func (m *Map) put(n *wire.Node) {
	list := m.list(n)
	i, found := search(*list, n.ID)
	*list = slices.Clone(*list)
	placed := false
	if found {
		placed = (*list)[i].InMaintenance() == n.InMaintenance()
		(*list)[i] = n
	} else {
		*list = slices.Insert(*list, i, n)
	}
	switch {
	case n.IsTarget() && placed:
		m.placed = m.nodesOf(m.InForce())
	case n.IsTarget():
		m.place()
	case m.primary != nil && m.primary.ID == n.ID:
		m.primary = n
	}
}

func (m *Map) list(n *wire.Node) *[]*wire.Node {
	if n.IsTarget() {
		return &m.targets
	}
	return &m.proxies
}

// place brings the targets that are not in maintenance into force.
func (m *Map) place() {
	ids := make([]string, 0, len(m.targets))
	for _, n := range m.targets {
		if !n.InMaintenance() {
			ids = append(ids, n.ID)
		}
	}
	m.bringIntoForce(ids)
}

// bringIntoForce makes ids the placement in force. The one that was in force
// becomes the latest of the earlier ones.
func (m *Map) bringIntoForce(ids []string) {
	if len(m.placements) == 0 || !slices.Equal(ids, m.placements[0].targets) {
		placements := make([]Placement, 1, len(m.placements)+1)
		placements[0] = newPlacement(m.version, ids)
		for _, p := range m.placements {
			if len(p.targets) > 0 && !slices.Equal(ids, p.targets) {
				placements = append(placements, p)
			}
		}
		m.placements = placements
	}
	m.placed = m.nodesOf(m.placements[0])
}

// nodesOf returns the targets of p, nil in place of those that have left.
func (m *Map) nodesOf(p Placement) []*wire.Node {
	nodes := make([]*wire.Node, len(p.targets))
	for i, id := range p.targets {
		nodes[i] = find(m.targets, id)
	}
	return nodes
}

func copyNode(n *wire.Node) *wire.Node {
	c := *n
	c.IDDigest = hrw.Digest(n.ID)
	c.PubExtra = slices.Clone(n.PubExtra)
	c.VerifyingKey = bytes.Clone(n.VerifyingKey)
	return &c
}

func sameNode(a, b *wire.Node) bool {
	return a.ID == b.ID && a.Type == b.Type && a.Flags == b.Flags && a.IDDigest == b.IDDigest &&
		a.Public == b.Public && a.Control == b.Control && a.Data == b.Data &&
		slices.Equal(a.PubExtra, b.PubExtra) && bytes.Equal(a.VerifyingKey, b.VerifyingKey)
}

func nodeNotFound(op, id string) error {
	e := errs.E(op, fmt.Sprintf("%.64q", id), errs.NotFound, errors.New("no node of this id is in the cluster map"))
	e.Public = fmt.Sprintf("node %.64q does not exist", id)
	return e
}
