package command

import (
	"context"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

func (t *Tool) copyCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cp",
		Usage:     "copy a bucket, or some of its objects, to another bucket",
		ArgsUsage: "BUCKET BUCKET",
		Flags: []cli.Flag{
			namesFlag(), templateFlag(), prefixFlag("only objects whose names begin with this"),
			cli.StringFlag{Name: "prepend", Usage: `put before each name, as "dir/"`},
			cli.StringFlag{Name: "ext", Usage: `replace extensions, as "jpeg:jpg,txt:md"`},
			cli.BoolFlag{Name: "cont-on-err", Usage: "go on after an object that cannot be copied"},
			cli.IntFlag{Name: "num-workers", Usage: "objects at a time on each disk (default: the cluster's choice)"},
			dryRunFlag(), waitFlag(), waitTimeFlag(), progressFlag(),
		},
		Action: with(ctx, t.copy),
		Description: `   ais cp ais://train ais://backup
   ais cp ais://train ais://backup --prefix 2026/ --prepend copies/ --wait
   ais cp ais://train ais://some --template "shard-{000..099}.tar"
   ais cp ais://train ais://none --dry-run --wait
`,
	}
}

func (t *Tool) copy(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	buckets, err := bucketsOf(c)
	if err != nil {
		return err
	}
	s, several, err := selectionOf(c, "")
	if err != nil {
		return err
	}
	ext, err := extensions(c)
	if err != nil {
		return err
	}
	from, to := buckets[0], buckets[1]
	o := wire.CopyOptions{
		Prefix: s.prefix, Prepend: c.String("prepend"), Ext: ext, DryRun: c.Bool("dry-run"),
		Continue: c.Bool("cont-on-err"), Workers: c.Int("num-workers"),
	}
	what := "Copy " + from.String() + " => " + to.String()
	if !several || s.prefix != "" {
		return t.withJob(ctx, c, what, func(client *api.Client) (string, error) { return client.CopyBucket(ctx, from, to, o) })
	}
	which := wire.CopyObjects{
		Selector: wire.Selector{Names: s.names, Template: s.template.String(), Workers: o.Workers, Continue: o.Continue},
		To:       &to, Prepend: o.Prepend, Ext: o.Ext, DryRun: o.DryRun,
	}
	return t.withJob(ctx, c, what, func(client *api.Client) (string, error) { return client.CopyObjects(ctx, from, which) })
}

// extensions reads "old:new,old:new".
func extensions(c *cli.Context) (map[string]string, error) {
	text := c.String("ext")
	if text == "" {
		return nil, nil
	}
	ext := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		old, now, ok := strings.Cut(pair, ":")
		if !ok || old == "" {
			return nil, misused(c, "--ext takes OLD:NEW, got \""+pair+"\"")
		}
		ext[old] = now
	}
	return ext, nil
}

func (t *Tool) moveCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "mv",
		Usage:     "give a bucket another name",
		ArgsUsage: "BUCKET NEW_BUCKET",
		Flags:     []cli.Flag{waitFlag(), waitTimeFlag(), progressFlag()},
		Action:    with(ctx, t.move),
		Description: `   ais mv ais://train ais://train-2025 --wait
`,
	}
}

func (t *Tool) move(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	buckets, err := bucketsOf(c)
	if err != nil {
		return err
	}
	from, to := buckets[0], buckets[1]
	return t.withJob(ctx, c, "Rename "+from.String()+" => "+to.String(), func(client *api.Client) (string, error) {
		return client.RenameBucket(ctx, from, to)
	})
}

func (t *Tool) evictCommand(ctx context.Context) cli.Command {
	return t.remoteCommand(ctx, "evict", "drop the local copies of objects of a remote bucket", (*api.Client).EvictObjects)
}

func (t *Tool) prefetchCommand(ctx context.Context) cli.Command {
	return t.remoteCommand(ctx, "prefetch", "fetch objects of a remote bucket", (*api.Client).PrefetchObjects)
}

// remoteCommand is a command about the objects of a remote bucket.
func (t *Tool) remoteCommand(ctx context.Context, name, usage string, start func(*api.Client, context.Context, wire.Bucket, wire.Selector) (string, error)) cli.Command {
	return cli.Command{
		Name:      name,
		Usage:     usage,
		ArgsUsage: "BUCKET[/OBJECT]",
		Flags: []cli.Flag{
			namesFlag(), templateFlag(), prefixFlag("only objects whose names begin with this"),
			waitFlag(), waitTimeFlag(), progressFlag(),
		},
		Description: "   ais " + name + " s3://images --template \"shard-{000..099}.tar\" --wait\n",
		Action: func(c *cli.Context) error {
			if err := wantArguments(c, 1, 1); err != nil {
				return err
			}
			b, object, err := parseName(c.Args().First())
			if err != nil {
				return err
			}
			s, _, err := selectionOf(c, "")
			if err != nil {
				return err
			}
			which := wire.Selector{Names: s.names, Template: s.template.String() + s.prefix}
			if object != "" {
				which = wire.Selector{Names: []string{object}}
			}
			return t.withJob(ctx, c, name+" "+b.String(), func(client *api.Client) (string, error) { return start(client, ctx, b, which) })
		},
	}
}
