package primary

import (
	"context"

	"aistore/api/wire"
	"aistore/cluster"
)

// Found makes the cluster with the given uuid if there is none yet, and in any
// case puts this process into the map as nodes describe it. Errors: Unavailable.
func (p *Primary) Found(ctx context.Context, uuid, created string, nodes []*wire.Node) error {
	_, err := p.log.Propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		var changes []cluster.Change
		if !s.Initialized() {
			changes = append(changes, cluster.InitCluster(uuid, created, nodes[0]))
		}
		for _, n := range nodes {
			if known, ok := s.Map.Node(n.ID); !ok || !sameNode(known, n) {
				changes = append(changes, cluster.PutNode(n))
			}
		}
		return changes, nil
	})
	return err
}

func sameNode(a, b *wire.Node) bool {
	return a.Type == b.Type && a.Public == b.Public && a.Control == b.Control && a.Data == b.Data
}

// AwaitState returns when the state of the cluster is as holds says, or with the
// error of ctx.
func (p *Primary) AwaitState(ctx context.Context, holds func() bool) error {
	return p.publisher.await(ctx, holds)
}
