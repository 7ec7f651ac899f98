package node

import (
	"net/http"
	"strconv"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
)

// health answers GET of the health resource: 200 once the node takes part in a
// cluster; with readiness, unless it is too far behind the primary; with prr, if
// it is the primary. Else the answer is 503, without a body. With cii the answer
// is always 200 and what the node knows.
func (c *Core) health(w http.ResponseWriter, r *http.Request) error {
	q := rest.QueryOf(r)
	if q.Bool(wire.QueryNodeInfo) {
		info := c.Info()
		info.Nodes = c.Nodes
		return rest.JSON(w, info)
	}
	if !c.healthy(q) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	h := w.Header()
	h.Set(wire.HeaderNodeUptime, strconv.FormatInt(int64(time.Since(c.Started)), 10))
	h.Set(wire.HeaderClusterUptime, strconv.FormatInt(time.Now().UnixNano()-c.since.Load(), 10))
	return nil
}

// healthy tells whether the node is what a request asks for.
func (c *Core) healthy(q rest.Query) bool {
	switch {
	case !c.Ready():
		return false
	case q.Bool(wire.QueryPrimaryReady):
		return c.leads()
	case q.Bool(wire.QueryReadiness):
		return c.leads() || c.lag.time(time.Now()) <= time.Duration(c.Cluster.Get().Timeout.Lease)
	}
	return true
}

// Info is what other nodes compare before they trust this one.
func (c *Core) Info() *wire.NodeInfo {
	state := c.Meta.State()
	info := &wire.NodeInfo{Flags: c.flags()}
	info.Smap.UUID, info.Smap.Version = state.Map.UUID(), state.Map.Version()
	if p := state.Map.Primary(); p != nil {
		info.Smap.Primary = wire.PrimaryInfo{PublicURL: p.Public.URL, ControlURL: p.Control.URL, ID: p.ID}
	}
	info.BMD = wire.VersionInfo{UUID: state.Buckets.UUID(), Version: state.Buckets.Version()}
	info.Config.Version = c.Cluster.Get().Version
	return info
}

// flags are the state of the node in bits, of which clients know that only those
// of StateHealthy are good.
func (c *Core) flags() uint64 {
	flags := wire.StateNodeStarted | c.certificateFlags()
	if c.Ready() {
		flags |= wire.StateClusterStarted
	}
	known := c.Meta.State().Map
	for _, n := range c.Nodes {
		if now, in := known.Node(n.ID); in && now.InMaintenance() {
			flags |= wire.StateMaintenance
		}
	}
	return flags
}
