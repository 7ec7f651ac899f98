package command

import (
	"context"
	"strconv"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/units"
)

func (t *Tool) summaryCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "summary",
		Usage:     "count the objects of a bucket, or of every bucket, and their sizes",
		ArgsUsage: "[BUCKET]",
		Flags: []cli.Flag{
			prefixFlag("only objects whose names begin with this"), noHeaderFlag(), jsonFlag(),
		},
		Action: with(ctx, t.summary),
		Description: `   ais bucket summary
   ais bucket summary ais://train --prefix 2026/
`,
	}
}

func (t *Tool) summary(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	var b wire.Bucket
	if arg := c.Args().First(); arg != "" {
		var err error
		if b, err = parseBucket(arg); err != nil {
			return err
		}
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	list, err := client.Summary(ctx, b, api.SummaryOptions{Prefix: c.String("prefix")})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(list)
	}
	table := t.newTable(c.Bool("no-headers"), "NAME", ">OBJECTS", ">SIZE", ">MIN", ">AVERAGE", ">MAX", ">USED")
	size := func(n int64) string { return units.Size(n).Human() }
	for i := range list {
		s := &list[i]
		table.add(s.String(), strconv.FormatInt(s.Count.Present, 10), size(s.Total.Present),
			size(s.Size.Min), size(s.Size.Average), size(s.Size.Max), strconv.FormatInt(s.UsedPercent, 10)+"%")
	}
	return table.flush()
}
