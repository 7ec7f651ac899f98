package cluster

import (
	"errors"
	"fmt"
	"slices"

	"aistore/errs"
)

// Moves tells whether the owner of the name with this digest is about to
// change: the pending placement has another than the one in force. Whoever
// knows this writes no such name. It does not allocate.
func (m *Map) Moves(digest uint64) bool {
	return m.pending != nil && m.pending.Owner(digest) != m.InForce().Owner(digest)
}

// FenceVersion returns the version of the map that a target must have, or a
// later one, to be allowed to write: with an older one it may take itself for
// the owner of names that are moving, or have moved.
func (m *Map) FenceVersion() int64 {
	if m.pending != nil {
		return m.pending.version
	}
	return m.InForce().version
}

// Fencers returns the ids, ascending, of the targets that own names that move
// when the pending placement comes into force: each has to stop writing them
// before. A target that stays loses names only to one that is new.
func (m *Map) Fencers() []string {
	if m.pending == nil {
		return nil
	}
	placed := m.InForce().targets
	grows := slices.ContainsFunc(m.pending.targets, func(id string) bool { return !slices.Contains(placed, id) })
	var ids []string
	for _, id := range placed {
		if grows || !m.pending.Has(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// prepare returns the map with ids as pending placement.
func (m *Map) prepare(ids []string) (*Map, error) {
	const op = "cluster.Map.prepare"
	if m.pending != nil {
		return nil, errs.E(op, "", errs.Conflict, fmt.Errorf("the placement of map v%d is pending", m.pending.version))
	}
	if slices.Equal(ids, m.InForce().targets) {
		return nil, errs.E(op, "", errs.Conflict, errors.New("the placement is in force already"))
	}
	for i, id := range ids {
		if i > 0 && ids[i-1] >= id {
			return nil, errs.E(op, "", errs.Invalid, errors.New("the ids of a placement do not ascend"))
		}
		if find(m.targets, id) == nil {
			return nil, nodeNotFound(op, id)
		}
	}
	next := m.next()
	pending := newPlacement(next.version, slices.Clone(ids))
	next.pending = &pending
	return next, nil
}

// commit returns the map with the pending placement, which is that of version,
// in force.
func (m *Map) commit(version int64) (*Map, error) {
	next, err := m.abort(version)
	if err == nil {
		next.bringIntoForce(m.pending.targets)
	}
	return next, err
}

// abort returns the map without the pending placement, which is that of version.
func (m *Map) abort(version int64) (*Map, error) {
	if m.pending == nil || m.pending.version != version {
		return nil, errs.E("cluster.Map.commit", "", errs.Conflict, fmt.Errorf("no placement of map v%d is pending", version))
	}
	next := m.next()
	next.pending = nil
	return next, nil
}

// placedAs returns m with the placements of before, from which it was made by a
// change of a node.
func (m *Map) placedAs(before *Map) (*Map, error) {
	if m == before {
		return m, nil
	}
	same := *m
	same.placements, same.pending = before.placements, before.pending
	same.placed = same.nodesOf(same.InForce())
	if slices.Contains(same.placed, nil) || same.pending != nil && slices.Contains(same.nodesOf(*same.pending), nil) {
		return nil, errors.New("the target is placed: it has to go into maintenance or decommission first")
	}
	return &same, nil
}
