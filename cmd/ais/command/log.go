package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
)

func (t *Tool) logCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "log",
		Usage:     "print the log of a node",
		ArgsUsage: "NODE",
		Flags: []cli.Flag{
			cli.StringFlag{Name: "severity", Usage: "info, warning or error"},
			cli.Int64Flag{Name: "offset", Usage: "skip so many bytes"},
			cli.BoolFlag{Name: "all", Usage: "all files, as tar.gz"},
		},
		Action: with(ctx, t.log),
		Description: `   ais log t1a2b3c4
   ais log p1a2b3c4 --severity error
   ais log t1a2b3c4 --all > logs.tar.gz
`,
	}
}

func (t *Tool) log(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := nodeID(ctx, client, c.Args().First())
	if err != nil {
		return err
	}
	o := api.LogOptions{Severity: c.String("severity"), Offset: c.Int64("offset"), All: c.Bool("all")}
	return client.NodeLog(ctx, id, t.Stdout, o)
}
