package tests

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
)

// storeObjects stores objects, so that every target has some.
func storeObjects(t *testing.T, c *aistest.Cluster, b wire.Bucket, objects int) {
	t.Helper()
	for i := range objects {
		put(t, c, b, "o"+strconv.Itoa(i), uint64(i+1), 2000)
	}
}

// checkFilled reads what storeObjects has stored.
func checkFilled(t *testing.T, c *aistest.Cluster, b wire.Bucket, objects int) {
	t.Helper()
	for i := range objects {
		check.Equal(t, get(t, c, b, "o"+strconv.Itoa(i)), uint64(i+1))
	}
}

func nodes(ids ...string) wire.Membership { return wire.Membership{IDs: ids} }

// holds awaits a cluster map, as a gateway has it.
func holds(t *testing.T, c *aistest.Cluster, n *aistest.Node, what string, is func(*wire.Smap) bool) {
	t.Helper()
	c.Await(what, func() error {
		if m := c.Map(n); !is(m) {
			return fmt.Errorf("map v%d", m.Version)
		}
		return nil
	})
}

func gone(id string) func(*wire.Smap) bool {
	return func(m *wire.Smap) bool { return m.Node(id) == nil }
}

// A target in maintenance takes no objects, and what it has is read from it.
func TestTargetInMaintenanceTakesNoObjects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	const objects = 30
	b := c.NewBucket(nil)
	storeObjects(t, c, b, objects)
	out := c.Target(0)
	client := clientOf(t, c, c.Proxy(1))

	_, err := client.StartMaintenance(t.Context(), nodes(out.ID()))
	check.NoError(t, err)
	for _, n := range c.Nodes() {
		check.Equal(t, c.Map(n).Targets[out.ID()].InMaintenance(), true)
	}
	status, err := client.NodeStatus(t.Context(), out.ID())
	check.NoError(t, err)
	check.Equal(t, status.Status, "maintenance")
	check.Equal(t, status.Cluster.Flags&wire.StateMaintenance != 0, true)
	checkFilled(t, c, b, objects)
	other := c.NewBucket(nil)
	storeObjects(t, c, other, objects)
	for i := range objects {
		for _, f := range c.Files(other, "o"+strconv.Itoa(i)) {
			check.Equal(t, f.Node.ID() == out.ID(), false)
		}
	}
	// Repeated, nothing changes.
	version := c.Map(out).Version
	_, err = client.StartMaintenance(t.Context(), nodes(out.ID()))
	check.NoError(t, err)
	check.Equal(t, c.Map(out).Version, version)

	_, err = client.StopMaintenance(t.Context(), nodes(out.ID()))
	check.NoError(t, err)
	for _, n := range c.Nodes() {
		check.Equal(t, c.Map(n).Targets[out.ID()].Flags, uint64(0))
	}
	checkFilled(t, c, b, objects)
	checkFilled(t, c, other, objects)
}

// What would leave nobody to lead, or to store objects, is refused, and says what
// to do.
func TestMembershipRefusals(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 2})
	client := c.Client()
	proxy, first, second := c.Proxy(0).ID(), c.Target(0).ID(), c.Target(1).ID()
	version := c.Map(c.Proxy(0)).Version
	for _, row := range []struct {
		do   func() (string, error)
		kind errs.Kind
		text string
	}{
		{func() (string, error) { return client.StartMaintenance(t.Context(), nodes()) }, errs.Invalid, "name at least one node"},
		{func() (string, error) { return client.StartMaintenance(t.Context(), nodes("nobody99")) }, errs.NotFound, `node "nobody99" does not exist`},
		{func() (string, error) { return client.StartMaintenance(t.Context(), nodes(proxy)) }, errs.Conflict, "no other gateway could be"},
		{func() (string, error) { return client.DecommissionNodes(t.Context(), nodes(first, second)) }, errs.Conflict, "no target would be left in service"},
		{func() (string, error) { return client.ShutdownNodes(t.Context(), nodes(first, proxy)) }, errs.Conflict, "it is the primary"},
		{func() (string, error) { return client.RemoveNodesUnsafe(t.Context(), nodes(proxy)) }, errs.Conflict, "it is the primary"},
		{func() (string, error) { return client.StopMaintenance(t.Context(), nodes("nobody99")) }, errs.NotFound, `node "nobody99" does not exist`},
		{func() (string, error) { return "", client.RemoveNode(t.Context(), first) }, errs.Conflict, "decommission it"},
		{func() (string, error) { return "", client.RemoveNode(t.Context(), proxy) }, errs.Conflict, "it is the primary"},
		{func() (string, error) { return "", client.SetPrimary(t.Context(), first) }, errs.Conflict, "a target cannot be primary"},
		{func() (string, error) { _, err := client.JoinByAdmin(t.Context(), &wire.Node{}); return "", err }, errs.Invalid, "say where the node is"},
	} {
		_, err := row.do()
		check.ErrorIs(t, err, row.kind)
		check.Contains(t, errs.PublicOf(err), row.text)
	}
	check.Equal(t, c.Map(c.Proxy(0)).Version, version)
}

