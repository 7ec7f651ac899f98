package command

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/urfave/cli"

	"aistore/api/wire"
)

func (t *Tool) promoteCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "promote",
		Usage:     "make objects of files that the targets see on their disks",
		ArgsUsage: "FILE|DIRECTORY BUCKET[/OBJECT]",
		Flags: []cli.Flag{
			cli.BoolFlag{Name: "recursive, r", Usage: "also the directories below a directory"},
			cli.BoolFlag{Name: "overwrite-dst, o", Usage: "replace objects that there are"},
			cli.BoolFlag{Name: "delete-src", Usage: "remove each file that has become an object"},
			cli.StringFlag{Name: "target-id", Usage: "the target that has the files, when they are on one only"},
			cli.BoolFlag{Name: "not-file-share", Usage: "each target has other files under that path: do not divide them"},
			waitFlag(), waitTimeFlag(), progressFlag(), jsonFlag(),
		},
		Action: with(ctx, t.promote),
		Description: `   ais object promote /mnt/share/cat.jpg ais://train/cats/1.jpg
   ais object promote /mnt/share/images ais://train/all/ --recursive --wait

   The path is one on the targets, not on this machine. A directory is a job.
`,
	}
}

func (t *Tool) promote(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	source := c.Args().First()
	if !filepath.IsAbs(source) {
		return misused(c, "\""+source+"\": the path is one on the targets and begins with a slash")
	}
	b, object, err := parseName(c.Args().Get(1))
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := client.Promote(ctx, b, wire.Promotion{
		Source: source, Object: object, Target: c.String("target-id"), Recursive: c.Bool("recursive"),
		Overwrite: c.Bool("overwrite-dst"), DeleteSource: c.Bool("delete-src"), NotShared: c.Bool("not-file-share"),
	})
	if err != nil {
		return err
	}
	if id != "" {
		return t.startedJob(ctx, c, client, "Promote "+printable(source), id)
	}
	if object == "" || strings.HasSuffix(object, "/") {
		object += filepath.Base(source)
	}
	return t.printf("%s => %s\n", printable(source), printable(b.ObjectString(object)))
}
