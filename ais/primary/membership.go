package primary

import (
	"context"
	"slices"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Withdraw takes nodes out of service, and returns when every node that is not
// suspected knows, and the targets among them own nothing any more; it does not
// wait long for one that is silent. Who is to stop or to leave does so later, when no object has
// to move any more; see cluster.Departures. Errors: those of cluster.Withdraw,
// Unavailable.
func (p *Primary) Withdraw(ctx context.Context, w cluster.Withdrawal) error {
	return p.commitNodes(ctx, func(s *cluster.State) ([]cluster.Change, error) { return cluster.Withdraw(s, w) })
}

// Restore brings nodes back into service, and returns when every node that is
// not suspected knows. Errors: those of cluster.Restore, Unavailable.
func (p *Primary) Restore(ctx context.Context, ids []string) error {
	return p.commitNodes(ctx, func(s *cluster.State) ([]cluster.Change, error) { return cluster.Restore(s, ids) })
}

// Remove takes a node that is not needed out of the cluster: it is told to leave
// and to stop, or, if it is down, forgotten. It returns when the node has left.
// Errors: those of cluster.CheckRemove, Unavailable (it has not left yet, and
// will).
func (p *Primary) Remove(ctx context.Context, id string) error {
	err := p.commitNodes(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		if err := cluster.CheckRemove(s, id); err != nil {
			return nil, err
		}
		return cluster.Withdraw(s, cluster.Withdrawal{IDs: []string{id}, Outage: cluster.Decommission, Abandon: true, Unsafe: true})
	})
	if err != nil {
		return err
	}
	gone := func(s *cluster.State) bool {
		_, there := s.Map.Node(id)
		return !there
	}
	ctx, cancel := context.WithTimeout(ctx, departureTimeout+2*p.lease())
	defer cancel()
	if err := p.AwaitState(ctx, gone); err != nil {
		return errs.E("primary.Remove", id, errs.Unavailable, err)
	}
	return nil
}

// commitNodes is commit for a change of nodes; all of them go through here or
// through proposeNodes, as they may change which targets own objects.
func (p *Primary) commitNodes(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) error {
	pushing, err := p.leading()
	if err != nil {
		return err
	}
	state, err := p.proposeNodes(ctx, makes)
	if err != nil {
		return err
	}
	if err := pushing.wait(ctx, state.Position.Index); err != nil {
		return err
	}
	return p.settle(ctx)
}

// settle waits until no target in maintenance owns anything, but not longer than
// one change of the placement takes: what is due is done in any case.
func (p *Primary) settle(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, 2*p.placing.settings().Deadline)
	defer cancel()
	err := p.AwaitPlacement(waiting, func(m *cluster.Map) bool {
		return !slices.ContainsFunc(m.Targets(), func(n *wire.Node) bool { return n.InMaintenance() && m.InForce().Has(n.ID) })
	})
	if err != nil && ctx.Err() == nil {
		return nil // the nodes are marked, and the rest follows
	}
	return err
}

// proposeNodes is propose for a change of nodes. The placement stays as it is:
// what follows for it is prepared and committed, which AwaitPlacement waits for.
func (p *Primary) proposeNodes(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) (*cluster.State, error) {
	state, err := p.propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		changes, err := makes(s)
		for i, c := range changes {
			changes[i] = c.Fenced()
		}
		return changes, err
	})
	notify(p.placing.due)
	return state, err
}