// Nodes leave for good, most of the voters among them, one after the other so that
// a majority remains. They forget the cluster, and come back as new ones.
func TestNodesLeaveForGood(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3})
	c.AwaitVoters(5)
	leader := c.Leader()
	client := clientOf(t, c, leader)
	leaving := c.Targets()[:2]
	for _, n := range c.Proxies() {
		if n != leader {
			leaving = append(leaving, n)
		}
	}
	var m wire.Membership
	for _, n := range leaving {
		m.IDs = append(m.IDs, n.ID())
	}
	_, err := client.DecommissionNodes(t.Context(), m)
	check.NoError(t, err)
	c.AwaitEnd(leaving...)
	for _, n := range leaving {
		holds(t, c, leader, n.ID()+" to leave", gone(n.ID()))
	}
	b := wire.Bucket{Name: "after", Provider: wire.ProviderAIS}
	check.NoError(t, client.CreateBucket(t.Context(), b, nil))
	_, err = client.PutBytes(t.Context(), b, "object", []byte("text"), api.PutOptions{})
	check.NoError(t, err)

	c.Restart(leaving...)
	check.Equal(t, c.Map(leader).Node(leaving[0].ID()).Flags, uint64(0))
	got, _, err := client.GetBytes(t.Context(), b, "object", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(got), "text")
}

// A target with objects waits until it is told not to, and takes them along. With
// its data wiped nothing is left of them.
func TestTargetLeavesWithItsObjects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 3})
	const objects = 30
	b := c.NewBucket(nil)
	storeObjects(t, c, b, objects)
	target, client := c.Target(2), c.Client()
	lost := map[int]bool{}
	for i := range objects {
		lost[i] = c.Owner(b, "o"+strconv.Itoa(i)).ID() == target.ID()
	}

	_, err := client.DecommissionNodes(t.Context(), nodes(target.ID()))
	check.NoError(t, err)
	check.Equal(t, c.Map(target).Node(target.ID()).Has(wire.NodeDecommission), true)
	checkFilled(t, c, b, objects)

	_, err = client.DecommissionNodes(t.Context(), wire.Membership{ID: target.ID(), SkipRebalance: true, RemoveUserData: true})
	check.NoError(t, err)
	c.AwaitEnd(target)
	holds(t, c, c.Proxy(0), "the target to leave", gone(target.ID()))
	for i := range objects {
		_, _, err := client.GetBytes(t.Context(), b, "o"+strconv.Itoa(i), nil, api.GetOptions{})
		if lost[i] {
			check.ErrorIs(t, err, errs.NotFound)
		} else {
			check.NoError(t, err)
		}
	}
	for _, root := range target.Mountpaths() {
		entries, err := target.FS().ReadDir(root)
		check.NoError(t, err)
		check.Equal(t, len(entries), 0)
	}
	c.Restart(target)
	storeObjects(t, c, b, objects)
	checkFilled(t, c, b, objects)
}

