package node

import (
	"net/http"
	"strconv"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
)

// health answers GET of the health resource: 200 while the node is up, or, if
// asked for readiness, once it takes part in a cluster; with node info on
// request.
func (c *Core) health(w http.ResponseWriter, r *http.Request) error {
	q := rest.QueryOf(r)
	if q.Bool(wire.QueryNodeInfo) {
		return rest.JSON(w, c.Info())
	}
	if err := c.CheckReady(); err != nil {
		return err
	}
	h := w.Header()
	h.Set(wire.HeaderNodeUptime, strconv.FormatInt(int64(time.Since(c.Started)), 10))
	h.Set(wire.HeaderClusterUptime, strconv.FormatInt(time.Now().UnixNano()-c.since.Load(), 10))
	return nil
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

func (c *Core) flags() uint64 {
	flags := wire.StateNodeStarted
	if c.Ready() {
		flags |= wire.StateClusterStarted
	}
	return flags
}
