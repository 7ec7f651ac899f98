package primary

import (
	"context"
	"maps"
	"slices"
	"time"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/units"
)

// heard is what a node last said of its log.
type heard struct {
	log   Log
	index uint64 // of the last entry that it had applied
}

// Hear takes in the keepalive of a node. Errors: Unavailable (this node does not
// lead), NotFound (the cluster does not know the node: it has to join), Conflict
// (it is an older copy of a node that has started again since).
func (p *Primary) Hear(ctx context.Context, k *Keepalive) (*KeepaliveReply, error) {
	received := p.o.Now()
	if _, err := p.leading(); err != nil {
		return nil, err
	}
	known := p.log.State().Map
	for _, id := range k.IDs {
		if _, ok := known.Node(id); !ok {
			return nil, errs.E("primary.Hear", id, errs.NotFound, nil)
		}
	}
	p.note(k.IDs, heard{log: k.Log, index: k.Index})
	lease, err := p.placing.hear(ctx, k, received)
	return &KeepaliveReply{Index: p.log.State().Position.Index, Lease: units.Duration(lease)}, err
}

// welcome takes the request of a node to join for a keepalive.
func (p *Primary) welcome(r *JoinRequest) {
	ids := make([]string, len(r.Nodes))
	for i, n := range r.Nodes {
		ids[i] = n.ID
	}
	p.forget()
	p.note(ids, heard{log: r.Log})
	p.placing.welcome(ids, r.Incarnation)
}

// forget forgets what nodes have said that have left.
func (p *Primary) forget() {
	known := p.log.State().Map
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.heard, func(id string, _ heard) bool { return !hasNode(known, id) })
}

func (p *Primary) note(ids []string, h heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		p.heard[id] = h
	}
}

// known is what the rules of joining have to know of the node of an id. A node
// that is new, or has lost what it knew, counts its starts from the beginning.
// Whoever comes with the id of this one is a copy.
func (p *Primary) known(id string, r *JoinRequest) cluster.Known {
	if slices.Contains(p.selfIDs(), id) {
		return cluster.Known{Incarnation: r.Incarnation, Alive: true}
	}
	known := p.placing.known(id)
	if r.UUID == "" {
		known.Incarnation = min(known.Incarnation, r.Incarnation)
	}
	return known
}

// Health says what this node, which leads, thinks of another: it is suspected
// after a few keepalives that did not come, or when it takes no changes, and
// down when it can no longer write.
func (p *Primary) Health(id string) cluster.Health {
	health := p.placing.health(id)
	if pushing := p.working.Load(); health == cluster.Healthy && pushing != nil && pushing.isStuck(id) {
		return cluster.Suspected
	}
	return health
}

// lease is how long a silent node may still write.
func (p *Primary) lease() time.Duration { return time.Duration(p.config().Timeout.Lease) }
