package command

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
)

// nodeView is one node in "show cluster".
type nodeView struct {
	ID      string           `json:"id"`
	Role    string           `json:"role"`
	URL     string           `json:"url"`
	Primary bool             `json:"primary,omitempty"`
	Error   string           `json:"error,omitempty"` // why there is no status
	Status  *wire.NodeStatus `json:"status,omitempty"`

	node *wire.Node
}

// nodesOf lists the nodes of a role, all with "": proxies first, the primary
// before them.
func nodesOf(m *wire.Smap, role string) []*nodeView {
	var nodes []*nodeView
	for _, group := range []map[string]*wire.Node{m.Proxies, m.Targets} {
		for id, n := range group {
			if role == "" || n.Type == role {
				nodes = append(nodes, &nodeView{
					ID: id, Role: n.Type, URL: n.Public.URL, node: n,
					Primary: m.Primary != nil && n.IsProxy() && m.Primary.ID == id,
				})
			}
		}
	}
	slices.SortFunc(nodes, func(a, b *nodeView) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), -compareBool(a.Primary, b.Primary), cmp.Compare(a.ID, b.ID))
	})
	return nodes
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// askNodes fetches the status of every node. That one does not answer is
// part of the picture, no error.
func askNodes(ctx context.Context, client *api.Client, nodes []*nodeView) error {
	const atOnce, patience = 16, 5 * time.Second
	return run.Each(ctx, atOnce, nodes, func(ctx context.Context, n *nodeView) error {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		status, err := client.NodeStatus(limited, n.ID)
		if err != nil {
			n.Error = errs.PublicOf(err)
			return ctx.Err()
		}
		n.Status = status
		return nil
	})
}

// label is the id with the marks [P] of the primary and [-] of a proxy that
// cannot become it.
func (n *nodeView) label() string {
	switch {
	case n.Primary:
		return n.ID + "[P]"
	case n.Role == wire.NodeProxy && n.node.Has(wire.NodeNonElectable):
		return n.ID + "[-]"
	}
	return n.ID
}

// state says how a node is: what the map says first, then what it says.
func (n *nodeView) state() string {
	if state := n.mapState(); state != "" {
		return state
	}
	if n.Status == nil {
		return "not reachable"
	}
	alerts := alertsOf(n.Status)
	if len(alerts) > 0 {
		return strings.Join(alerts, ", ")
	}
	return cmp.Or(n.Status.Status, "online")
}

// mapState is what the map says of a node, "" when there is nothing to say.
func (n *nodeView) mapState() string {
	switch {
	case n.node.Has(wire.NodeDecommission):
		return "decommission"
	case n.node.InMaintenance():
		return "maintenance"
	case n.node.Has(wire.NodeDown):
		return "down"
	}
	return ""
}

// alertsOf names what is wrong with a node.
func alertsOf(s *wire.NodeStatus) []string {
	flags := s.Cluster.Flags | uint64(s.Tracker["state.flags"])
	var alerts []string
	for _, alert := range []struct {
		bit  uint64
		text string
	}{
		{wire.StateOutOfSpace, "out of space"},
		{wire.StateLowCapacity, "low on space"},
		{wire.StateOutOfMemory, "out of memory"},
		{wire.StateLowMemory, "low on memory"},
		{wire.StateDiskFault, "disk fault"},
		{wire.StateKeepaliveErrors, "keepalive errors"},
		{wire.StateCertificateExpired, "certificate expired"},
		{wire.StateRebalancing, "rebalancing"},
		{wire.StateResilvering, "resilvering"},
	} {
		if flags&alert.bit != 0 {
			alerts = append(alerts, alert.text)
		}
	}
	return alerts
}
