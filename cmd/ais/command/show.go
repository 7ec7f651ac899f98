package command

import (
	"context"
	"strconv"

	"github.com/urfave/cli"

	"aistore/access"
)

func (t *Tool) showCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "show",
		Usage: "show the cluster, its configuration, a bucket, an object, jobs, storage",
		Subcommands: []cli.Command{
			t.showClusterCommand(ctx),
			t.showBucketCommand(ctx),
			t.showObjectCommand(ctx),
			t.showJobCommand(ctx),
			t.showStorageCommand(ctx),
			t.showConfigCommand(ctx),
		},
	}
}

func (t *Tool) showBucketCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "bucket",
		Usage:     "show the properties of a bucket, or without one, how much is in each",
		ArgsUsage: "[BUCKET [SECTION]]",
		Flags:     []cli.Flag{noHeaderFlag(), jsonFlag()},
		Action:    with(ctx, t.showBucket),
		Description: `   ais show bucket
   ais show bucket ais://train
   ais show bucket ais://train mirror
`,
	}
}

func (t *Tool) showBucket(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 2); err != nil {
		return err
	}
	if c.NArg() == 0 {
		return t.summary(ctx, c)
	}
	b, err := parseBucket(c.Args().First())
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	props, err := client.HeadBucket(ctx, b)
	if err != nil {
		return err
	}
	if c.Bool("json") && c.NArg() == 1 {
		return t.printJSON(props)
	}
	return t.showSection(c, props, c.Args().Get(1))
}

// showSection prints the settings of v that are in a section, all with "".
func (t *Tool) showSection(c *cli.Context, v any, section string) error {
	all, err := flatten(v)
	if err != nil {
		return err
	}
	some := within(all, section)
	if len(some) == 0 {
		return misused(c, "no section \""+section+"\""+suggestSection(section, all))
	}
	if c.Bool("json") {
		values := make(map[string]string, len(some))
		for _, s := range some {
			values[s.Name] = s.Value
		}
		return t.printJSON(values)
	}
	return t.printSettings(c.Bool("no-headers"), withAccess(some))
}

// withAccess writes access rights as words.
func withAccess(settings []setting) []setting {
	for i, s := range settings {
		if bits, err := strconv.ParseUint(s.Value, 10, 64); err == nil && s.Name == "access" {
			settings[i].Value = access.Bits(bits).String()
		}
	}
	return settings
}

func suggestSection(section string, all []setting) string {
	var names []string
	for _, s := range all {
		names = append(names, firstPart(s.Name), s.Name)
	}
	if near := nearest(section, names); near != "" {
		return ", did you mean \"" + near + "\"?"
	}
	return ""
}
