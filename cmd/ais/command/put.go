package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/internal/units"
)

func (t *Tool) putCommand(ctx context.Context) cli.Command {
	flags := append(memberPutFlags(),
		cli.BoolFlag{Name: "recursive, r", Usage: "also the directories below a directory"},
		concurrencyFlag(), progressFlag(), dryRunFlag(), yesFlag(), verboseFlag(),
		cli.BoolFlag{Name: "compute-checksum", Usage: "send the checksum of what is on disk, so that the cluster notices when it gets something else"},
		cli.BoolFlag{Name: "compute-cksum", Usage: "the same", Hidden: true},
		cli.StringFlag{Name: "chunk-size", Usage: "upload larger files in parts of this size, several at a time, such as 64MiB"},
		cli.BoolFlag{Name: "skip-vc", Usage: "do not look at the object that is replaced"},
	)
	for _, kind := range checksum.Kinds()[2:] { // the first are none, and the old name of xxhash2
		flags = append(flags, cli.StringFlag{Name: string(kind), Usage: "store only what has this checksum (hex)"})
	}
	return cli.Command{
		Name:      "put",
		Usage:     "store files, directories, or standard input as objects",
		ArgsUsage: "FILE|DIRECTORY|TEMPLATE|- [...] BUCKET[/OBJECT]",
		Flags:     flags,
		Action:    with(ctx, t.put),
		Description: `   ais put img.jpg ais://train                        # as ais://train/img.jpg
   ais put img.jpg ais://train/cats/1.jpg
   ais put -r images ais://train/all --yes            # images/a/b.jpg as ais://train/all/a/b.jpg
   ais put "shard-{000..999}.tar" ais://train --conc 16
   tar c images | ais put - ais://train/images.tar
   ais put large.tar ais://train --chunk-size 64MiB

   Of several files, the object named in the destination is a directory.
`,
	}
}

func (t *Tool) put(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, -1); err != nil {
		return err
	}
	sources, destination := c.Args()[:c.NArg()-1], c.Args()[c.NArg()-1]
	b, object, err := parseName(destination)
	if err != nil {
		return err
	}
	if err := checkDestination(object); err != nil {
		return badName(destination, err)
	}
	o, err := putOptions(c)
	if err != nil {
		return err
	}
	if member := c.String("archpath"); member != "" {
		if len(sources) != 1 || c.Bool("recursive") || c.Bool("dry-run") {
			return misused(c, "--archpath is for one file, without --recursive or --dry-run")
		}
		return t.putMember(ctx, c, sources[0], b, object, member, o)
	}
	if c.Bool("append") || c.Bool("append-or-put") || c.Bool("create") || c.String("archmime") != "" {
		return misused(c, "--append, --append-or-put, --create and --archmime go with --archpath")
	}
	if len(sources) == 1 && sources[0] == "-" {
		return t.putStdin(ctx, c, b, object, o)
	}
	found, err := findSources(sources, c.Bool("recursive"))
	if err != nil {
		return err
	}
	uploads := found.uploads(object)
	if !o.Checksum.IsZero() && len(uploads) != 1 {
		return misused(c, "a checksum is of one file")
	}
	if c.Bool("dry-run") {
		return t.describe(found, uploads, b, true)
	}
	if found.many && t.StdinTerminal && !c.Bool("yes") {
		if err := t.describe(found, uploads, b, false); err != nil {
			return err
		}
		if err := t.confirm(c, "Store them in %q?", b); err != nil {
			return err
		}
	}
	return t.putAll(ctx, c, b, uploads, found.bytes(), o)
}

// checkDestination refuses an object or a directory that no object can be, or be in.
func checkDestination(object string) error {
	if object == "" || strings.HasSuffix(object, "/") {
		object += "x"
	}
	return wire.ValidateObjectName(object)
}

// putOptions reads the options of one object.
func putOptions(c *cli.Context) (api.PutOptions, error) {
	o := api.PutOptions{SkipVersion: c.Bool("skip-vc")}
	for _, kind := range checksum.Kinds()[2:] {
		text := c.String(string(kind))
		if text == "" {
			continue
		}
		if !o.Checksum.IsZero() {
			return o, misused(c, "one checksum is enough")
		}
		sum, err := checksum.ParseSum(kind, text)
		if err != nil {
			return o, err
		}
		o.Checksum = sum
	}
	return o, nil
}

// computes tells whether the checksum of a file is to be sent with it.
func computes(c *cli.Context) bool { return c.Bool("compute-checksum") || c.Bool("compute-cksum") }

// upload is one file and the object that it becomes.
type upload struct {
	path   string
	object string
	size   int64
}

