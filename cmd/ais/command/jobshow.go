package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

func (t *Tool) showJobCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "job",
		Usage:     "show what runs and what has run",
		ArgsUsage: "[JOB_ID|KIND [BUCKET]]",
		Flags: append([]cli.Flag{
			cli.BoolFlag{Name: "all", Usage: "also those that have ended"},
			cli.BoolFlag{Name: "verbose, v", Usage: "one line for each target"},
			noHeaderFlag(), jsonFlag(),
		}, repeatFlags()...),
		Action: with(ctx, func(ctx context.Context, c *cli.Context) error { return t.repeat(ctx, c, t.showJobs) }),
		Description: `   ais show job
   ais show job --all
   ais show job copy-bucket ais://train --refresh 2s
   ais show job UF2NSO3RAA --verbose
`,
	}
}

// showJobs prints the jobs that run, or that the arguments name.
func (t *Tool) showJobs(ctx context.Context, c *cli.Context, client *api.Client) error {
	if err := wantArguments(c, 0, 2); err != nil {
		return err
	}
	query, err := t.jobQuery(ctx, c, client)
	if err != nil {
		return err
	}
	shares, err := client.Jobs(ctx, query)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(shares)
	}
	rows := jobRows(shares, c.Bool("verbose"))
	if len(rows) == 0 {
		if query.Kind != "" && !contains(kindNames(), query.Kind) {
			return noneOfKind(query.Kind, nil)
		}
		if query.OnlyActive != nil {
			t.notef("Nothing runs. \"ais show job --all\" shows what has ended\n")
		} else {
			t.notef("No such jobs\n")
		}
		return nil
	}
	table := t.newTable(c.Bool("no-headers"), "KIND", "ID", "TARGET", "BUCKET", ">OBJECTS", ">BYTES", ">RATE", "START", "STATE")
	if !c.Bool("verbose") {
		table = t.newTable(c.Bool("no-headers"), "KIND", "ID", "BUCKET", ">OBJECTS", ">BYTES", ">RATE", "START", "STATE")
	}
	for _, row := range rows {
		table.add(row...)
	}
	return table.flush()
}

// jobQuery makes a query of the arguments: what runs, or a job, or a kind.
func (t *Tool) jobQuery(ctx context.Context, c *cli.Context, client *api.Client) (wire.JobQuery, error) {
	var q wire.JobQuery
	if !c.Bool("all") {
		active := true
		q.OnlyActive = &active
	}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return q, err
		}
		q.Bucket = &b
	}
	word := c.Args().First()
	if word == "" {
		return q, nil
	}
	byID := wire.JobQuery{ID: word, Bucket: q.Bucket}
	_, err := client.JobStatus(ctx, byID)
	switch {
	case err == nil:
		return byID, nil
	case errs.KindOf(err) != errs.NotFound:
		return q, err
	case !isKind(word):
		return q, err
	}
	q.Kind = word
	return q, nil
}
