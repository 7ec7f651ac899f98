package primary

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
)

// found makes the cluster if there is none yet, with a new uuid; in any case it
// puts this process into the map as it is now, its gateway as the primary.
// Errors: Unavailable.
func (p *Primary) found(ctx context.Context) error {
	uuid, created := rand.Text()[:16], time.Now().UTC().Format(time.RFC3339)
	_, err := p.log.Propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		var changes []cluster.Change
		self := p.o.Nodes[0]
		if !s.Initialized() {
			changes = append(changes, cluster.InitCluster(uuid, created, self, p.o.Config()))
		}
		for _, n := range p.o.Nodes {
			if known, ok := s.Map.Node(n.ID); !ok || !sameNode(known, n) {
				changes = append(changes, cluster.PutNode(n).Fenced())
			}
		}
		if now := s.Map.Primary(); s.Initialized() && (now == nil || now.ID != self.ID) {
			changes = append(changes, cluster.SetPrimary(self.ID))
		}
		return changes, nil
	})
	return err
}

func sameNode(a, b *wire.Node) bool {
	return a.Type == b.Type && a.Public == b.Public && a.Control == b.Control && a.Data == b.Data &&
		slices.Equal(a.PubExtra, b.PubExtra) && bytes.Equal(a.VerifyingKey, b.VerifyingKey)
}