// putAll stores files, several at a time.
func (t *Tool) putAll(ctx context.Context, c *cli.Context, b wire.Bucket, uploads []upload, bytes int64, o api.PutOptions) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if computes(c) && o.Checksum.IsZero() {
		if o.Compute, err = checksumKind(ctx, client, b); err != nil {
			return err
		}
	}
	part, err := chunkSize(c)
	if err != nil {
		return err
	}
	if part > 0 && !o.Checksum.IsZero() {
		return misused(c, "a checksum is of a file that is stored whole: leave out --chunk-size")
	}
	work := &batch{tool: t, verb: "stored", limit: c.Int("conc"), progress: t.newProgress(ctx, c, int64(len(uploads)), bytes)}
	verbose := c.Bool("verbose") || len(uploads) == 1
	err = each(ctx, work, sequenceOf(uploads), func(ctx context.Context, u upload) error {
		var err error
		if part > 0 && u.size > part {
			err = putParts(ctx, client, b, u, part, o, work.progress)
		} else {
			err = putFile(ctx, client, b, u, o, work.progress)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", u.path, err)
		}
		if verbose {
			return work.sayf("%s => %s\n", printable(u.path), printable(b.ObjectString(u.object)))
		}
		return nil
	})
	if err == nil && len(uploads) != 1 {
		err = t.printf("Stored %s (%s) in %q\n", countObjects(work.done), units.Size(bytes).Human(), b)
	}
	return err
}

// putFile stores one file. Only where somebody watches it is worth counting
// the bytes of a file on their way.
func putFile(ctx context.Context, client *api.Client, b wire.Bucket, u upload, o api.PutOptions, p *progress) error {
	const watched = 8 << 20
	if p == nil || u.size < watched {
		_, err := client.PutFile(ctx, b, u.object, u.path, o)
		if err == nil {
			p.bytes(u.size)
		}
		return err
	}
	f, err := os.Open(u.path)
	if err != nil {
		return fileError(u.path, err)
	}
	defer f.Close()
	_, err = client.Put(ctx, b, u.object, countingFile{f, p}, o)
	return err
}

// checksumKind returns the kind of checksum that a bucket keeps.
func checksumKind(ctx context.Context, client *api.Client, b wire.Bucket) (checksum.Kind, error) {
	props, err := client.HeadBucket(ctx, b)
	if err != nil {
		return "", err
	}
	return checksum.ParseKind(string(props.Checksum.Type))
}

func (t *Tool) putStdin(ctx context.Context, c *cli.Context, b wire.Bucket, object string, o api.PutOptions) error {
	if object == "" || strings.HasSuffix(object, "/") {
		return misused(c, "standard input has no name: want BUCKET/OBJECT")
	}
	if computes(c) {
		return misused(c, "--compute-checksum needs a file, standard input can be read only once")
	}
	if c.Bool("dry-run") {
		return t.printf("- => %s\n", printable(b.ObjectString(object)))
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	p := t.newProgress(ctx, c, 0, 0)
	_, err = client.Put(ctx, b, object, p.reader(t.Stdin), o)
	if err == nil {
		p.object()
	}
	p.finish()
	if err != nil {
		return err
	}
	return t.printf("- => %s\n", printable(b.ObjectString(object)))
}

// describe says what would be stored: by extension, and the first objects.
func (t *Tool) describe(found sources, uploads []upload, b wire.Bucket, names bool) error {
	const first = 10
	out := t.newTable(false, "EXTENSION", ">FILES", ">SIZE")
	for _, e := range found.extensions() {
		out.add(e.name, fmt.Sprint(e.files), units.Size(e.bytes).Human())
	}
	if err := out.flush(); err != nil {
		return err
	}
	if !names {
		return nil
	}
	for i, u := range uploads {
		if i == first {
			return t.printf("... and %d more\n", len(uploads)-first)
		}
		if err := t.printf("%s => %s\n", printable(u.path), printable(b.ObjectString(u.object))); err != nil {
			return err
		}
	}
	return nil
}

// uploads names the objects that the files become, given the object part of
// the destination.
func (s sources) uploads(object string) []upload {
	if !s.many && object != "" && !strings.HasSuffix(object, "/") {
		return []upload{{s.files[0].path, object, s.files[0].size}}
	}
	if object != "" && !strings.HasSuffix(object, "/") {
		object += "/"
	}
	uploads := make([]upload, len(s.files))
	for i, f := range s.files {
		uploads[i] = upload{f.path, object + f.name, f.size}
	}
	return uploads
}

var errNothing = errors.New("no files")

// nothingIn is the error of sources without a file.
func nothingIn(paths []string) error {
	e := errs.E("put", path.Join(paths...), errs.NotFound, errNothing)
	e.Public = "no files in \"" + strings.Join(paths, "\", \"") + "\" (directories below one are taken with --recursive)"
	return e
}
