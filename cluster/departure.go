package cluster

import (
	"errors"
	"slices"

	"aistore/api/wire"
)

// Departures returns the nodes that were taken out of service to stop or to
// leave, and for which no object has to move any more: a proxy, and a target
// that no placement names, or only earlier ones that it may forget. The proxy
// and the target of one process go together. Those with NodeShutdown are to stop
// and stay in the map, the others are to leave. It needs no memory: a new
// primary goes on where another ended.
func Departures(m *Map) []*wire.Node {
	var ready []*wire.Node
	for _, nodes := range [][]*wire.Node{m.proxies, m.targets} {
		for _, n := range nodes {
			if !m.mayGo(n) {
				continue // most of them; to look for twins takes time
			}
			if twin := m.twin(n); twin == nil || m.mayGo(twin) {
				ready = append(ready, n)
			}
		}
	}
	return ready
}

// mayGo tells whether n was taken out of service to stop or to leave, and is
// needed no more.
func (m *Map) mayGo(n *wire.Node) bool {
	return n != m.primary && n.Flags&(wire.NodeShutdown|wire.NodeDecommission) != 0 && !m.needs(n)
}

// needs tells whether n owns names, or may still have objects that others do
// not have.
func (m *Map) needs(n *wire.Node) bool {
	switch {
	case !n.IsTarget():
		return false
	case m.InForce().Has(n.ID) || m.pending != nil && m.pending.Has(n.ID):
		return true
	}
	return !n.Has(wire.NodeMaintenanceAfterRebalance) && m.MayHold(n.ID)
}

// MayHold tells whether objects may be at the target with that id: some
// placement names it.
func (m *Map) MayHold(id string) bool {
	return slices.ContainsFunc(m.placements, func(p Placement) bool { return p.Has(id) })
}

// CheckRemove decides whether a node can be taken out of the map without more
// ado: it is not the primary, and as a target neither owns names nor may have
// objects that others do not have. Errors: NotFound, Conflict.
func CheckRemove(s *State, id string) error {
	const op = "cluster.CheckRemove"
	n, found := s.Map.Node(id)
	switch {
	case !found:
		return nodeNotFound(op, id)
	case n == s.Map.primary:
		return conflict(op, n, errPrimary)
	case s.Map.needs(n):
		return conflict(op, n, errHolds)
	}
	return nil
}

var (
	errPrimary = errors.New("it is the primary: make another gateway the primary first (ais cluster set-primary)")
	errHolds   = errors.New("it may have objects that no other target has: decommission it, which moves them, or remove it unsafely, which loses them")
)
