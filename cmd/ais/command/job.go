package command

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/units"
)

// jobCommand is "ais job".
func (t *Tool) jobCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "job",
		Usage: "start, stop, wait for and show jobs",
		Subcommands: []cli.Command{
			t.startCommand(ctx),
			t.stopCommand(ctx),
			t.waitCommand(ctx),
			named(t.showJobCommand(ctx), "show"),
		},
	}
}

func waitFlag() cli.Flag { return cli.BoolFlag{Name: "wait", Usage: "wait until the job has ended"} }

func waitTimeFlag() cli.Flag {
	return cli.DurationFlag{Name: "timeout", Usage: "wait no longer than this, as 10m"}
}

func (t *Tool) startCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "start",
		Usage:     "start a job of a kind that needs no more than a bucket",
		ArgsUsage: "KIND [BUCKET]",
		Flags:     []cli.Flag{waitFlag(), waitTimeFlag(), progressFlag()},
		Action:    with(ctx, t.startJob),
		Description: `   ais job start prefetch-objects s3://images --wait
`,
	}
}

func (t *Tool) startJob(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	start := wire.JobStart{Kind: c.Args().First()}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return err
		}
		start.Bucket = &b
	}
	return t.withJob(ctx, c, start.Kind, func(client *api.Client) (string, error) { return client.StartJob(ctx, start) })
}

// withJob starts a job and says which; with --wait it waits for its end.
func (t *Tool) withJob(ctx context.Context, c *cli.Context, what string, start func(*api.Client) (string, error)) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := start(client)
	if err != nil {
		return err
	}
	if id == "" {
		return t.printf("%s: nothing to do\n", what)
	}
	return t.startedJob(ctx, c, client, what, id)
}

// startedJob says which job it is; with --wait it waits for its end.
func (t *Tool) startedJob(ctx context.Context, c *cli.Context, client *api.Client, what, id string) error {
	if !c.Bool("wait") && !c.Bool("progress") {
		return t.printf("%s: started job %s. \"ais job wait %s\" waits for it, \"ais job show %s\" shows it\n", what, id, id, id)
	}
	return t.awaitJob(ctx, c, client, id)
}

func (t *Tool) waitCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "wait",
		Usage:     "wait until jobs have ended",
		ArgsUsage: "JOB_ID [JOB_ID...] | KIND [BUCKET]",
		Flags:     []cli.Flag{waitTimeFlag(), progressFlag()},
		Action:    with(ctx, t.waitJobs),
		Description: `   ais job wait tco-UF2NSO3RAA
   ais job wait UF2NSO3RAA --timeout 10m --progress
   ais job wait copy-bucket ais://train               # those that run now
`,
	}
}

func (t *Tool) waitJobs(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	ids := []string(c.Args())
	if isKind(ids[0]) {
		if ids, err = t.runningOf(ctx, c, client); err != nil {
			return err
		}
		if len(ids) == 0 {
			return t.printf("No such job runs\n")
		}
	}
	for _, id := range ids {
		if err := t.awaitJob(ctx, c, client, id); err != nil {
			return err
		}
	}
	return nil
}

// isKind tells whether a word is a kind of job; ids have capital letters or digits.
func isKind(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' })
}

// runningOf lists the jobs that run and are of the kind, and work on the bucket,
// that the arguments name.
func (t *Tool) runningOf(ctx context.Context, c *cli.Context, client *api.Client) ([]string, error) {
	if c.NArg() > 2 {
		return nil, misused(c, "too many arguments after a kind")
	}
	query := wire.JobQuery{Kind: c.Args().First()}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return nil, err
		}
		query.Bucket = &b
	}
	shares, err := client.Jobs(ctx, query)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, s := range shares {
		for i := range s {
			if !s[i].Idle && s[i].EndTime.IsZero() {
				found[s[i].ID] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// awaitJob waits for the end of a job, with a bar if somebody sees it, and says
// what it did.
func (t *Tool) awaitJob(ctx context.Context, c *cli.Context, client *api.Client, id string) error {
	if limit := c.Duration("timeout"); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	bar := t.newProgress(ctx, c, 0, 0)
	defer bar.finish()
	shown := progressOf(nil)
	shares, err := client.WaitJob(ctx, id, api.WaitOptions{Progress: func(shares []wire.JobSnapshot) {
		now := progressOf(shares)
		bar.advance(now.objects-shown.objects, now.bytes-shown.bytes)
		shown = now
	}})
	if err != nil {
		return err
	}
	bar.finish()
	p := progressOf(shares)
	line := "Job " + id + " has ended: " + countObjects(p.objects)
	if p.bytes > 0 {
		line += ", " + units.Size(p.bytes).Human()
	}
	return t.printf("%s\n", line)
}

func (t *Tool) stopCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "stop",
		Usage:     "stop jobs: one by its id, or those of a kind",
		ArgsUsage: "JOB_ID|KIND [BUCKET]",
		Action:    with(ctx, t.stopJob),
		Description: `   ais job stop UF2NSO3RAA
   ais job stop copy-bucket
   ais job stop delete-objects ais://train
`,
	}
}

func (t *Tool) stopJob(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	word := c.Args().First()
	stop := wire.JobStart{ID: word}
	if isKind(word) || c.NArg() == 2 {
		stop = wire.JobStart{Kind: word}
	}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return err
		}
		stop.Bucket = &b
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.StopJob(ctx, stop); err != nil {
		return err
	}
	return t.printf("%s stopped\n", word)
}

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
	case strings.ToUpper(word) == word:
		return q, err // it looks like an id
	}
	q.Kind = word
	return q, nil
}
