package proxy

import (
	"context"
	"net/http"
	"sync"
	"time"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/internal/jsonx"
	"aistore/internal/run"
)

// everyNode is the answer to a query about all nodes: what each said of itself, by
// its id. Who did not answer is missing.
type everyNode struct {
	Proxies map[string]jsonx.RawMessage `json:"proxy"`
	Targets map[string]jsonx.RawMessage `json:"target"`
}

// queriesAtOnce is how many nodes are asked at the same time.
const queriesAtOnce = 32

// ofEveryNode answers a query about the cluster by asking all nodes.
func (p *Proxy) ofEveryNode(what string) node.Reply {
	return func(w http.ResponseWriter, r *http.Request) error {
		known := p.core.Meta.State().Map
		answer := everyNode{
			Proxies: p.ask(r.Context(), known.Proxies(), what),
			Targets: p.ask(r.Context(), known.Targets(), what),
		}
		return rest.JSON(w, answer)
	}
}

// ask asks nodes, for no longer than a call between nodes may take.
func (p *Proxy) ask(ctx context.Context, nodes []*wire.Node, what string) map[string]jsonx.RawMessage {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.core.Cluster.Get().Timeout.ControlPlane))
	defer cancel()
	var mu sync.Mutex
	answers := map[string]jsonx.RawMessage{} // guarded by mu
	// The error is that of ctx: those who have answered by then are in.
	_ = run.Each(ctx, queriesAtOnce, nodes, func(ctx context.Context, n *wire.Node) error {
		said, err := p.core.Peers.Query(ctx, n, what)
		if err == nil {
			mu.Lock()
			answers[n.ID] = said
			mu.Unlock()
		}
		return nil
	})
	return answers
}
