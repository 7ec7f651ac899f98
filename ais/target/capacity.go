package target

import (
	"fmt"

	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/config"
	"aistore/fs"
)

// mountOptions says how the configuration wants the mountpaths opened.
func mountOptions(c *node.Core, id string) fs.MountOptions {
	return fs.MountOptions{
		FS:       c.Options.FS,
		Paths:    c.Config.Mountpaths(),
		TargetID: id,
		Labels:   c.Config.FSPaths.Paths,
		Test:     c.Config.IsTest(),
		Memory:   c.MountMemory(),
		Reserve:  int64(c.Cluster.Get().Space.Reserve),
		Log:      c.Log,
		Metrics:  c.Scope,
	}
}

// mountpaths lists the mountpaths of the target.
func (t *Target) mountpaths() *wire.MountpathList {
	list := &wire.MountpathList{Available: []string{}, Waiting: []string{}, Disabled: []string{}}
	for _, m := range t.mounts.Available() {
		list.Available = append(list.Available, m.Root())
	}
	for _, m := range t.mounts.Disabled() {
		list.Disabled = append(list.Disabled, m.Root())
	}
	return list
}

// capacity is what the mountpaths hold and can still take. Those on one file
// system, which a playground has, count once.
func (t *Target) capacity() wire.Capacity {
	c := wire.Capacity{Mountpaths: map[string]wire.MountpathCapacity{}, PctMin: 100}
	var sum int32
	counted := map[uint64]bool{}
	for _, m := range t.mounts.Available() {
		u := m.Usage()
		percent := usedPercent(u)
		c.Mountpaths[m.Root()] = wire.MountpathCapacity{
			Used: uint64(u.Used), Available: uint64(u.Available), PctUsed: percent, Disks: []string{},
		}
		if device := m.Identity().Device; !counted[device] {
			counted[device] = true
			c.TotalUsed += uint64(u.Used)
			c.TotalAvail += uint64(u.Available)
		}
		c.PctMax, c.PctMin = max(c.PctMax, percent), min(c.PctMin, percent)
		sum += percent
	}
	if n := int32(len(c.Mountpaths)); n > 0 {
		c.PctAvg = sum / n
	}
	if mark := t.core.Cluster.Get().Space.OutOfSpace; int64(c.PctMax) > mark {
		c.Error = fmt.Sprintf("out of space: a mountpath is %d%% full, over space.out_of_space, %d%%", c.PctMax, mark)
	}
	return c
}

// spaceFlags says by the fullest mountpath, and by the marks of the
// configuration, how much space is left.
func spaceFlags(c wire.Capacity, marks config.Space) uint64 {
	switch fullest := int64(c.PctMax); {
	case fullest > marks.OutOfSpace:
		return wire.StateOutOfSpace
	case fullest > marks.HighMark:
		return wire.StateLowCapacity
	}
	return 0
}

func usedPercent(u fs.Usage) int32 {
	if u.Used+u.Available == 0 {
		return 0
	}
	return int32(100 * u.Used / (u.Used + u.Available))
}
