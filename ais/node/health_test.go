package node_test

import (
	"net/http"
	"testing"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/memnet"
)

// A node that lacks what the primary had a lease ago is alive, but not ready,
// until it has caught up.
func TestReadinessEndsFarBehindThePrimary(t *testing.T) {
	t.Parallel()
	c := target(t)
	c.SetReady(true)
	h := public(t, c, nil)
	lease := c.Cluster.Get().Timeout.Lease.Std()
	for _, row := range []struct {
		index, mine uint64
		ago         time.Duration
		want        int
	}{
		{10, 10, 9 * lease, http.StatusOK},
		{20, 15, 8 * lease, http.StatusOK},                 // what is new may be on its way
		{20, 19, 2 * lease, http.StatusServiceUnavailable}, // it has been behind since then
		{30, 20, lease, http.StatusOK},
		{40, 29, lease / 2, http.StatusOK},
	} {
		c.Hear(row.index, row.mine, time.Now().Add(-row.ago))
		check.Equal(t, get(h, "/v1/health?readiness=true").Code, row.want)
		check.Equal(t, get(h, "/v1/health").Code, http.StatusOK)
	}
	w := get(h, "/v1/health?prr=true")
	check.Equal(t, w.Code, http.StatusServiceUnavailable)
	check.Equal(t, w.Body.Len(), 0)
	c.Leads = func() bool { return true }
	check.Equal(t, get(h, "/v1/health?prr=true").Code, http.StatusOK)
	c.Hear(50, 30, time.Now().Add(-2*lease))
	check.Equal(t, get(h, "/v1/health?readiness=true").Code, http.StatusOK) // it is the primary
}

// What a node says of itself follows from the cluster map.
func TestStatusFollowsTheMap(t *testing.T) {
	t.Parallel()
	c := open(t, file(t, config.RoleTarget), inMemory(memnet.New(), "node"))
	c.SetReady(true)
	c.Nodes = []*wire.Node{c.Self("target01", wire.NodeTarget)}
	h := asked(t, c)
	for i, row := range []struct {
		flags uint64
		word  string
		bits  uint64
	}{
		{0, "online", wire.StateHealthy},
		{wire.NodeMaintenance, "maintenance", wire.StateHealthy | wire.StateMaintenance},
		{wire.NodeMaintenance | wire.NodeDecommission, "decommission", wire.StateHealthy | wire.StateMaintenance},
	} {
		next := state(t, cluster.SetFlags("target01", row.flags, 0))
		next.Position.Term = uint64(i + 1)
		snapshot, err := next.Encode()
		check.NoError(t, err)
		_, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
		check.NoError(t, err)
		status := decode[wire.NodeStatus](t, get(h, "/v1/daemon?what=node_status"))
		check.Equal(t, status.Status, row.word)
		check.Equal(t, status.Node.Flags, row.flags)
		check.Equal(t, status.Cluster.Flags, row.bits)
		check.Equal(t, uint64(status.Tracker["state.flags"]), row.bits)
		info := decode[wire.NodeInfo](t, get(h, "/v1/health?cii=true"))
		check.Equal(t, len(info.Nodes), 1)
		check.Equal(t, info.Nodes[0].ID, "target01")
	}
}
