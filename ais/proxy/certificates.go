package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
)

// atOnce is how many nodes are told something at the same time.
const atOnce = 16

// loadCertificates tells one node, or all, to read their certificates anew. A
// node that cannot keeps the one it has, and the answer says which.
func (p *Proxy) loadCertificates(_ http.ResponseWriter, r *http.Request) error {
	const op = "proxy.loadCertificates"
	m := p.core.Meta.State().Map
	nodes := slices.Concat(m.Proxies(), m.Targets())
	if id := r.PathValue("node"); id != "" {
		one, ok := m.Node(id)
		if !ok {
			return noNode(op, id)
		}
		nodes = []*wire.Node{one}
	}
	var mu sync.Mutex
	var failed []error           // guarded by mu
	who := map[string][]string{} // guarded by mu; nodes by what is wrong
	err := run.Each(r.Context(), atOnce, nodes, func(ctx context.Context, n *wire.Node) error {
		if err := p.loadCertificate(ctx, n); err != nil {
			mu.Lock()
			failed = append(failed, err)
			who[errs.PublicOf(err)] = append(who[errs.PublicOf(err)], n.String())
			mu.Unlock()
		}
		return nil
	})
	if err != nil || len(failed) == 0 {
		return err
	}
	e := errs.E(op, "", errs.KindOf(failed[0]), errors.Join(failed...))
	e.Public = fmt.Sprintf("%d of %d nodes keep their certificates: %s", len(failed), len(nodes), reasons(who))
	return e
}

// reasons says what is wrong with which nodes, what is the same once.
func reasons(who map[string][]string) string {
	lines := make([]string, 0, len(who))
	for why, nodes := range who {
		slices.Sort(nodes)
		lines = append(lines, strings.Join(nodes, ", ")+": "+why)
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

func (p *Proxy) loadCertificate(ctx context.Context, n *wire.Node) error {
	if n.ID == p.self.ID || p.local != nil && n.ID == p.local.Self().ID {
		return p.core.LoadCertificate()
	}
	response, err := p.core.Peers.Request(ctx, http.MethodPut, n.Control.URL+node.PathLoadCertificate, nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func noNode(op, id string) error {
	e := errs.E(op, id, errs.NotFound, nil)
	e.Public = fmt.Sprintf("node %.100q does not exist: name one of the cluster map", id)
	return e
}
