package cluster

import (
	"errors"
	"fmt"
	"slices"

	"aistore/api/wire"
	"aistore/errs"
)

// Outage is why nodes are taken out of service.
type Outage int

// The reasons to take nodes out of service.
const (
	Maintenance  Outage = iota // for a while
	Shutdown                   // for a while; they stop
	Decommission               // for good
)

// Withdrawal is an administrator's wish to take nodes out of service. Nothing is
// written to a target in maintenance or decommission, but what it has is still
// read from it.
type Withdrawal struct {
	IDs     []string
	Outage  Outage
	Abandon bool // do not wait until objects have moved; a target that leaves takes its objects along
	Wipe    bool // Decommission: they delete what is on their mountpaths
	Stay    bool // Decommission: they keep running
	Unsafe  bool // Decommission: also the last target
}

// Withdraw returns the changes that take nodes out of service, none for those
// that are so already. When they are ready to stop or to leave, [Departures]
// says so. Errors: Invalid (no node is named), NotFound, Conflict (the primary
// is among them, no target would be left, a node is on its way out for good, or
// only one role of a process is to stop).
func Withdraw(s *State, w Withdrawal) ([]Change, error) {
	const op = "cluster.Withdraw"
	nodes, err := named(s.Map, op, w.IDs)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, n := range nodes {
		if err := w.check(s.Map, n); err != nil {
			return nil, conflict(op, n, err)
		}
		set, clear := w.flags(n)
		if (n.Flags|set)&^clear != n.Flags {
			changes = append(changes, SetFlags(n.ID, set, clear))
		}
	}
	if last := lastTarget(s.Map, nodes); last != nil && !w.Unsafe {
		return nil, conflict(op, last, errors.New("no target would be left in service: add another one first, or shut down or decommission the whole cluster"))
	}
	return changes, nil
}

// check tells what speaks against taking n out of service.
func (w Withdrawal) check(m *Map, n *wire.Node) error {
	switch {
	case n == m.primary && !m.hasSuccessor():
		return errors.New("it is the primary, and no other gateway could be: add an electable one first, or shut down or decommission the whole cluster")
	case n == m.primary:
		return errPrimary
	case w.Outage != Decommission && n.Has(wire.NodeDecommission):
		return errors.New("it is being decommissioned: stop that first (stop-maintenance)")
	case w.Outage == Maintenance:
		return nil
	}
	if twin := m.twin(n); twin != nil && !slices.Contains(w.IDs, twin.ID) {
		return fmt.Errorf("it is in one process with %s: name both", twin)
	}
	return nil
}

// flags are those that n gets, and those that it loses.
func (w Withdrawal) flags(n *wire.Node) (set, clear uint64) {
	switch w.Outage {
	case Maintenance:
		set, clear = wire.NodeMaintenance, wire.NodeShutdown
	case Shutdown:
		set = wire.NodeMaintenance | wire.NodeShutdown
	case Decommission:
		set, clear = wire.NodeDecommission, wire.NodeShutdown|wire.NodeStay|wire.NodeWipe
		if w.Stay {
			set, clear = set|wire.NodeStay, clear&^wire.NodeStay
		}
		if w.Wipe {
			set, clear = set|wire.NodeWipe, clear&^wire.NodeWipe
		}
	}
	switch {
	case w.Abandon && n.IsTarget():
		set |= wire.NodeMaintenanceAfterRebalance
	case w.Outage != Maintenance: // nobody has said that what it has may go with it
		clear |= wire.NodeMaintenanceAfterRebalance
	}
	return set, clear
}

// withdrawn are the flags of nodes that are out of service.
const withdrawn = wire.NodeMaintenance | wire.NodeDecommission | wire.NodeMaintenanceAfterRebalance |
	wire.NodeShutdown | wire.NodeWipe | wire.NodeStay

// Restore returns the changes that bring nodes back into service, none for those
// that are in service. Errors: Invalid (no node is named), NotFound.
func Restore(s *State, ids []string) ([]Change, error) {
	nodes, err := named(s.Map, "cluster.Restore", ids)
	var changes []Change
	for _, n := range nodes {
		if n.Flags&withdrawn != 0 {
			changes = append(changes, SetFlags(n.ID, 0, withdrawn))
		}
	}
	return changes, err
}

// named returns the nodes with those ids.
func named(m *Map, op string, ids []string) ([]*wire.Node, error) {
	if len(ids) == 0 {
		e := errs.E(op, "", errs.Invalid, errors.New("name the nodes"))
		e.Public = "name at least one node (sid, sids)"
		return nil, e
	}
	nodes := make([]*wire.Node, len(ids))
	for i, id := range ids {
		n, found := m.Node(id)
		if !found {
			return nil, nodeNotFound(op, id)
		}
		nodes[i] = n
	}
	return nodes, nil
}

// lastTarget returns one of the nodes, which are taken out of service, if they
// are the last targets that are in service.
func lastTarget(m *Map, nodes []*wire.Node) *wire.Node {
	var last *wire.Node
	for _, n := range m.targets {
		switch {
		case n.InMaintenance():
		case !slices.Contains(nodes, n):
			return nil
		default:
			last = n
		}
	}
	return last
}

// hasSuccessor tells whether there is a proxy that could take the lead.
func (m *Map) hasSuccessor() bool {
	return slices.ContainsFunc(m.proxies, func(n *wire.Node) bool {
		return n != m.primary && !n.InMaintenance() && !n.Has(wire.NodeNonElectable)
	})
}

// twin returns the node of the other role in the process of n, or nil.
func (m *Map) twin(n *wire.Node) *wire.Node {
	others := m.proxies
	if n.IsProxy() {
		others = m.targets
	}
	for _, other := range others {
		if arePair(n, other) && sameAddresses(n, other) {
			return other
		}
	}
	return nil
}

func conflict(op string, n *wire.Node, err error) error {
	return errs.E(op, n.String(), errs.Conflict, err)
}
