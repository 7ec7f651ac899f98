package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

func (t *Tool) showClusterCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cluster",
		Usage:     "show the nodes of the cluster, the cluster map, the bucket metadata, or the configuration",
		ArgsUsage: "[NODE|proxy|target|smap|bmd|config] [NODE|SECTION]",
		Flags:     append(repeatFlags(), noHeaderFlag(), jsonFlag()),
		Action: with(ctx, func(ctx context.Context, c *cli.Context) error {
			if err := wantArguments(c, 0, 2); err != nil {
				return err
			}
			return t.repeat(ctx, c, t.showCluster)
		}),
		Description: `   ais show cluster
   ais show cluster --refresh 5s --count 12
   ais show cluster target
   ais show cluster t1a2b3c4          # all that this node says of itself
   ais show cluster smap --json
   ais show cluster smap t1a2b3c4     # the cluster map as this node has it
   ais show cluster bmd
   ais show cluster config log
`,
	}
}

func (t *Tool) showCluster(ctx context.Context, c *cli.Context, client *api.Client) error {
	which, of := c.Args().First(), c.Args().Get(1)
	switch {
	case which == "smap":
		return t.showMap(ctx, c, client, of)
	case which == "bmd":
		return t.showBMD(ctx, c, client, of)
	case which == "config":
		return t.showClusterConfig(ctx, c, client, of)
	case of != "" && isRole(which):
		return t.showNode(ctx, c, client, of, which)
	case of != "":
		return misused(c, "too many arguments: \""+of+"\"")
	case which == "" || isRole(which):
		return t.showNodes(ctx, c, client, which)
	}
	return t.showNode(ctx, c, client, which, "")
}

func isRole(word string) bool { return word == wire.NodeProxy || word == wire.NodeTarget }

// showClusterConfig prints a section of the configuration of the cluster, all
// of it with "".
func (t *Tool) showClusterConfig(ctx context.Context, c *cli.Context, client *api.Client, section string) error {
	config, err := client.ClusterConfig(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") && section == "" {
		return t.printJSON(config)
	}
	return t.showSection(c, config, section)
}

// clusterView is "show cluster" as JSON.
type clusterView struct {
	UUID       string      `json:"uuid"`
	MapVersion int64       `json:"map_version"`
	Primary    string      `json:"primary"`
	Nodes      []*nodeView `json:"nodes"`
}

func (t *Tool) showNodes(ctx context.Context, c *cli.Context, client *api.Client, role string) error {
	m, err := client.Map(ctx)
	if err != nil {
		return err
	}
	nodes := nodesOf(m, role)
	if err := askNodes(ctx, client, nodes); err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(clusterView{m.UUID, m.Version, m.Primary.ID, nodes})
	}
	if role != wire.NodeTarget {
		if err := t.printProxies(c, nodes); err != nil {
			return err
		}
	}
	if role == "" {
		if err := t.printf("\n"); err != nil {
			return err
		}
	}
	if role != wire.NodeProxy {
		if err := t.printTargets(c, nodes); err != nil {
			return err
		}
	}
	if role != "" || c.Bool("no-headers") {
		return nil
	}
	return t.printSummary(m, nodes)
}
