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
		ArgsUsage: "BUCKET[/OBJECT] BUCKET[/OBJECT]",
		Flags: append(selectionFlags("only objects whose names begin with this"),
			cli.BoolFlag{Name: "all", Usage: "all objects (default)"},
			cli.StringFlag{Name: "prepend", Usage: `put before each name, as "dir/"`},
			cli.StringFlag{Name: "ext", Usage: `replace extensions, as "jpeg:jpg,txt:md"`},
			continueFlag(), workersFlag(), dryRunFlag(), waitFlag(), waitTimeFlag(), progressFlag(), jsonFlag(),
		),
		Action: with(ctx, t.copy),
		Description: `   ais cp ais://train ais://backup
   ais cp ais://train/cats/1.jpg ais://backup         # as ais://backup/cats/1.jpg
   ais cp ais://train/cats/ ais://backup/old/         # as ais://backup/old/cats/1.jpg and so on
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
	from, object, err := parseName(c.Args().First())
	if err != nil {
		return err
	}
	to, below, err := parseName(c.Args().Get(1))
	if err != nil {
		return err
	}
	s, several, err := selectionOf(c, object)
	if err != nil {
		return err
	}
	if object != "" && !several {
		return t.copyOne(ctx, c, from, object, to, below)
	}
	o, err := copyOptions(c, below)
	if err != nil {
		return err
	}
	which, err := s.selector(c)
	if err != nil {
		return err
	}
	return t.withJob(ctx, c, "Copy "+from.String()+" => "+to.String(), func(client *api.Client) (string, error) {
		if which.Listed() {
			return client.CopyObjects(ctx, from, wire.CopyObjects{
				Selector: which, To: &to, Prepend: o.Prepend, Ext: o.Ext, DryRun: o.DryRun,
			})
		}
		o.Prefix = s.prefix
		return client.CopyBucket(ctx, from, to, o)
	})
}

// copyOptions reads how several objects are copied, below a directory of the
// destination if it names one.
func copyOptions(c *cli.Context, below string) (wire.CopyOptions, error) {
	o := wire.CopyOptions{
		Prepend: c.String("prepend"), DryRun: c.Bool("dry-run"), Continue: c.Bool("cont-on-err"),
		Workers: c.Int("num-workers"), NoRecurse: c.Bool("non-recursive"),
	}
	switch {
	case below != "" && !strings.HasSuffix(below, "/"):
		return o, misused(c, "several objects go to a bucket or below a directory: want BUCKET/"+below+"/")
	case below != "" && o.Prepend != "":
		return o, misused(c, "the destination names a directory, and --prepend another one")
	case below != "":
		o.Prepend = below
	}
	var err error
	o.Ext, err = extensions(c)
	return o, err
}

// copyOne copies one object, under its name if the destination has none.
func (t *Tool) copyOne(ctx context.Context, c *cli.Context, from wire.Bucket, name string, to wire.Bucket, toName string) error {
	if toName == "" || strings.HasSuffix(toName, "/") {
		toName += name
	}
	if !c.Bool("dry-run") {
		client, err := t.connect(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		if err := client.Copy(ctx, from, name, to, toName); err != nil {
			return err
		}
	}
	return t.printf("%s => %s\n", printable(from.ObjectString(name)), printable(to.ObjectString(toName)))
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
		Flags:     jobFlags(),
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
		Flags: append(selectionFlags("only objects whose names begin with this"),
			continueFlag(), workersFlag(), waitFlag(), waitTimeFlag(), progressFlag(), jsonFlag(),
		),
		Description: "   ais " + name + " s3://images --template \"shard-{000..099}.tar\" --wait\n",
		Action: func(c *cli.Context) error {
			if err := wantArguments(c, 1, 1); err != nil {
				return err
			}
			b, object, err := parseName(c.Args().First())
			if err != nil {
				return err
			}
			s, several, err := selectionOf(c, object)
			if err != nil {
				return err
			}
			if object != "" && !several {
				s.names = []string{object}
			}
			which, err := s.selector(c)
			if err != nil {
				return err
			}
			return t.withJob(ctx, c, name+" "+b.String(), func(client *api.Client) (string, error) { return start(client, ctx, b, which) })
		},
	}
}
