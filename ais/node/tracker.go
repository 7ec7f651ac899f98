package node

import "time"

// tracker is every metric of the node by name, for node status: our own names,
// and those that clients of the protocol look for.
func (c *Core) tracker() map[string]int64 {
	all := c.Metrics.Snapshot()
	ours := c.Scope.Snapshot()
	for _, v := range [][2]string{{"object_get", "get"}, {"object_head", "head"}, {"object_put", "put"}, {"object_delete", "del"}} {
		from, to := v[0], v[1]
		all[to+".n"] = ours[from+"_total"]
		all[to+".size"] = ours[from+"_bytes"]
		all["err."+to+".n"] = ours[from+"_errors_total"]
		all[to+".ns.total"] = ours[from+"_seconds_ns"]
	}
	all["up.ns.time"] = int64(time.Since(c.Started))
	all["state.flags"] = int64(c.flags())
	return all
}
