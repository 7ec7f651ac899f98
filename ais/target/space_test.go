package target_test

import (
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// Who asks for the status of a target learns when its disks are nearly full.
func TestStatusTellsOfSpace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ballast = 92 << 20 // of 100 MiB
	r.start(t, "target01")
	for _, row := range []struct {
		high, out int64
		want      uint64
		text      string
	}{
		{90, 95, wire.StateLowCapacity, ""},
		{80, 91, wire.StateOutOfSpace, "out of space: a mountpath is 92% full, over space.out_of_space, 91%"},
		{93, 95, 0, ""},
	} {
		c := config.Default()
		c.Timeout = r.state.Config.Timeout
		c.Space.HighMark, c.Space.OutOfSpace = row.high, row.out
		r.commit(t, cluster.PutConfig(&c))
		r.tell(t, "target01")
		var status wire.NodeStatus
		check.NoError(t, jsonx.Unmarshal([]byte(r.do(t, "GET", "http://target01/v1/daemon?what=node_status", "").body), &status))
		check.Equal(t, status.Capacity.PctMax, int32(92))
		check.Equal(t, status.Cluster.Flags, wire.StateHealthy|row.want)
		check.Equal(t, uint64(status.Tracker["state.flags"]), wire.StateHealthy|row.want)
		check.Equal(t, strings.TrimSpace(status.Capacity.Error), row.text)
		check.Equal(t, len(status.Capacity.Mountpaths), 2)
		if c := status.Capacity; c.TotalUsed+c.TotalAvail > 101<<20 {
			t.Errorf("two mountpaths on a file system of 100 MiB have %d bytes", c.TotalUsed+c.TotalAvail)
		}
	}
}
