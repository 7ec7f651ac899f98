package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Wire returns m as clients see it. Nodes and lists of ids are shared with m
// and must not be changed.
func (m *Map) Wire() *wire.Smap {
	w := &wire.Smap{
		Proxies:      byID(m.proxies),
		Targets:      byID(m.targets),
		Primary:      m.primary,
		UUID:         m.uuid,
		Version:      m.version,
		CreationTime: m.created,
	}
	if len(m.placements) == 0 {
		return w
	}
	w.Ext = &wire.SmapExt{Placements: make([]wire.Placement, len(m.placements))}
	for i, p := range m.placements {
		w.Ext.Placements[i] = p.wire()
	}
	if m.pending != nil {
		pending := m.pending.wire()
		w.Ext.Pending = &pending
	}
	return w
}

// MapFromWire returns the map that w describes, sharing nothing with it. A map
// without placements is one whose targets have never changed. Errors: Invalid.
func MapFromWire(w *wire.Smap) (*Map, error) {
	m, err := mapFromWire(w)
	if err != nil {
		return nil, errs.E("cluster.MapFromWire", fmt.Sprintf("map v%d", w.Version), errs.Invalid, err)
	}
	return m, nil
}

func mapFromWire(w *wire.Smap) (*Map, error) {
	if w.Version == 0 {
		return &Map{}, emptyOnly(w)
	}
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if w.UUID == "" || w.Version < 0 {
		return nil, errors.New("no uuid, or a version below zero")
	}
	m := &Map{version: w.Version, uuid: w.UUID, created: w.CreationTime}
	var err error
	if m.proxies, err = sorted(w.Proxies); err != nil {
		return nil, err
	}
	if m.targets, err = sorted(w.Targets); err != nil {
		return nil, err
	}
	m.primary = find(m.proxies, w.Primary.ID)
	return m, m.placeFromWire(w)
}

func emptyOnly(w *wire.Smap) error {
	if w.UUID != "" || len(w.Proxies)+len(w.Targets) != 0 || w.Primary != nil || w.Ext != nil {
		return errors.New("a map of version 0 has no content")
	}
	return nil
}

// placeFromWire sets the placements, once the nodes are set.
func (m *Map) placeFromWire(w *wire.Smap) error {
	if w.Ext != nil {
		for _, p := range w.Ext.Placements {
			placement, err := placementFromWire(p, w.Version)
			if err != nil {
				return err
			}
			m.placements = append(m.placements, placement)
		}
		if w.Ext.Pending != nil {
			pending, err := placementFromWire(*w.Ext.Pending, w.Version)
			if err != nil {
				return err
			}
			m.pending = &pending
		}
	}
	if len(m.placements) == 0 {
		m.place()
	}
	m.placed = m.nodesOf(m.placements[0])
	if slices.Contains(m.placed, nil) {
		return errors.New("a target of the placement in force is missing")
	}
	if m.pending != nil && slices.Contains(m.nodesOf(*m.pending), nil) {
		return errors.New("a target of the pending placement is missing")
	}
	return nil
}

func placementFromWire(p wire.Placement, mapVersion int64) (Placement, error) {
	if p.Version <= 0 || p.Version > mapVersion {
		return Placement{}, fmt.Errorf("a placement of map v%d", p.Version)
	}
	for i, id := range p.Targets {
		if err := wire.ValidateNodeID(id); err != nil {
			return Placement{}, err
		}
		if i > 0 && p.Targets[i-1] >= id {
			return Placement{}, errors.New("the ids of a placement do not ascend")
		}
	}
	return newPlacement(p.Version, slices.Clone(p.Targets)), nil
}

// sorted returns copies of nodes, ascending by id.
func sorted(nodes map[string]*wire.Node) ([]*wire.Node, error) {
	list := make([]*wire.Node, 0, len(nodes))
	for _, n := range nodes {
		if err := n.Validate(); err != nil {
			return nil, err
		}
		c := copyNode(n)
		if n.IDDigest != 0 && n.IDDigest != c.IDDigest {
			return nil, fmt.Errorf("the id_digest of %s is %d, not %d", n, n.IDDigest, c.IDDigest)
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *wire.Node) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

func byID(nodes []*wire.Node) map[string]*wire.Node {
	m := make(map[string]*wire.Node, len(nodes))
	for _, n := range nodes {
		m[n.ID] = n
	}
	return m
}
