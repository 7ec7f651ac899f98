package command

import (
	"context"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

func (t *Tool) archiveBucketCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "bucket",
		Usage:     "put objects of a bucket into an archive",
		ArgsUsage: "BUCKET BUCKET/OBJECT",
		Flags: append(selectionFlags("only objects whose names begin with this"),
			cli.BoolFlag{Name: "append-or-put", Usage: "add to the archive if it exists"},
			cli.BoolFlag{Name: "include-src-bck", Usage: "name members with their bucket"},
			cli.BoolFlag{Name: "base-names", Usage: "name members by what follows the last slash"},
			cli.BoolFlag{Name: "cont-on-err", Usage: "leave out objects that cannot be read"},
			cli.BoolFlag{Name: "skip-missing", Usage: "leave out objects that do not exist"},
			formatFlag(), waitFlag(), waitTimeFlag(), progressFlag(), jsonFlag(),
		),
		Action: with(ctx, t.archiveBucket),
		Description: `   ais archive bucket ais://train ais://shards/all.tar --wait
   ais archive bucket ais://train ais://shards/cats.tar.gz --template "cats/{000..999}.jpg"
   ais archive bucket ais://train ais://train/some.zip --list a.jpg,b.jpg --append-or-put
`,
	}
}

func (t *Tool) archiveBucket(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	from, object, err := parseName(c.Args().First())
	if err != nil {
		return err
	}
	if object != "" && !strings.HasSuffix(object, "/") {
		return misused(c, "\""+c.Args().First()+"\" is an object: choose objects with --list, --template or --prefix")
	}
	to, name, err := parseObject(c.Args().Get(1))
	if err != nil {
		return err
	}
	s, _, err := selectionOf(c, object)
	if err != nil {
		return err
	}
	which, err := s.selector(c)
	if err != nil {
		return err
	}
	if !isArchiveName(name) && c.String("archmime") == "" {
		return misused(c, "it is not seen what kind of archive \""+name+"\" is: let its name end with "+
			strings.Join(archiveExtensions(), ", ")+", or say --archmime")
	}
	a := wire.ArchiveObjects{
		Selector: which,
		Name:     name, Mime: c.String("archmime"), To: &to,
		InBucketName: c.Bool("include-src-bck"), BaseNameOnly: c.Bool("base-names"),
		Append: c.Bool("append-or-put"), SkipMissing: c.Bool("skip-missing"),
	}
	what := "Archive " + from.String() + " => " + to.ObjectString(name)
	return t.withJob(ctx, c, what, func(client *api.Client) (string, error) { return client.ArchiveObjects(ctx, from, a) })
}
