package command

import (
	"context"
	"errors"
	"iter"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

func (t *Tool) removeCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "rm",
		Usage:     "remove objects",
		ArgsUsage: "BUCKET/OBJECT [BUCKET/OBJECT...] | BUCKET",
		Flags: []cli.Flag{
			namesFlag(), templateFlag(), prefixFlag("all objects whose names begin with this"),
			cli.BoolFlag{Name: "all", Usage: "all objects of the bucket"},
			cli.BoolFlag{Name: "wait", Usage: "wait until all are gone, which it does in any case"},
			yesFlag(), concurrencyFlag(), progressFlag(), dryRunFlag(), verboseFlag(),
		},
		Action: with(ctx, t.remove),
		Description: `   ais rm ais://train/cats/1.jpg ais://train/cats/2.jpg
   ais rm ais://train --list cats/1.jpg,cats/2.jpg
   ais rm ais://train --template "shard-{000..099}.tar"
   ais rm ais://train --prefix tmp/ --yes
   ais rm ais://train --all
`,
	}
}

// target is one object to remove.
type target struct {
	bucket wire.Bucket
	name   string
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
	if s.listed() && !c.Bool("dry-run") {
		what := "Remove all objects of %q?"
		if !s.all {
			what = "Remove all objects of %q that begin with \"" + s.prefix + "\"?"
		}
		if err := t.confirm(c, what, b); err != nil {
			return err
		}
	}
	return t.removeAll(ctx, c, false, func(client *api.Client) iter.Seq2[target, error] {
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
	})
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
	return t.removeAll(ctx, c, true, func(*api.Client) iter.Seq2[target, error] { return sequenceOf(targets) })
}

// removeAll removes objects. With strict, those that do not exist are errors.
func (t *Tool) removeAll(ctx context.Context, c *cli.Context, strict bool, targets func(*api.Client) iter.Seq2[target, error]) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Bool("dry-run") {
		return t.nameTargets(targets(client))
	}
	work := &batch{tool: t, verb: "removed", limit: c.Int("conc"), progress: nil}
	if !strict {
		work.progress = t.newProgress(ctx, c, 0, 0)
	}
	var missing counter
	err = each(ctx, work, targets(client), func(ctx context.Context, o target) error {
		err := client.Delete(ctx, o.bucket, o.name)
		if errors.Is(err, errs.NotFound) && !strict && errs.CodeOf(err) != errs.CodeBucketNotFound {
			missing.Add(1)
			return nil
		}
		if err == nil && (strict || c.Bool("verbose")) {
			err = work.sayf("%s removed\n", printable(o.bucket.ObjectString(o.name)))
		}
		return err
	})
	if err != nil || strict {
		return err
	}
	if n := missing.Load(); n > 0 {
		return t.printf("Removed %s, %d did not exist\n", countObjects(work.done-n), n)
	}
	return t.printf("Removed %s\n", countObjects(work.done))
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
