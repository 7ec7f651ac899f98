package command

import (
	"context"
	"errors"
	"maps"
	"slices"

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

// jobFlags are those of every command that starts a job.
func jobFlags() []cli.Flag {
	return []cli.Flag{waitFlag(), waitTimeFlag(), progressFlag(), jsonFlag()}
}

func (t *Tool) startCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "start",
		Usage:     "start a job of a kind that needs no more than a bucket",
		ArgsUsage: "KIND [BUCKET]",
		Flags:     jobFlags(),
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
	return t.withJob(ctx, c, start.Kind, func(client *api.Client) (string, error) {
		id, err := client.StartJob(ctx, start)
		return id, notStartable(start.Kind, err)
	})
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
	if id == "" && c.Bool("json") {
		return t.printJSON(jobView{State: jobNothing})
	}
	if id == "" {
		return t.printf("%s: nothing to do\n", what)
	}
	return t.startedJob(ctx, c, client, what, id)
}

// startedJob says which job it is; with --wait it waits for its end.
func (t *Tool) startedJob(ctx context.Context, c *cli.Context, client *api.Client, what, id string) error {
	if !c.Bool("wait") && !c.Bool("progress") {
		return t.printStarted(c, what, id)
	}
	return t.awaitJob(ctx, c, client, id)
}

func (t *Tool) printStarted(c *cli.Context, what, id string) error {
	if c.Bool("json") {
		return t.printJSON(jobView{ID: id, State: jobStarted})
	}
	return t.printf("%s: started job %s. \"ais job wait %s\" waits for it, \"ais job show %s\" shows it\n", what, id, id, id)
}

func (t *Tool) waitCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "wait",
		Usage:     "wait until jobs have ended",
		ArgsUsage: "JOB_ID [JOB_ID...] | KIND [BUCKET]",
		Flags:     []cli.Flag{waitTimeFlag(), progressFlag(), jsonFlag()},
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
		if kind := c.Args().First(); len(ids) == 0 && !contains(kindNames(), kind) {
			return noneOfKind(kind, nil)
		}
		if len(ids) == 0 {
			t.notef("No such job runs\n")
			return nil
		}
	}
	for _, id := range ids {
		if err := t.awaitJob(ctx, c, client, id); err != nil {
			return err
		}
	}
	return nil
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

// awaitJob waits for the end of a job and says what it did.
func (t *Tool) awaitJob(ctx context.Context, c *cli.Context, client *api.Client, id string) error {
	p, err := t.watchJob(ctx, c, client, id)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(jobView{ID: id, State: jobEnded, Objects: p.objects, Bytes: p.bytes})
	}
	line := "Job " + id + " has ended: " + countObjects(p.objects)
	if p.bytes > 0 {
		line += ", " + units.Size(p.bytes).Human()
	}
	return t.printf("%s\n", line)
}

// watchJob waits for the end of a job, with a bar if somebody sees it. Who does
// not wait so long is told that it goes on.
func (t *Tool) watchJob(ctx context.Context, c *cli.Context, client *api.Client, id string) (jobProgress, error) {
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
	bar.finish()
	if err != nil && ctx.Err() != nil {
		t.notef("Job %s goes on; \"ais job stop %s\" stops it\n", id, id)
		return shown, jobTimeout(c, id, err)
	}
	return progressOf(shares), err
}

// jobTimeout is err, in words if it is that --timeout was not enough.
func jobTimeout(c *cli.Context, id string, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := errs.E("wait", "job "+id, errs.Unavailable, err)
	e.Public = "job " + id + " has not ended in " + c.Duration("timeout").String()
	return e
}
