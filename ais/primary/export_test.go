package primary

import "context"

// IsSuspected tells whether changes no longer wait for a node.
func (p *Primary) IsSuspected(id string) bool {
	pushing := p.working.Load()
	pushing.mu.Lock()
	defer pushing.mu.Unlock()
	f, ok := pushing.followers[id]
	return ok && f.suspected()
}

// Wait waits for every node to have an entry, as a change does.
func (p *Primary) Wait(ctx context.Context, index uint64) error {
	return p.working.Load().wait(ctx, index)
}

// Found makes this node the primary of the map.
func (p *Primary) Found(ctx context.Context) error { return p.found(ctx) }

// Remembered is of how many nodes the primary remembers what they have said.
func (p *Primary) Remembered() (heard, ready int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placing.mu.Lock()
	defer p.placing.mu.Unlock()
	return len(p.heard), len(p.placing.ready)
}
