package node

import (
	"context"
	"errors"
	"slices"

	"aistore/api/wire"
	"aistore/errs"
)

// strayed is the error of a gateway that refuses this node since it has lost what
// it knew, and is in another cluster by now; err itself if that is not so. It is
// Unavailable: other gateways of this node's cluster go on without that one.
func (m *Membership) strayed(ctx context.Context, at address, err error) error {
	if !errors.Is(err, errs.Conflict) || !m.isStray(ctx, at) {
		return err
	}
	return errs.E("node.join", at.url, errs.Unavailable,
		errors.New("it was a gateway of this cluster, and is in another one now: waiting for the others"))
}

func (m *Membership) isStray(ctx context.Context, at address) bool {
	known := m.Core.Meta.State().Map
	url := at.url
	if i := slices.IndexFunc(known.Proxies(), func(p *wire.Node) bool { return p.Control.URL == url }); i >= 0 {
		url = known.Proxies()[i].Public.URL
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	info, err := m.Core.Peers.Info(ctx, url)
	if err != nil || info.Smap.UUID == "" || info.Smap.UUID == known.UUID() {
		return false
	}
	was := func(p *wire.Node) bool {
		return slices.ContainsFunc(info.Nodes, func(n *wire.Node) bool { return n.ID == p.ID || n.Control.URL == p.Control.URL })
	}
	strays := 0
	for _, p := range known.Proxies() {
		if was(p) {
			strays++
		}
	}
	return strays > 0 && strays < len(known.Proxies())
}
