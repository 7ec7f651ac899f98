package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
)

func (t *Tool) showConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "config",
		Usage:     "show the configuration of the cluster, of a node, or of this command",
		ArgsUsage: "cluster|cli|NODE [inherited|local] [SECTION...]",
		Flags:     showConfigFlags(),
		Action:    with(ctx, t.showConfig),
		Description: `   ais show config cluster
   ais show config cluster log timeout
   ais show config cluster --changed
   ais show config t1a2b3c4 local --json
`,
	}
}

func (t *Tool) configCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "config",
		Usage: "show, set and reset configuration",
		Subcommands: []cli.Command{
			named(t.showConfigCommand(ctx), "show"),
			t.clusterConfigCommand(ctx),
			t.nodeConfigCommand(ctx),
			t.resetConfigCommand(ctx),
			t.cliConfigCommand(ctx),
		},
	}
}

func showConfigFlags() []cli.Flag {
	return []cli.Flag{
		cli.BoolFlag{Name: "changed", Usage: "only what is not as by default; of a node, what is not as in the cluster"},
		cli.BoolFlag{Name: "describe", Usage: "with what each setting can be; as JSON, a list of settings with all there is to know"},
		noHeaderFlag(), jsonFlag(),
	}
}

func setConfigFlags() []cli.Flag {
	return append(showConfigFlags(),
		cli.StringFlag{Name: "file", Usage: "set what this JSON file says; - is standard input"},
		cli.BoolFlag{Name: "transient", Usage: "set until the nodes restart"},
		yesFlag(),
	)
}

func (t *Tool) clusterConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cluster",
		Usage:     "show or set the configuration of the cluster",
		ArgsUsage: "[SECTION...] | KEY=VALUE... | JSON",
		Flags:     setConfigFlags(),
		Action:    with(ctx, t.clusterConfig),
		Description: `   ais config cluster
   ais config cluster log
   ais config cluster log.level=4 log.stats_time=2m
   ais config cluster log.level=debug --transient
   ais config cluster '{"mirror": {"enabled": true, "copies": 3}}'
   ais config cluster --json > all.json; ais config cluster --file all.json
`,
	}
}

func (t *Tool) nodeConfigCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "node",
		Usage:     "show or set the configuration of one node",
		ArgsUsage: "NODE [inherited|local] [SECTION...] | KEY=VALUE... | JSON",
		Flags:     setConfigFlags(),
		Action:    with(ctx, t.nodeConfig),
		Description: `   ais config node t1a2b3c4 inherited          # what it has from the cluster, and what not
   ais config node t1a2b3c4 inherited log.level=4
   ais config node t1a2b3c4 local host_net
   ais config node t1a2b3c4 --changed
`,
	}
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

func (t *Tool) showConfig(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	words := c.Args()
	if words.First() == "cli" {
		return t.showOwnConfig(ctx, c)
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if words.First() == "cluster" {
		return t.showClusterSettings(ctx, c, client, words.Tail())
	}
	of, err := nodeConfigOf(ctx, client, words)
	if err != nil {
		return err
	}
	return t.showNodeSettings(ctx, c, client, of)
}

// clusterConfig is "ais config cluster": without settings it shows.
func (t *Tool) clusterConfig(ctx context.Context, c *cli.Context) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	change, err := t.configChange(c, c.Args())
	if err != nil {
		return err
	}
	if change == nil {
		return t.showClusterSettings(ctx, c, client, c.Args())
	}
	return t.setConfig(ctx, c, configTarget{client: client}, change)
}

// nodeConfig is "ais config node": without settings it shows.
func (t *Tool) nodeConfig(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	of, err := nodeConfigOf(ctx, client, c.Args())
	if err != nil {
		return err
	}
	change, err := t.configChange(c, of.words)
	if err != nil {
		return err
	}
	if change == nil {
		return t.showNodeSettings(ctx, c, client, of)
	}
	return t.setConfig(ctx, c, configTarget{client: client, node: of.id, scope: of.scope}, change)
}

// nodeArguments are the arguments of a command about the configuration of a node.
type nodeArguments struct {
	id    string
	scope string   // "inherited", "local", or "" for both
	words []string // what follows
}

func nodeConfigOf(ctx context.Context, client *api.Client, words []string) (nodeArguments, error) {
	id, err := nodeID(ctx, client, words[0])
	of := nodeArguments{id: id, words: words[1:]}
	if len(of.words) > 0 {
		switch of.words[0] {
		case scopeInherited, scopeLocal:
			of.scope, of.words = of.words[0], of.words[1:]
		}
	}
	return of, err
}

// Which settings of a node a command is about.
const (
	scopeInherited = "inherited"
	scopeLocal     = "local"
)
