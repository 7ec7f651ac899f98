package primary

import (
	"context"
	"errors"
	"slices"
	"sync"
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
	told := &sendOff{at: map[string]time.Time{}, failed: map[string]string{}}
	for sleep(ctx, departurePause) {
		if !p.Leads() {
			continue // not yet announced, or no longer
		}
		e, _, err := p.electorate(1)
		if err != nil {
			continue // the log is stopping
		}
		var voting, others []*wire.Node
		for _, n := range cluster.Departures(e.Map) {
			if e.Votes(n.ID) {
				voting = append(voting, n)
			} else {
				others = append(others, n)
			}
		}
		// Who cannot go now is tried again. Voters go one after the other.
		_ = run.Each(ctx, ordersAtOnce, others, func(ctx context.Context, n *wire.Node) error { return p.dismiss(ctx, n, told) })
		_ = run.Each(ctx, 1, voting, func(ctx context.Context, n *wire.Node) error { return p.dismiss(ctx, n, told) })
	}
}

// sendOff remembers what nodes were told. All methods may be called from any
// goroutine.
type sendOff struct {
	mu     sync.Mutex
	at     map[string]time.Time // guarded by mu; when a node was told to stop, by id
	failed map[string]string    // guarded by mu; why a node could not go, as logged last
}

func (s *sendOff) tell(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[id] = time.Now()
	delete(s.failed, id)
}

// since reports whether a node was told to stop less than d ago.
func (s *sendOff) since(id string, d time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.at[id]
	return ok && time.Since(at) < d
}

// isNews reports whether why is not what was logged of a node last.
func (s *sendOff) isNews(id string, why error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.failed[id] != why.Error()
	s.failed[id] = why.Error()
	return news
}

// dismiss sends a node off, if that is possible now. It returns an error only
// when ctx ends.
func (p *Primary) dismiss(ctx context.Context, n *wire.Node, told *sendOff) error {
	gone, err := p.sendOff(ctx, n, told)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && told.isNews(n.ID, err):
		p.o.Logger.Warn("a node cannot leave yet", "node", n.ID, "err", err)
	case gone:
		p.o.Logger.Info("node was taken out of service", "node", n.ID, "left", n.Has(wire.NodeDecommission))
	}
	return nil
}

// sendOff tells a node to stop or to leave, if the log can do without it, and
// records that. A node that is down need not be told, one that is not of this
// cluster does not have to obey.
func (p *Primary) sendOff(ctx context.Context, n *wire.Node, told *sendOff) (gone bool, err error) {
	e, _, err := p.electorate(1)
	if err != nil {
		return false, err
	}
	order, due := orderFor(p.log.State(), n)
	if !due {
		return false, nil
	}
	e.Health = func(id string) cluster.Health {
		if told.since(id, p.lease()) {
			return cluster.Down // or will be in a moment
		}
		return p.Health(id)
	}
	if !cluster.MayLeave(e, n.ID) {
		return false, nil // its vote has to end first, which is on its way
	}
	telling, cancel := context.WithTimeout(ctx, departureTimeout)
	defer cancel()
	if err := p.log.Verify(telling); err != nil {
		return false, err // another primary may have brought the node back
	}
	err = p.o.Usher.Leave(telling, n, order)
	if errors.Is(err, errs.Unavailable) && p.Health(n.ID) != cluster.Down {
		return false, err
	}
	told.tell(n.ID)
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
	return err == nil, err
}

// orderFor is what a node is told that is to stop or to leave by a state, false if
// it is not, or no longer.
func orderFor(s *cluster.State, n *wire.Node) (*LeaveOrder, bool) {
	at := slices.IndexFunc(cluster.Departures(s.Map), func(one *wire.Node) bool { return one.ID == n.ID && sameNode(one, n) })
	if at < 0 {
		return nil, false
	}
	now, _ := s.Map.Node(n.ID)
	leaves := now.Has(wire.NodeDecommission)
	return &LeaveOrder{
		UUID:     s.Map.UUID(),
		Position: s.Position,
		Forget:   leaves,
		Wipe:     leaves && now.Has(wire.NodeWipe),
		Stay:     leaves && now.Has(wire.NodeStay),
	}, true
}
