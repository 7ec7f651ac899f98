package aistest

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"aistore/cluster/quorum"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
)

// Virtual runs test in a bubble of virtual time, with a cluster in it whose
// network, mountpaths and log of metadata are in memory. The rest of what nodes keep
// is on a real disk, which takes no virtual time. Nothing runs any more when it
// returns.
func Virtual(t *testing.T, o Options, test func(t *testing.T, c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &Cluster{t: t, world: &world{
			options: o.withDefaults(),
			mode:    inMemory,
			dir:     t.TempDir(),
			data:    "/data",
			disks:   func() fs.FS { return memfs.New(memfs.Options{}) },
			logs:    &quorum.Memory{},
			network: newMemory(),
			counts:  map[string]int{},
		}}
		c.dialer = c.network.host(clientHost)
		c.start()
		test(t, c)
	})
}

// LosePower kills targets as the end of all power does: of what their mountpaths
// hold only that survives which was synced, and, of the rest, what mode and
// random say. It is for virtual time; the metadata of nodes is not lost.
func (c *Cluster) LosePower(mode memfs.Mode, random *rand.Rand, targets ...*Node) {
	c.t.Helper()
	if c.mode != inMemory {
		c.t.Skip("the test needs disks that can lose power: see aistest.Virtual")
	}
	c.Kill(targets...)
	for _, n := range targets {
		n.raw = n.raw.(*memfs.FS).Crash(mode, random)
		n.faulty, n.faults = faultfs.New(n.raw), map[string][]*faultfs.Fault{}
	}
}
