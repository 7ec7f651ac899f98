package cluster_test

import (
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/cluster"
)

// withdraw takes nodes out of service, as words joined by commas say.
func (s *script) withdraw(how string, ids []string) string {
	words := strings.Split(how, ",")
	has := func(word string) bool { return slices.Contains(words, word) }
	w := cluster.Withdrawal{IDs: ids, Abandon: has("abandon"), Wipe: has("wipe"), Stay: has("stay"), Unsafe: has("unsafe")}
	switch words[0] {
	case "shutdown":
		w.Outage = cluster.Shutdown
	case "decommission":
		w.Outage = cluster.Decommission
	}
	return s.propose(cluster.Withdraw(s.state, w))
}

// propose makes all changes, and prints the flags of the nodes they are about.
func (s *script) propose(changes []cluster.Change, err error) string {
	if err != nil {
		return answer(err)
	}
	var out []string
	for _, c := range changes {
		s.change(c)
		n, _ := s.state.Map.Node(c.NodeID)
		out = append(out, n.ID+":"+flagsText(n))
	}
	if out == nil {
		return "nothing changes"
	}
	return strings.Join(append(out, s.describeMap()), "\n")
}

func flagsText(n *wire.Node) string {
	text := ""
	for _, f := range []struct {
		bit  uint64
		name string
	}{
		{wire.NodeNonElectable, "non-electable"},
		{wire.NodeMaintenance, "maintenance"},
		{wire.NodeDecommission, "decommission"},
		{wire.NodeMaintenanceAfterRebalance, "nothing-to-move"},
		{wire.NodeShutdown, "shutdown"},
		{wire.NodeWipe, "wipe"},
		{wire.NodeStay, "stay"},
	} {
		if n.Has(f.bit) {
			text += " " + f.name
		}
	}
	return text
}

func (s *script) departures() string {
	var ids []string
	for _, n := range cluster.Departures(s.state.Map) {
		ids = append(ids, n.ID)
	}
	return strings.Join(append(ids, "."), " ")
}

// settle forgets the earlier placements.
func (s *script) settle() string {
	w := s.state.Map.Wire()
	w.Ext.Placements = w.Ext.Placements[:1]
	m, err := cluster.MapFromWire(w)
	if err != nil {
		return answer(err)
	}
	next := *s.state
	next.Map = m
	s.state = &next
	return ""
}
