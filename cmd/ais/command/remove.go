package command

import (
	"context"
	"iter"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

func (t *Tool) removeCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "rm",
		Usage:     "remove objects",
		ArgsUsage: "BUCKET/OBJECT [BUCKET/OBJECT...] | BUCKET",
		Flags: append(selectionFlags("all objects whose names begin with this"),
			cli.BoolFlag{Name: "all", Usage: "all objects of the bucket"},
			dryRunFlag(), yesFlag(), continueFlag(), workersFlag(),
			cli.BoolFlag{Name: "dont-wait", Usage: "return when the job has started, with its id"},
			cli.BoolFlag{Name: "wait", Usage: "wait until all are gone (default)"},
			waitTimeFlag(), progressFlag(), concurrencyFlag(),
		),
		Action: with(ctx, t.remove),
		Description: `   ais rm ais://train/cats/1.jpg ais://train/cats/2.jpg
   ais rm ais://train --list cats/1.jpg,cats/2.jpg
   ais rm ais://train --template "shard-{000..099}.tar"
   ais rm ais://train/tmp/ --yes                      # all below tmp/
   ais rm ais://train --prefix tmp/ --non-recursive --dry-run
   ais rm ais://train --all --dont-wait

   Objects that are named one by one must exist. The others are removed by a
   job, on all targets at the same time.
`,
	}
}

func (t *Tool) remove(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
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
	if !several {
		return t.removeNamed(ctx, c)
	}
	if c.NArg() > 1 {
		return misused(c, "one bucket at a time, when objects are given by option")
	}
	which, err := s.selector(c)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return t.nameSelected(ctx, b, s)
	}
	if s.listed() {
		what := "Remove all objects of %q?"
		if !s.all {
			what = "Remove all objects of %q that begin with \"" + s.prefix + "\"?"
		}
		if err := t.confirm(c, what, b); err != nil {
			return err
		}
	}
	return t.removeSelected(ctx, c, b, s, which)
}

// removeSelected has the cluster remove objects of a bucket.
func (t *Tool) removeSelected(ctx context.Context, c *cli.Context, b wire.Bucket, s selection, which wire.Selector) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := client.DeleteObjects(ctx, b, which)
	if err != nil {
		return err
	}
	if c.Bool("dont-wait") {
		return t.printStarted(c, "Remove objects of "+b.String(), id)
	}
	p, err := t.watchJob(ctx, c, client, id)
	if err != nil {
		return err
	}
	if missing := s.count() - p.objects; missing > 0 {
		return t.printf("Removed %s, %d did not exist\n", countObjects(p.objects), missing)
	}
	return t.printf("Removed %s\n", countObjects(p.objects))
}

// target is one object to remove.
type target struct {
	bucket wire.Bucket
	name   string
}

// removeNamed removes the objects that are arguments. One that does not exist
// is an error.
func (t *Tool) removeNamed(ctx context.Context, c *cli.Context) error {
	var targets []target
	for _, arg := range c.Args() {
		b, object, err := parseName(arg)
		if err != nil {
			return err
		}
		if object == "" {
			return misused(c, "\""+arg+"\" is a bucket: say which of its objects with --all, --prefix, --list or --template; \"ais rmb\" removes a bucket")
		}
		targets = append(targets, target{b, object})
	}
	if c.Bool("dry-run") {
		return t.nameTargets(sequenceOf(targets))
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	work := &batch{tool: t, verb: "removed", limit: c.Int("conc")}
	return each(ctx, work, sequenceOf(targets), func(ctx context.Context, o target) error {
		if err := client.Delete(ctx, o.bucket, o.name); err != nil {
			return err
		}
		return work.sayf("%s removed\n", printable(o.bucket.ObjectString(o.name)))
	})
}

// nameSelected says which objects a selection is about.
func (t *Tool) nameSelected(ctx context.Context, b wire.Bucket, s selection) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return t.nameTargets(s.targets(ctx, client, b))
}

func (t *Tool) nameTargets(targets iter.Seq2[target, error]) error {
	for o, err := range targets {
		if err != nil {
			return err
		}
		if err := t.printf("%s would be removed\n", printable(o.bucket.ObjectString(o.name))); err != nil {
			return err
		}
	}
	return nil
}

// targets yields the objects of a selection.
func (s selection) targets(ctx context.Context, client *api.Client, b wire.Bucket) iter.Seq2[target, error] {
	return func(yield func(target, error) bool) {
		for entry, err := range s.entries(ctx, client, b) {
			if err != nil {
				yield(target{}, err)
				return
			}
			if !entry.IsDir() && !yield(target{b, entry.Name}, nil) {
				return
			}
		}
	}
}
