package command

import (
	"context"
	"errors"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

func (t *Tool) stopCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "stop",
		Usage:     "stop jobs: one by its id, those of a kind, or all",
		ArgsUsage: "JOB_ID [JOB_ID...] | KIND [BUCKET]",
		Flags:     []cli.Flag{cli.BoolFlag{Name: "all", Usage: "all jobs that run"}, yesFlag()},
		Action:    with(ctx, t.stopJobs),
		Description: `   ais job stop UF2NSO3RAA
   ais job stop copy-bucket
   ais job stop delete-objects ais://train
   ais job stop --all
`,
	}
}

func (t *Tool) stopJobs(ctx context.Context, c *cli.Context) error {
	if c.Bool("all") {
		return t.stopAll(ctx, c)
	}
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if word := c.Args().First(); isKind(word) {
		return t.stopKind(ctx, c, client, word)
	}
	for _, id := range c.Args() {
		if err := client.StopJob(ctx, wire.JobStart{ID: id}); err != nil {
			return err
		}
		if err := t.printf("%s stopped\n", id); err != nil {
			return err
		}
	}
	return nil
}

// stopKind stops the jobs of a kind, maybe on one bucket.
func (t *Tool) stopKind(ctx context.Context, c *cli.Context, client *api.Client, kind string) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	stop := wire.JobStart{Kind: kind}
	if arg := c.Args().Get(1); arg != "" {
		b, err := parseBucket(arg)
		if err != nil {
			return err
		}
		stop.Bucket = &b
	}
	err := client.StopJob(ctx, stop)
	if errors.Is(err, errs.NotFound) && errs.CodeOf(err) != errs.CodeBucketNotFound {
		return noneOfKind(kind, err)
	}
	if err != nil {
		return err
	}
	return t.printf("%s stopped\n", kind)
}

// stopAll stops what runs. A job that has ended meanwhile needs no stop.
func (t *Tool) stopAll(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 0); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	jobs, err := client.JobStatuses(ctx, wire.JobQuery{})
	if err != nil {
		return err
	}
	running := jobs[:0]
	for _, job := range jobs {
		if job.EndTime == 0 {
			running = append(running, job)
		}
	}
	if len(running) == 0 {
		return t.printf("No jobs run\n")
	}
	if err := t.confirm(c, "Stop %s?", plural(len(running), "job", "jobs")); err != nil {
		return err
	}
	for _, job := range running {
		if err := client.StopJob(ctx, wire.JobStart{ID: job.ID}); err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if err := t.printf("%s %s stopped\n", job.Kind, job.ID); err != nil {
			return err
		}
	}
	return nil
}
