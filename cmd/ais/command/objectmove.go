package command

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli"
)

func (t *Tool) moveObjectCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "mv",
		Usage:     "give an object another name in its bucket",
		ArgsUsage: "BUCKET/OBJECT NEW_NAME",
		Action:    with(ctx, t.moveObject),
		Description: `   ais object mv ais://train/cats/1.jpg cats/one.jpg
`,
	}
}

func (t *Tool) moveObject(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	b, name, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	to := strings.TrimPrefix(c.Args().Get(1), b.ObjectString(""))
	if strings.Contains(to, "://") {
		return misused(c, "an object stays in its bucket: want NEW_NAME; \"ais object cp\" copies it to another one")
	}
	if err := client.Rename(ctx, b, name, to); err != nil {
		return err
	}
	return t.printf("%s => %s\n", printable(b.ObjectString(name)), printable(b.ObjectString(to)))
}

func (t *Tool) copyObjectCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cp",
		Usage:     "copy an object, with its custom pairs",
		ArgsUsage: "BUCKET/OBJECT BUCKET[/OBJECT]",
		Action:    with(ctx, t.copyObject),
		Description: `   ais object cp ais://train/cats/1.jpg ais://train/copies/1.jpg
   ais object cp ais://train/cats/1.jpg ais://backup      # as ais://backup/cats/1.jpg
`,
	}
}

func (t *Tool) copyObject(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	from, name, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	to, toName, err := parseName(c.Args().Get(1))
	if err != nil {
		return err
	}
	return t.copyOne(ctx, c, from, name, to, toName)
}

func (t *Tool) concatCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "concat",
		Usage:     "append files, one after the other, to an object that need not be there",
		ArgsUsage: "FILE|DIRECTORY|TEMPLATE|- [...] BUCKET/OBJECT",
		Flags:     []cli.Flag{cli.BoolFlag{Name: "recursive, r", Usage: "also the directories below a directory"}},
		Action:    with(ctx, t.concat),
		Description: `   ais object concat part1.csv part2.csv ais://train/all.csv
   ais object concat "day-{01..31}.log" ais://logs/2026-01.log
   date | ais object concat - ais://logs/dates

   Nobody sees the object change before all of them are there.
`,
	}
}

func (t *Tool) concat(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, -1); err != nil {
		return err
	}
	sources, destination := c.Args()[:c.NArg()-1], c.Args()[c.NArg()-1]
	b, name, err := parseObject(destination)
	if err != nil {
		return err
	}
	var paths []string
	if len(sources) == 1 && sources[0] == "-" {
		paths = sources
	} else {
		found, err := findSources(sources, c.Bool("recursive"))
		if err != nil {
			return err
		}
		for _, f := range found.files {
			paths = append(paths, f.path)
		}
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	handle := ""
	for _, path := range paths {
		from, size, err := t.openSource(path)
		if err != nil {
			return err
		}
		handle, err = client.Append(ctx, b, name, handle, from, size)
		if err = errors.Join(err, from.Close()); err != nil {
			return err
		}
	}
	if err := client.Flush(ctx, b, name, handle); err != nil {
		return err
	}
	return t.printf("%s => %s\n", plural(len(paths), "file", "files"), printable(b.ObjectString(name)))
}

// openSource opens a file, or standard input for "-", whose size is -1.
func (t *Tool) openSource(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(t.Stdin), -1, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fileError(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(fileError(path, err), f.Close())
	}
	return f, info.Size(), nil
}