// A node that is shut down stays in the map, in maintenance, and is so when it
// comes back.
func TestNodeShutDownComesBackInMaintenance(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 3})
	const objects = 20
	b := c.NewBucket(nil)
	storeObjects(t, c, b, objects)
	target, client := c.Target(0), c.Client()

	_, err := client.ShutdownNodes(t.Context(), wire.Membership{ID: target.ID(), SkipRebalance: true})
	check.NoError(t, err)
	c.AwaitEnd(target)
	holds(t, c, c.Proxy(0), "the order to be done", func(m *wire.Smap) bool {
		return m.Node(target.ID()).Has(wire.NodeMaintenance) && !m.Node(target.ID()).Has(wire.NodeShutdown)
	})

	c.Restart(target)
	check.Equal(t, c.Map(target).Node(target.ID()).InMaintenance(), true)
	checkFilled(t, c, b, objects)
	_, err = client.StopMaintenance(t.Context(), nodes(target.ID()))
	check.NoError(t, err)
	checkFilled(t, c, b, objects)
}

// A dead target is given up.
func TestDeadNodesAreRemovedUnsafely(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 3, Configure: soonDown})
	b := c.NewBucket(nil)
	dead, client := c.Target(1), c.Client()
	c.Kill(dead)
	_, err := client.RemoveNodesUnsafe(t.Context(), nodes(dead.ID()))
	check.NoError(t, err)
	holds(t, c, c.Proxy(0), "the dead to leave", gone(dead.ID()))
	storeObjects(t, c, b, 20)
	checkFilled(t, c, b, 20)
}

// The primary hands over and then may leave.
func TestPrimaryHandsOverAndLeaves(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	old := c.Leader()
	next := another(c, old)
	client := clientOf(t, c, next)
	_, err := client.DecommissionNodes(t.Context(), nodes(old.ID()))
	check.ErrorIs(t, err, errs.Conflict)
	check.Contains(t, errs.PublicOf(err), "make another gateway the primary first")
	check.NoError(t, client.SetPrimary(t.Context(), next.ID()))
	c.Await("the lead", func() error {
		if now := c.Leader(); now != next {
			return fmt.Errorf("%s leads", now.ID())
		}
		return nil
	})
	_, err = client.DecommissionNodes(t.Context(), nodes(old.ID()))
	check.NoError(t, err)
	c.AwaitEnd(old)
	holds(t, c, next, "the old primary to leave", gone(old.ID()))
	_, err = client.PutBytes(t.Context(), b, "object", []byte("text"), api.PutOptions{})
	check.NoError(t, err)
	check.NoError(t, client.DestroyBucket(t.Context(), b))
}

// The proxy that AIS_PRIMARY_ID names leads whenever it runs.
func TestPrimaryByNameTakesTheLead(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 1})
	c.AwaitVoters(3)
	named := another(c, c.Leader())
	c.Claim(named)
	c.Stop(named)
	c.Restart(named)
	c.Await("the lead", func() error {
		if now := c.Leader(); now != named {
			return fmt.Errorf("%s leads", now.ID())
		}
		return nil
	})
	c.NewBucket(nil)
}

// A node that keeps running out of the cluster comes back when it is invited.
func TestNodeStaysAndIsInvitedBack(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 2})
	target, client := c.Target(0), c.Client()
	_, err := client.DecommissionNodes(t.Context(), wire.Membership{ID: target.ID(), NoShutdown: true})
	check.NoError(t, err)
	holds(t, c, c.Proxy(0), "the target to leave", gone(target.ID()))
	storeObjects(t, c, c.NewBucket(nil), 5)

	_, err = client.JoinByAdmin(t.Context(), &wire.Node{Type: wire.NodeProxy, Public: target.Wire().Public})
	check.ErrorIs(t, err, errs.Conflict)
	var joined wire.Joined
	c.Await("the target to join", func() error {
		joined, err = client.JoinByAdmin(t.Context(), &wire.Node{Type: wire.NodeTarget, Public: target.Wire().Public})
		return err
	})
	check.Equal(t, joined.ID, target.ID())
	c.Settle()
	storeObjects(t, c, c.NewBucket(nil), 5)
	// Once more is no harm.
	_, err = client.JoinByAdmin(t.Context(), &wire.Node{Control: target.Wire().Control})
	check.NoError(t, err)
}

