package command

import (
	"context"
	"errors"
	"time"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

// outcome is what is to become of nodes.
type outcome struct {
	done    func(*wire.Smap, *wire.Node) bool // whether it has happened, by the newest cluster map; the node is as it was before
	text    string                            // what has happened to a node then
	later   string                            // what will happen
	decided bool                              // do not wait
}

// Bounds of waiting for what was decided to happen.
const (
	outcomePause    = 200 * time.Millisecond
	outcomePatience = 2 * time.Minute
	silencePatience = time.Minute // for a cluster to stop
)

func inMaintenance(m *wire.Smap, n *wire.Node) bool {
	now := m.Node(n.ID)
	return now != nil && now.InMaintenance() && !placed(m, n.ID)
}

func inService(m *wire.Smap, n *wire.Node) bool {
	now := m.Node(n.ID)
	return now != nil && !now.InMaintenance() && (!n.IsTarget() || placed(m, n.ID))
}

func stopped(m *wire.Smap, n *wire.Node) bool {
	now := m.Node(n.ID)
	return now == nil || !now.Has(wire.NodeShutdown)
}

func gone(m *wire.Smap, n *wire.Node) bool { return m.Node(n.ID) == nil }

// placed tells whether a target owns objects.
func placed(m *wire.Smap, id string) bool {
	return m.Ext != nil && len(m.Ext.Placements) > 0 && contains(m.Ext.Placements[0].Targets, id)
}

// mayHold tells whether objects may be left at a target that owns none.
func mayHold(m *wire.Smap, id string) bool {
	if m.Ext == nil || placed(m, id) {
		return false
	}
	for _, p := range m.Ext.Placements {
		if contains(p.Targets, id) {
			return true
		}
	}
	return false
}

func contains(ids []string, id string) bool {
	for _, one := range ids {
		if one == id {
			return true
		}
	}
	return false
}

// waitsForObjects tells whether a node that is on its way out goes no further
// before its objects have been moved.
func waitsForObjects(m *wire.Smap, n *wire.Node) bool {
	now := m.Node(n.ID)
	return now != nil && !now.Has(wire.NodeMaintenanceAfterRebalance) && mayHold(m, n.ID)
}

// tellOutcome says what has become of nodes, one after the other, once it has
// happened, or what it waits for.
func (t *Tool) tellOutcome(ctx context.Context, client *api.Client, nodes []*wire.Node, o outcome) error {
	ctx, cancel := context.WithTimeout(ctx, outcomePatience)
	defer cancel()
	for _, n := range nodes {
		m, err := t.awaitOutcome(ctx, client, n, o)
		switch {
		case err != nil:
			return err
		case !o.done(m, n) && waitsForObjects(m, n):
			err = t.printf("%s takes no more objects; it %s once those that it has have been moved (--skip-rebalance does not wait)\n", n, o.later)
		case !o.done(m, n):
			err = t.printf("%s %s in a moment\n", n, o.later)
		case m.Node(n.ID) != nil && m.Node(n.ID).InMaintenance() && mayHold(m, n.ID):
			err = t.printf("%s %s; what it has stays there\n", n, o.text)
		default:
			err = t.printf("%s %s\n", n, o.text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitOutcome returns the cluster map by which it has happened, or cannot yet.
func (t *Tool) awaitOutcome(ctx context.Context, client *api.Client, n *wire.Node, o outcome) (*wire.Smap, error) {
	for {
		m, err := client.Map(ctx)
		switch {
		case err != nil && !errors.Is(err, errs.Unavailable):
			return nil, err
		case err == nil && (o.done(m, n) || o.decided || o.later != "" && waitsForObjects(m, n)):
			return m, nil
		}
		if pause(ctx, outcomePause) != nil {
			e := errs.E("await", n.String(), errs.Unavailable, err)
			e.Public = "it is decided, and has not happened yet: \"ais show cluster\" tells how far it is"
			return nil, e
		}
	}
}

// awaitSilence returns when the gateway no longer answers.
func (t *Tool) awaitSilence(ctx context.Context, client *api.Client) error {
	ctx, cancel := context.WithTimeout(ctx, silencePatience)
	defer cancel()
	for {
		asking, done := context.WithTimeout(ctx, 2*time.Second)
		_, err := client.HealthInfo(asking)
		done()
		if err != nil && ctx.Err() == nil {
			return nil
		}
		if pause(ctx, outcomePause) != nil {
			e := errs.E("await", client.Endpoint(), errs.Unavailable, nil)
			e.Public = "all nodes were told to stop, but the cluster still answers\n\"ais show cluster\" tells which of them"
			return e
		}
	}
}
