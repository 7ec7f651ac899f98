package primary

import (
	"context"
	"errors"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// Usher carries what nodes that leave or are invited have to know.
type Usher interface {
	// Leave gives an order to a node. Errors: Unavailable (it does not answer),
	// Conflict (it belongs to another cluster, or to none).
	Leave(ctx context.Context, node *wire.Node, order *LeaveOrder) error
	// Invite asks the node at a URL to join. Errors: Unavailable (it does not
	// answer), Conflict (it belongs to another cluster), Forbidden (it knows
	// another join secret).
	Invite(ctx context.Context, url string, i *Invitation) (*InvitationReply, error)
}

// Bounds of the work on nodes that leave.
const (
	departurePause   = 200 * time.Millisecond // between two looks at them
	departureTimeout = 5 * time.Second        // for a node to take an order
	ordersAtOnce     = 16
)

// seeOff sees to it that nodes which were taken out of service stop or leave as
// soon as they may, until ctx ends.
func (p *Primary) seeOff(ctx context.Context) {
	for sleep(ctx, departurePause) {
		if !p.Leads() {
			continue // not yet announced, or no longer
		}
		// A node that cannot go now is tried again.
		_ = run.Each(ctx, ordersAtOnce, cluster.Departures(p.log.State().Map), func(ctx context.Context, n *wire.Node) error {
			if err := p.dismiss(ctx, n); err != nil && ctx.Err() == nil {
				p.o.Logger.Warn("a node cannot leave yet", "node", n.ID, "err", err)
			}
			return nil
		})
	}
}

// dismiss tells a node to stop or to leave, if the log can do without it, and
// records that. A node that is down need not be told.
func (p *Primary) dismiss(ctx context.Context, n *wire.Node) error {
	if e, _, err := p.electorate(1); err != nil || !cluster.MayLeave(e, n.ID) {
		return err // its vote has to end first, which is on its way
	}
	telling, cancel := context.WithTimeout(ctx, departureTimeout)
	err := p.o.Usher.Leave(telling, n, p.orderFor(n))
	cancel()
	switch {
	case err == nil, errors.Is(err, errs.Conflict):
	case p.Health(n.ID) == cluster.Down:
		err = nil
	default:
		return err
	}
	_, err = p.proposeNodes(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		now, there := s.Map.Node(n.ID)
		switch {
		case !there || !sameNode(now, n):
			return nil, nil
		case now.Has(wire.NodeDecommission):
			return []cluster.Change{cluster.RemoveNode(n.ID)}, nil
		case now.Has(wire.NodeShutdown):
			return []cluster.Change{cluster.SetFlags(n.ID, 0, wire.NodeShutdown)}, nil
		}
		return nil, nil
	})
	if err == nil {
		p.o.Logger.Info("node was taken out of service", "node", n.ID, "left", n.Has(wire.NodeDecommission))
	}
	return err
}

// orderFor is what a node is told that is to stop or to leave.
func (p *Primary) orderFor(n *wire.Node) *LeaveOrder {
	leaves := n.Has(wire.NodeDecommission)
	return &LeaveOrder{
		UUID:   p.log.State().Map.UUID(),
		Forget: leaves,
		Wipe:   leaves && n.Has(wire.NodeWipe),
		Stay:   leaves && n.Has(wire.NodeStay),
	}
}
