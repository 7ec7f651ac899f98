package command

import (
	"context"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
)

func (t *Tool) showConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "config",
		Usage:     "show the configuration of the cluster, of a node, or of this command",
		ArgsUsage: "cluster|cli|NODE [SECTION]",
		Flags:     []cli.Flag{noHeaderFlag(), jsonFlag()},
		Action:    with(ctx, t.showConfig),
		Description: `   ais show config cluster
   ais show config cluster log
   ais show config t1a2b3c4 fspaths --json
`,
	}
}

func (t *Tool) configCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "config",
		Usage: "show and set configuration",
		Subcommands: []cli.Command{
			named(t.showConfigCommand(ctx), "show"),
			t.setConfigCommand(ctx),
			t.cliConfigCommand(ctx),
		},
	}
}

func (t *Tool) showConfig(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	which, section := c.Args().First(), c.Args().Get(1)
	if which == "cli" {
		return t.showOwnConfig(ctx, c)
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	config, err := configOf(ctx, client, which)
	if err != nil {
		return err
	}
	if c.Bool("json") && section == "" {
		return t.printJSON(config)
	}
	return t.showSection(c, config, section)
}

// configOf fetches the configuration of the cluster or of a node.
func configOf(ctx context.Context, client *api.Client, which string) (any, error) {
	if which == "cluster" {
		return client.ClusterConfig(ctx)
	}
	id, err := nodeID(ctx, client, which)
	if err != nil {
		return nil, err
	}
	return client.NodeConfig(ctx, id)
}

// setConfigCommand is "ais config cluster": it shows without settings.
func (t *Tool) setConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cluster",
		Usage:     "show or set the configuration of the cluster",
		ArgsUsage: "[SECTION] | KEY=VALUE...",
		Flags: []cli.Flag{
			cli.BoolFlag{Name: "transient", Usage: "until the nodes restart"},
			noHeaderFlag(), jsonFlag(),
		},
		Action: with(ctx, t.clusterConfig),
		Description: `   ais config cluster
   ais config cluster log
   ais config cluster log.level=4 --transient
`,
	}
}

func (t *Tool) clusterConfig(ctx context.Context, c *cli.Context) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	config, err := client.ClusterConfig(ctx)
	if err != nil {
		return err
	}
	if c.NArg() == 0 && c.Bool("json") {
		return t.printJSON(config)
	}
	if c.NArg() < 2 && !strings.Contains(c.Args().First(), "=") {
		return t.showSection(c, config, c.Args().First())
	}
	pairs, err := pairsOf(c, c.Args())
	if err != nil {
		return err
	}
	if err := client.SetClusterConfig(ctx, pairs, api.SetConfigOptions{Transient: c.Bool("transient")}); err != nil {
		return err
	}
	return t.printf("Configuration of the cluster changed\n")
}

func (t *Tool) cliConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:        "cli",
		Usage:       "show what this command works with: endpoint, certificates, time limits",
		Flags:       []cli.Flag{noHeaderFlag(), jsonFlag()},
		Action:      with(ctx, t.showOwnConfig),
		Description: "   ais config cli\n",
	}
}

func (t *Tool) showOwnConfig(_ context.Context, c *cli.Context) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(s)
	}
	t.notef("From the environment and %s\n", t.settingsPath())
	return t.showSection(c, s, "")
}
