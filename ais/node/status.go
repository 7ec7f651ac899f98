package node

import (
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/memsys"
)

// Status describes the node to administrators. The role adds what it knows.
func (c *Core) Status(self *wire.Node) *wire.NodeStatus {
	known := c.Meta.State().Map
	if n, in := known.Node(self.ID); in {
		self = n
	}
	tracker := c.tracker()
	return &wire.NodeStatus{
		Status:     c.condition(self),
		Deployment: c.deployment(),
		Version:    c.Options.Version,
		BuildTime:  c.Options.BuildTime,
		Node:       self,
		Tracker:    tracker,
		Cluster:    *c.Info(),
		System:     systemInfo(),
		SmapVer:    known.Version(),
	}
}

// condition is the state of the node in a word, the most telling one.
func (c *Core) condition(self *wire.Node) string {
	switch {
	case !c.Ready():
		return "starting"
	case self.Has(wire.NodeDecommission):
		return "decommission"
	case self.InMaintenance():
		return "maintenance"
	}
	return "online"
}

func (c *Core) deployment() string {
	if c.Config.TestFSPaths.Count > 0 {
		return "dev"
	}
	return runtime.GOOS
}

// systemInfo is what the machine, or the control group that the node lives in,
// has and uses. What cannot be read is zero.
func systemInfo() wire.SystemInfo {
	root := os.DirFS("/")
	info := wire.SystemInfo{LoadAverage: loadAverage(root)}
	if memory, err := memsys.ReadMemory(root); err == nil && memory.Total > 0 {
		info.MemUsed, info.MemAvailable = uint64(memory.Total-memory.Available), uint64(memory.Available)
		info.PctMemUsed = int64(100 * (memory.Total - memory.Available) / memory.Total)
	}
	info.PctCPUUsed = min(100, int64(100*info.LoadAverage.One)/int64(runtime.NumCPU()))
	info.CPUUtil = info.PctCPUUsed
	return info
}

func loadAverage(root fs.FS) wire.LoadAverage {
	var load wire.LoadAverage
	text, err := fs.ReadFile(root, "proc/loadavg")
	if err != nil {
		return load
	}
	fields := strings.Fields(string(text))
	for i, value := range []*float64{&load.One, &load.Five, &load.Fifteen} {
		if i < len(fields) {
			*value, _ = strconv.ParseFloat(fields[i], 64)
		}
	}
	return load
}
