package node

import (
	"context"
	"time"
)

// claim asks the primary to hand the lead to this node, if it is to have it.
func (m *Membership) claim(ctx context.Context) {
	to := m.Core.Meta.State().Map.Primary()
	if !m.Claims || m.Primary == nil || m.leads() || to == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	err := m.Core.Peers.SetPrimary(ctx, to.Control.URL, m.Nodes[0].ID)
	m.Core.Log.Info("asked to be made the primary", "of", to.ID, "err", err)
}

// claimTimeout is for the primary to learn that this node wants the lead. That it
// hands the lead on takes longer.
const claimTimeout = time.Second
