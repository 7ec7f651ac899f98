package command

import (
	"context"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
)

// defaultRefresh is the interval of a command that is to repeat itself and was
// not told how often.
const defaultRefresh = 5 * time.Second

// repeatFlags are those of commands that show what changes.
func repeatFlags() []cli.Flag {
	return []cli.Flag{
		cli.DurationFlag{Name: "refresh", Usage: "show again and again, at this interval, as 5s"},
		cli.IntFlag{Name: "count", Usage: "how often to show (default: once, with --refresh without end)"},
	}
}

// repeat connects and carries out a verb: once, or as --refresh and --count
// say. One that fails when it has succeeded before is reported and tried again:
// a cluster is watched most of all when something is wrong with it.
func (t *Tool) repeat(ctx context.Context, c *cli.Context, show func(context.Context, *cli.Context, *api.Client) error) error {
	interval, count := c.Duration("refresh"), c.Int("count")
	if interval < 0 || count < 0 {
		return misused(c, "--refresh and --count cannot be below zero")
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if interval == 0 {
		interval, count = defaultRefresh, max(1, count)
	}
	for round := 1; ; round++ {
		err := show(ctx, c, client)
		if round == 1 && err != nil || round == count {
			return err
		}
		if err != nil && ctx.Err() == nil {
			t.report(err)
		}
		if err := pause(ctx, interval); err != nil {
			if count == 0 {
				return nil // interrupted is how it ends
			}
			return err
		}
		if !c.Bool("json") {
			if err := t.printf("\n"); err != nil {
				return err
			}
		}
	}
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
