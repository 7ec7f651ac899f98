package primary

import (
	"context"
	"errors"
	"strings"
	"sync"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
)

// Shutdown stops every node of the cluster that can be reached, this one last.
// It returns when all others have taken the order. The cluster continues when
// its nodes are started again. Errors: Unavailable (this node does not lead).
func (p *Primary) Shutdown(ctx context.Context) error {
	order := &LeaveOrder{UUID: p.log.State().Map.UUID()}
	if _, err := p.leading(); err != nil {
		return err
	}
	if silent := p.tellAll(ctx, order); len(silent) > 0 {
		p.o.Logger.Warn("nodes do not answer, the others are shut down", "nodes", strings.Join(silent, " "))
	}
	return p.o.Dismiss(order)
}

// DecommissionAll ends the cluster: every node forgets it, deletes what is on its
// mountpaths if wipe says so, and stops, this one last. All nodes have to
// answer first, so that none is left behind. Errors: Unavailable (this node does
// not lead; or a node has ceased to answer meanwhile, and is left over), Conflict
// (a node does not answer; nothing has happened).
func (p *Primary) DecommissionAll(ctx context.Context, order LeaveOrder) error {
	const op = "primary.DecommissionAll"
	if _, err := p.leading(); err != nil {
		return err
	}
	order.UUID, order.Forget = p.log.State().Map.UUID(), true
	if silent := p.tellAll(ctx, &LeaveOrder{UUID: order.UUID, Asks: true}); len(silent) > 0 {
		e := errs.E(op, strings.Join(silent, " "), errs.Conflict, nil)
		e.Public = "no answer from " + strings.Join(silent, ", ") + ": start these nodes, or remove them first (rm-unsafe); nothing has been done"
		return e
	}
	var left error
	if silent := p.tellAll(ctx, &order); len(silent) > 0 {
		e := errs.E(op, strings.Join(silent, " "), errs.Unavailable, nil)
		e.Public = "the cluster is decommissioned, but " + strings.Join(silent, ", ") + " did not take the order: stop them and empty their confdir"
		left = e
	}
	return errors.Join(left, p.o.Dismiss(&order))
}

// tellAll gives an order to all other processes and returns the ids of those that
// did not take it.
func (p *Primary) tellAll(ctx context.Context, order *LeaveOrder) []string {
	ctx, cancel := context.WithTimeout(ctx, departureTimeout)
	defer cancel()
	var mu sync.Mutex
	var silent []string // guarded by mu
	_ = run.Each(ctx, ordersAtOnce, p.others(), func(ctx context.Context, n *wire.Node) error {
		if err := p.o.Usher.Leave(ctx, n, order); err != nil {
			p.o.Logger.Warn("a node does not take the order to stop", "node", n.ID, "err", err)
			mu.Lock()
			defer mu.Unlock()
			silent = append(silent, n.ID)
		}
		return nil
	})
	return silent
}

// others are the nodes of other processes, one for each process.
func (p *Primary) others() []*wire.Node {
	seen := map[string]bool{}
	for _, n := range p.o.Nodes {
		seen[n.Control.URL] = true
	}
	var nodes []*wire.Node
	for _, n := range allNodes(p.log.State().Map) {
		if !seen[n.Control.URL] {
			seen[n.Control.URL] = true
			nodes = append(nodes, n)
		}
	}
	return nodes
}
