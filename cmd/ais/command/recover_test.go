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

func TestRecoverAClusterWithoutGateways(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 1})
	c.NewBucket(nil)
	lost, target := c.Proxy(0), c.Target(0)
	s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": target.URL()}}
	ais := func(line string) string { return s.run(t.Context(), strings.Fields(line)...) }
	c.Kill(lost)
	check.Contains(t, ais("cluster recover"), "no gateway is left that can: start an empty one")
	heir := c.LaunchProxy()
	at := strings.TrimPrefix(heir.URL(), "http://")
	check.Contains(t, ais("cluster recover --dry-run --gateway "+at), "No node that answers knows who votes\n")
	check.Contains(t, ais("cluster recover --yes --gateway "+at), "http://host:port is the primary\n")
	s.env["AIS_ENDPOINT"] = heir.URL()
	check.Contains(t, ais("create ais://after"), "created")
}
