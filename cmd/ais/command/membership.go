package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// joinNode is "ais cluster add-remove-nodes join".
func (t *Tool) joinNode(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	role := c.String("role")
	if role != "" && !isRole(role) {
		return misused(c, "--role is proxy or target")
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	before, err := client.Map(ctx)
	if err != nil {
		return err
	}
	joined, err := client.JoinByAdmin(ctx, &wire.Node{Type: role, Public: wire.NetInfo{URL: urlOfNode(client, c.Args().First())}})
	if err != nil {
		return err
	}
	if before.Node(joined.ID) != nil {
		return t.printf("%s is in the cluster, and was before\n", joined.ID)
	}
	return t.printf("%s has joined the cluster\n", joined.ID)
}

// urlOfNode is the URL of a node that is named by it, or as HOST:PORT.
func urlOfNode(client *api.Client, at string) string {
	if !strings.Contains(at, "://") {
		scheme, _, _ := strings.Cut(client.Endpoint(), "://") // of the cluster, all nodes have the same
		at = scheme + "://" + at
	}
	return strings.TrimSuffix(at, "/")
}

// members connects, and finds the nodes that the arguments name.
func (t *Tool) members(ctx context.Context, c *cli.Context) (*api.Client, *wire.Smap, []*wire.Node, error) {
	if err := wantArguments(c, 1, -1); err != nil {
		return nil, nil, nil, err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := client.Map(ctx)
	var nodes []*wire.Node
	for _, name := range c.Args() {
		var id string
		if err == nil {
			id, err = nodeID(ctx, client, name)
		}
		if err != nil {
			client.Close()
			return nil, nil, nil, err
		}
		nodes = append(nodes, m.Node(id))
	}
	return client, m, nodes, nil
}

func namesOfNodes(nodes []*wire.Node) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.String()
	}
	return strings.Join(names, ", ")
}

func messageOf(c *cli.Context, nodes []*wire.Node) wire.Membership {
	m := wire.Membership{
		SkipRebalance:     c.Bool("skip-rebalance"),
		RemoveUserData:    c.Bool("rm-user-data"),
		KeepInitialConfig: c.Bool("keep-initial-config"),
		NoShutdown:        c.Bool("no-shutdown"),
	}
	for _, n := range nodes {
		m.IDs = append(m.IDs, n.ID)
	}
	return m
}

// startMaintenance is "ais cluster add-remove-nodes start-maintenance".
func (t *Tool) startMaintenance(ctx context.Context, c *cli.Context) error {
	client, _, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := t.confirm(c, "Take %s out of service?", namesOfNodes(nodes)); err != nil {
		return err
	}
	if _, err := client.StartMaintenance(ctx, messageOf(c, nodes)); err != nil {
		return err
	}
	return t.tellOutcome(ctx, client, nodes, outcome{done: inMaintenance, text: "is in maintenance"})
}

// stopMaintenance is "ais cluster add-remove-nodes stop-maintenance".
func (t *Tool) stopMaintenance(ctx context.Context, c *cli.Context) error {
	client, _, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := client.StopMaintenance(ctx, messageOf(c, nodes)); err != nil {
		return err
	}
	return t.tellOutcome(ctx, client, nodes, outcome{done: inService, text: "is in service"})
}

// shutdownNodes is "ais cluster add-remove-nodes shutdown".
func (t *Tool) shutdownNodes(ctx context.Context, c *cli.Context) error {
	client, _, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	question := fmt.Sprintf("Take %s out of service and shut down?", namesOfNodes(nodes))
	if c.Bool("skip-rebalance") && anyTarget(nodes) {
		question = fmt.Sprintf("Shut down %s? What only these targets have cannot be read until they are back.", namesOfNodes(nodes))
	}
	if err := t.confirm(c, "%s", question); err != nil {
		return err
	}
	if _, err := client.ShutdownNodes(ctx, messageOf(c, nodes)); err != nil {
		return err
	}
	return t.tellOutcome(ctx, client, nodes, outcome{done: stopped, text: "has stopped", later: "stops", decided: c.Bool("no-wait")})
}

