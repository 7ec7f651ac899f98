package command_test

import (
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
)

func TestRecoverACluster(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 1})
	c.AwaitVoters(3)
	c.NewBucket(nil)
	leader, survivor := c.Leader(), c.Proxy(0)
	if survivor == leader {
		survivor = c.Proxy(1)
	}
	s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": survivor.URL()}}
	ais := func(line string) string { return s.run(t.Context(), strings.Fields(line)...) }
	check.Contains(t, ais("cluster recover --dry-run"), "there is a primary, "+leader.ID()+": nothing has to be recovered\nexit 5")

	c.Kill(leader, c.Target(0))
	check.Contains(t, ais("cluster recover --dry-run"), "1 of 3 voters answer\n")
	out := ais("cluster recover")
	check.Contains(t, out, "Go on with what "+survivor.ID()+" has, without "+leader.ID()+", target001? They must never come back")
	check.Contains(t, out, "there is nobody to ask")
	check.Contains(t, ais("cluster recover --yes"), "http://host:port is the primary\n")
	check.Contains(t, ais("create ais://after"), "created")
	check.Contains(t, ais("cluster recover"), "nothing has to be recovered")
}