// The whole cluster is shut down, continues, and is decommissioned.
func TestWholeClusterStops(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	b := c.NewBucket(nil)
	storeObjects(t, c, b, 10)
	uuid := c.Map(c.Proxy(0)).UUID
	check.NoError(t, clientOf(t, c, c.Proxy(1)).ShutdownCluster(t.Context()))
	c.AwaitEnd(c.Nodes()...)

	c.Restart(c.Nodes()...)
	check.Equal(t, c.Map(c.Proxy(0)).UUID, uuid)
	checkFilled(t, c, b, 10)
	down := c.Target(1)
	c.Stop(down)
	client := clientOf(t, c, c.Leader())
	err := client.DecommissionCluster(t.Context(), wire.Membership{RemoveUserData: true})
	check.ErrorIs(t, err, errs.Conflict)
	check.Contains(t, errs.PublicOf(err), "no answer from "+down.ID())
	c.Restart(down)
	checkFilled(t, c, b, 10)
	check.NoError(t, clientOf(t, c, c.Leader()).DecommissionCluster(t.Context(), wire.Membership{RemoveUserData: true}))
	c.AwaitEnd(c.Nodes()...)
	for _, n := range c.Targets() {
		for _, root := range n.Mountpaths() {
			entries, err := n.FS().ReadDir(root)
			check.NoError(t, err)
			check.Equal(t, len(entries), 0)
		}
	}
	c.Restart(c.Nodes()...)
	check.Equal(t, c.Map(c.Proxy(0)).UUID == uuid, false)
}

// soonDown makes a silent node count as down after three seconds.
func soonDown(f *config.File) { f.Timeout.Lease = units.Duration(3 * time.Second) }

// What one primary has begun the next one finishes.
func TestNextPrimarySeesNodesOff(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 3, Configure: soonDown})
	c.AwaitVoters(5)
	b := c.NewBucket(nil)
	dead, old := c.Target(2), c.Leader()
	c.Kill(dead)
	_, err := clientOf(t, c, old).RemoveNodesUnsafe(t.Context(), nodes(dead.ID()))
	check.NoError(t, err)
	c.Kill(old)
	next := c.Leader()
	check.Equal(t, c.Map(next).Node(dead.ID()) != nil, true)
	holds(t, c, next, "the dead to leave", gone(dead.ID()))
	client := clientOf(t, c, next)
	c.Await("the new placement", func() error {
		_, err := client.PutBytes(t.Context(), b, "object", []byte("text"), api.PutOptions{})
		return err
	})
}

// The gateway and the target of one process leave together.
func TestBothRolesOfAProcessLeaveTogether(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{All: 3})
	c.AwaitVoters(3)
	leader := c.Leader()
	leaving := another(c, leader)
	m := c.Map(leader)
	proxy, target := "p"+leaving.ID()[1:], leaving.ID()
	check.Equal(t, m.Node(proxy) != nil && m.Node(target) != nil, true)
	client := clientOf(t, c, leader)
	_, err := client.DecommissionNodes(t.Context(), nodes(proxy))
	check.ErrorIs(t, err, errs.Conflict)
	check.Contains(t, errs.PublicOf(err), "name both")
	_, err = client.DecommissionNodes(t.Context(), nodes(proxy, target))
	check.NoError(t, err)
	c.AwaitEnd(leaving)
	holds(t, c, leader, "both roles to leave", func(m *wire.Smap) bool { return m.Node(proxy) == nil && m.Node(target) == nil })
	b := c.NewBucket(nil)
	_, err = client.PutBytes(t.Context(), b, "object", []byte("text"), api.PutOptions{})
	check.NoError(t, err)
}