// decommissionNodes is "ais cluster add-remove-nodes decommission".
func (t *Tool) decommissionNodes(ctx context.Context, c *cli.Context) error {
	client, _, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	question := fmt.Sprintf("Take %s out of the cluster for good?", namesOfNodes(nodes))
	if c.Bool("skip-rebalance") && anyTarget(nodes) {
		question += " What only these targets have is lost to the cluster."
	}
	if c.Bool("rm-user-data") && anyTarget(nodes) {
		question += " What is on their mountpaths is deleted."
	}
	if err := t.confirm(c, "%s", question); err != nil {
		return err
	}
	if _, err := client.DecommissionNodes(ctx, messageOf(c, nodes)); err != nil {
		return err
	}
	return t.tellOutcome(ctx, client, nodes, outcome{done: gone, text: "has left the cluster", later: "leaves", decided: c.Bool("no-wait")})
}

// removeNodesUnsafe is "ais cluster add-remove-nodes rm-unsafe".
func (t *Tool) removeNodesUnsafe(ctx context.Context, c *cli.Context) error {
	client, _, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	question := fmt.Sprintf("Remove %s at once?", namesOfNodes(nodes))
	if anyTarget(nodes) {
		question += " What only these targets have is lost to the cluster."
	}
	if err := t.confirm(c, "%s", question); err != nil {
		return err
	}
	if _, err := client.RemoveNodesUnsafe(ctx, messageOf(c, nodes)); err != nil {
		return err
	}
	return t.tellOutcome(ctx, client, nodes, outcome{done: gone, text: "has left the cluster", later: "leaves", decided: c.Bool("no-wait")})
}

// setPrimary is "ais cluster set-primary".
func (t *Tool) setPrimary(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	client, m, nodes, err := t.members(ctx, c)
	if err != nil {
		return err
	}
	defer client.Close()
	next := nodes[0]
	if m.Primary.ID == next.ID {
		return t.printf("%s is the primary already\n", next)
	}
	if err := client.SetPrimary(ctx, next.ID); err != nil {
		return err
	}
	leads := func(m *wire.Smap, n *wire.Node) bool { return m.Primary.ID == n.ID }
	return t.tellOutcome(ctx, client, nodes, outcome{done: leads, text: "is the primary", later: "becomes the primary"})
}

func anyTarget(nodes []*wire.Node) bool {
	for _, n := range nodes {
		if n.IsTarget() {
			return true
		}
	}
	return false
}

// shutdownCluster is "ais cluster shutdown".
func (t *Tool) shutdownCluster(ctx context.Context, c *cli.Context) error {
	return t.endCluster(ctx, c, "Shut down all %s of cluster %s? Nothing can be read or written until they are started again.",
		"The cluster has been shut down: start its nodes again to go on\n",
		func(client *api.Client) error { return client.ShutdownCluster(ctx) })
}

// decommissionCluster is "ais cluster decommission".
func (t *Tool) decommissionCluster(ctx context.Context, c *cli.Context) error {
	question := "Decommission all %s of cluster %s for good?"
	if c.Bool("rm-user-data") {
		question += " All objects are deleted."
	}
	return t.endCluster(ctx, c, question, "The cluster has been decommissioned\n",
		func(client *api.Client) error { return client.DecommissionCluster(ctx, messageOf(c, nil)) })
}

// endCluster stops everything, and waits until the gateway no longer answers.
func (t *Tool) endCluster(ctx context.Context, c *cli.Context, question, done string, do func(*api.Client) error) error {
	if err := wantArguments(c, 0, 0); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	m, err := client.Map(ctx)
	if err != nil {
		return err
	}
	if err := t.confirm(c, question, plural(len(m.Proxies)+len(m.Targets), "node", "nodes"), m.UUID); err != nil {
		return err
	}
	if err := do(client); err != nil {
		return err
	}
	if err := t.awaitSilence(ctx, client); err != nil {
		return err
	}
	return t.printf("%s", done)
}
