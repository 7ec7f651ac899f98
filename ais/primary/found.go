package primary

import (
	"context"
	"crypto/rand"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
)

// Found makes the cluster if there is none yet, with a new uuid and the given
// configuration, and in any case puts this process into the map as nodes
// describe it. Errors: Unavailable.
func (p *Primary) Found(ctx context.Context, cfg *config.Cluster, nodes []*wire.Node) error {
	uuid, created := rand.Text()[:16], time.Now().UTC().Format(time.RFC3339)
	_, err := p.log.Propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		var changes []cluster.Change
		if !s.Initialized() {
			changes = append(changes, cluster.InitCluster(uuid, created, nodes[0], cfg))
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
