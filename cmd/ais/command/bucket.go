package command

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

func (t *Tool) createCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "create",
		Usage:     "create buckets",
		ArgsUsage: "BUCKET [BUCKET...]",
		Flags: []cli.Flag{
			cli.StringSliceFlag{Name: "props, bucket-props", Usage: `properties, as "mirror.enabled=true mirror.copies=2", or JSON`},
			ignoreErrorFlag(),
		},
		Action: with(ctx, t.create),
		Description: `   ais create ais://train
   ais create ais://train ais://test --ignore-error
   ais create ais://scratch --props "durability=relaxed versioning.enabled=false"
`,
	}
}

func (t *Tool) create(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	var words []string
	for _, group := range c.StringSlice("props") {
		words = append(words, splitProps(group)...)
	}
	props, err := parseProps(words)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		props = nil
	}
	return t.eachBucket(ctx, c, errs.Exists, func(client *api.Client, b wire.Bucket) error {
		if err := client.CreateBucket(ctx, b, props); err != nil {
			return err
		}
		return t.printf("%q created\n", b)
	})
}

// splitProps cuts "a=b c=d" at spaces; JSON stays whole.
func splitProps(group string) []string {
	if strings.HasPrefix(strings.TrimSpace(group), "{") {
		return []string{group}
	}
	return strings.Fields(group)
}

// eachBucket calls do for every bucket of the arguments. With --ignore-error
// an error of kind harmless is only noted.
func (t *Tool) eachBucket(ctx context.Context, c *cli.Context, harmless errs.Kind, do func(*api.Client, wire.Bucket) error) error {
	buckets, err := bucketsOf(c)
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, b := range buckets {
		err := do(client, b)
		if errors.Is(err, harmless) && c.Bool("ignore-error") {
			t.notef("Warning: %s\n", errs.PublicOf(err))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Tool) destroyCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "rmb",
		Usage:     "remove buckets with all that is in them",
		ArgsUsage: "BUCKET [BUCKET...]",
		Flags:     []cli.Flag{yesFlag(), ignoreErrorFlag()},
		Action:    with(ctx, t.destroy),
		Description: `   ais rmb ais://test
   ais rmb ais://train --yes
`,
	}
}

func (t *Tool) destroy(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	return t.eachBucket(ctx, c, errs.NotFound, func(client *api.Client, b wire.Bucket) error {
		page, err := client.ListPage(ctx, b, wire.ListRequest{PageSize: 1, Flags: wire.ListNameOnly})
		if err != nil {
			return err
		}
		if len(page.Entries) > 0 {
			if err := t.confirm(c, "%q is not empty. Remove it with all its objects?", b); err != nil {
				return err
			}
		}
		if err := client.DestroyBucket(ctx, b); err != nil {
			return err
		}
		return t.printf("%q destroyed\n", b)
	})
}

// bucketCommand is "ais bucket", which has other names for some commands,
// and what is only about buckets.
func (t *Tool) bucketCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "bucket",
		Usage: "create, list, show, copy, rename, remove buckets, and set their properties",
		Subcommands: []cli.Command{
			t.createCommand(ctx),
			named(t.destroyCommand(ctx), "rm"),
			t.listCommand(ctx),
			named(t.showBucketCommand(ctx), "show"),
			t.copyCommand(ctx),
			t.moveCommand(ctx),
			t.evictCommand(ctx),
			t.summaryCommand(ctx),
			{
				Name:  "props",
				Usage: "show, set and reset properties of a bucket",
				Subcommands: []cli.Command{
					named(t.showBucketCommand(ctx), "show"),
					t.setPropsCommand(ctx),
					t.resetPropsCommand(ctx),
				},
			},
		},
	}
}

// named returns a command under another name.
func named(c cli.Command, name string) cli.Command {
	c.Name, c.Aliases = name, nil
	return c
}

func (t *Tool) setPropsCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "set",
		Usage:     "set properties of a bucket",
		ArgsUsage: "BUCKET KEY=VALUE...|JSON",
		Action:    with(ctx, t.setProps),
		Description: `   ais bucket props set ais://train mirror.enabled=true mirror.copies=2
   ais bucket props set ais://train access=ro
   ais bucket props set ais://train '{"checksum": {"type": "sha256"}}'
`,
	}
}

func (t *Tool) setProps(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, -1); err != nil {
		return err
	}
	b, err := parseBucket(c.Args().First())
	if err != nil {
		return err
	}
	props, err := parseProps(c.Args().Tail())
	if err != nil {
		return err
	}
	return t.changeProps(ctx, b, func(client *api.Client) (string, error) {
		return client.SetBucketProps(ctx, b, props)
	})
}

func (t *Tool) resetPropsCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:        "reset",
		Usage:       "set all properties of a bucket to the cluster's defaults",
		ArgsUsage:   "BUCKET",
		Action:      with(ctx, t.resetProps),
		Description: "   ais bucket props reset ais://train\n",
	}
}

func (t *Tool) resetProps(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	b, err := parseBucket(c.Args().First())
	if err != nil {
		return err
	}
	return t.changeProps(ctx, b, func(client *api.Client) (string, error) {
		return client.ResetBucketProps(ctx, b)
	})
}

// changeProps carries out a change of properties and prints what is
// different after it.
func (t *Tool) changeProps(ctx context.Context, b wire.Bucket, change func(*api.Client) (job string, err error)) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	before, err := flatProps(ctx, client, b)
	if err != nil {
		return err
	}
	job, err := change(client)
	if err != nil {
		return err
	}
	after, err := flatProps(ctx, client, b)
	if err != nil {
		return err
	}
	if err := t.printDifference(b, before, after); err != nil || job == "" {
		return err
	}
	return t.printf("Started job %s\n", job)
}

func flatProps(ctx context.Context, client *api.Client, b wire.Bucket) ([]setting, error) {
	props, err := client.HeadBucket(ctx, b)
	if err != nil {
		return nil, err
	}
	return flatten(props)
}

func (t *Tool) printDifference(b wire.Bucket, before, after []setting) error {
	old := make(map[string]string, len(before))
	for _, s := range withAccess(before) {
		old[s.Name] = s.Value
	}
	changed := 0
	for _, s := range withAccess(after) {
		if was := old[s.Name]; was != s.Value {
			changed++
			if err := t.printf("%q: %q is now %q (was %q)\n", b, s.Name, s.Value, was); err != nil {
				return err
			}
		}
	}
	if changed == 0 {
		return t.printf("%q: nothing changed\n", b)
	}
	return nil
}
