package aistest

import (
	"testing"
	"testing/synctest"

	"aistore/fs/memfs"
)

// Virtual runs test in a bubble of virtual time, with a cluster in it whose
// network and mountpaths are in memory. Configuration and metadata of nodes are
// on a real disk, which takes no virtual time. Nothing runs any more when it
// returns.
func Virtual(t *testing.T, o Options, test func(t *testing.T, c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &Cluster{t: t, world: &world{
			options: o.withDefaults(),
			mode:    inMemory,
			dir:     t.TempDir(),
			data:    "/data",
			raw:     memfs.New(memfs.Options{}),
			network: newMemory(),
			counts:  map[string]int{},
		}}
		c.dialer = c.network.host(clientHost)
		c.start()
		test(t, c)
	})
}
