package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
)

func (t *Tool) catCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cat",
		Usage:     "write objects to standard output",
		ArgsUsage: "BUCKET/OBJECT [BUCKET/OBJECT...]",
		Flags: append(rangeFlags(),
			cli.StringFlag{Name: "archpath", Usage: "write this member of an archive"}, formatFlag()),
		Action: with(ctx, t.cat),
		Description: `   ais cat ais://train/README.md
   ais cat ais://train/images.tar --offset -1KiB | hexdump -C
   ais cat ais://train/images.tar --archpath cats/1.txt
`,
	}
}

func (t *Tool) cat(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	o, err := getOptions(c)
	if err != nil {
		return err
	}
	for _, arg := range c.Args() {
		b, object, err := parseObject(arg)
		if err != nil {
			return err
		}
		if wantsMembers(c) {
			if o != (api.GetOptions{}) {
				return misused(c, "a member is read whole: leave out --offset, --length and --checksum")
			}
			err = t.getMember(ctx, c, b, object, "-", memberOptions(c))
		} else {
			err = t.copyOut(ctx, b, object, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
