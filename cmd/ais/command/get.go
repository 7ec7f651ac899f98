package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/units"
)

func rangeFlags() []cli.Flag {
	return []cli.Flag{
		cli.StringFlag{Name: "offset", Usage: "first byte to read, as 1000 or 64MiB; negative counts from the end"},
		cli.StringFlag{Name: "length", Usage: "how many bytes to read"},
		cli.BoolFlag{Name: "checksum", Usage: "the cluster verifies what it has stored first; fail if it has no checksum"},
	}
}

func (t *Tool) getCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "get",
		Usage:     "read objects into files, a directory, or standard output",
		ArgsUsage: "BUCKET[/OBJECT] [FILE|DIRECTORY|-]",
		Flags: append(append(rangeFlags(), memberFlags()...),
			prefixFlag("all objects whose names begin with this, into a directory"),
			templateFlag(), namesFlag(),
			cli.BoolFlag{Name: "check-cached, is-cached", Usage: "read nothing, tell whether the object is in the cluster; exit code 3 if not"},
			cli.BoolFlag{Name: "mpd", Usage: "read a large object in parts, on several connections at a time"},
			cli.StringFlag{Name: "chunk-size", Usage: "with --mpd: size of a part (default: 64MiB)"},
			cli.IntFlag{Name: "num-workers", Usage: "with --mpd: how many parts at once (default: 4)"},
			concurrencyFlag(), progressFlag(), dryRunFlag(), verboseFlag(), yesFlag(),
		),
		Action: with(ctx, t.get),
		Description: `   ais get ais://train/cats/1.jpg                     # into ./1.jpg
   ais get ais://train/cats/1.jpg /tmp/cat.jpg
   ais get ais://train/images.tar - | tar t
   ais get ais://train/images.tar head --length 1MiB
   ais get ais://train/cats/ /tmp/cats                # all below cats/
   ais get ais://train /tmp/all --prefix shard-0
   ais get ais://train/images.tar --mpd --num-workers 8
   ais get s3://images/1.jpg --check-cached

   A file appears under its name only when it is complete and its checksum
   matches. Nothing is written outside of the directory.
`,
	}
}

func (t *Tool) get(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	b, object, err := parseName(c.Args().First())
	if err != nil {
		return err
	}
	o, err := getOptions(c)
	if err != nil {
		return err
	}
	s, several, err := selectionOf(c, object)
	if err != nil {
		return err
	}
	if c.Bool("check-cached") {
		if several || object == "" || c.NArg() > 1 || wantsMembers(c) {
			return misused(c, "--check-cached is about one object: want BUCKET/OBJECT and nothing else")
		}
		return t.checkPresent(ctx, b, object)
	}
	if c.Bool("mpd") && (several || object == "" || o != (api.GetOptions{}) || wantsMembers(c) || c.Args().Get(1) == "-") {
		return misused(c, "--mpd is about one object, whole and into a file: leave out --offset, --length, --checksum and what selects several")
	}
	if !c.Bool("mpd") && (c.IsSet("chunk-size") || c.IsSet("num-workers")) {
		return misused(c, "--chunk-size and --num-workers go with --mpd; --conc is how many objects at once")
	}
	if wantsMembers(c) {
		if several || object == "" || o != (api.GetOptions{}) || c.Bool("dry-run") {
			return misused(c, "members are read of one archive, whole: name the object, without --offset, --length, --checksum or --dry-run")
		}
		return t.getMember(ctx, c, b, object, c.Args().Get(1), memberOptions(c))
	}
	if !several && object != "" {
		return t.getOne(ctx, c, b, object, c.Args().Get(1), o)
	}
	if !several {
		s.all = true
	}
	if o != (api.GetOptions{}) && (o.Offset != 0 || o.Length != 0) {
		return misused(c, "--offset and --length are for one object")
	}
	return t.getMany(ctx, c, b, s, object, o)
}

// checkPresent tells whether an object is in the cluster. Errors: NotFound.
func (t *Tool) checkPresent(ctx context.Context, b wire.Bucket, object string) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	present, err := client.Present(ctx, b, object)
	if err != nil {
		return err
	}
	if !present {
		e := errs.E("get", b.ObjectString(object), errs.NotFound, nil)
		e.Public = printable(b.ObjectString(object)) + " is not in the cluster"
		return e
	}
	return t.printf("%s is in the cluster\n", printable(b.ObjectString(object)))
}

func getOptions(c *cli.Context) (api.GetOptions, error) {
	o := api.GetOptions{Validate: c.Bool("checksum")}
	for _, field := range []struct {
		flag string
		to   *int64
	}{{"offset", &o.Offset}, {"length", &o.Length}} {
		text := c.String(field.flag)
		if text == "" {
			continue
		}
		size, err := units.ParseSize(text)
		if err != nil {
			return o, misused(c, "--"+field.flag+": "+errs.PublicOf(err))
		}
		*field.to = int64(size)
	}
	if o.Length < 0 {
		return o, misused(c, "--length is negative")
	}
	return o, nil
}

// getOne reads one object into a file, into a directory under its last name,
// or to standard output.
func (t *Tool) getOne(ctx context.Context, c *cli.Context, b wire.Bucket, object, to string, o api.GetOptions) error {
	if to == "-" {
		return t.copyOut(ctx, b, object, o)
	}
	to, err := fileFor(object, to)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return t.printf("%s => %s\n", printable(b.ObjectString(object)), printable(to))
	}
	if err := t.readOne(ctx, c, b, object, to, o); err != nil {
		return err
	}
	return t.printf("%s => %s\n", printable(b.ObjectString(object)), printable(to))
}

// readOne reads one object into a file.
func (t *Tool) readOne(ctx context.Context, c *cli.Context, b wire.Bucket, object, to string, o api.GetOptions) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Bool("mpd") {
		return t.downloadOne(ctx, c, client, b, object, to)
	}
	r, err := openObject(ctx, client, b, object, o)
	if err != nil {
		return err
	}
	defer r.Close()
	p := t.newProgress(ctx, c, 1, r.Len())
	if err = intoFile(to, r, p); err == nil {
		p.object()
	}
	p.finish()
	return err
}

// openObject opens an object, which must have a checksum when that is to be
// verified.
func openObject(ctx context.Context, client *api.Client, b wire.Bucket, object string, o api.GetOptions) (*api.Reader, error) {
	r, err := client.Get(ctx, b, object, o)
	if err != nil {
		return nil, err
	}
	if o.Validate && r.Object.Checksum.IsZero() {
		_ = r.Close() // never fails
		e := errs.E("get", b.ObjectString(object), errs.Unsupported, nil)
		e.Public = "object " + b.ObjectString(object) + " has no checksum to verify"
		return nil, e
	}
	return r, nil
}

// fileFor returns the path of the file for an object.
// Errors: Invalid (the object has no last name and no file was given).
func fileFor(object, to string) (string, error) {
	info, err := os.Stat(to)
	directory := to == "" || err == nil && info.IsDir() || strings.HasSuffix(to, "/")
	if !directory {
		return to, nil
	}
	last := path.Base(object)
	if last == "." || last == ".." || last == "/" || strings.HasSuffix(object, "/") {
		e := errs.E("get", object, errs.Invalid, nil)
		e.Public = "object \"" + object + "\" does not name a file: say where it goes"
		return "", e
	}
	return filepath.Join(to, last), nil
}

// copyOut writes an object to standard output.
func (t *Tool) copyOut(ctx context.Context, b wire.Bucket, object string, o api.GetOptions) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := openObject(ctx, client, b, object, o)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(t.Stdout, r)
	return err
}

// getMany reads objects into a directory, under their names.
func (t *Tool) getMany(ctx context.Context, c *cli.Context, b wire.Bucket, s selection, below string, o api.GetOptions) error {
	to := c.Args().Get(1)
	if to == "-" {
		return misused(c, "several objects do not go to standard output, name a directory")
	}
	if to == "" {
		to = "."
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Bool("dry-run") {
		return t.nameAll(ctx, client, b, s, to)
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return fileError(to, err)
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return fileError(to, err)
	}
	defer root.Close()
	work := &batch{tool: t, verb: "read", limit: c.Int("conc"), progress: t.newProgress(ctx, c, 0, 0)}
	var bytes counter
	err = each(ctx, work, s.entries(ctx, client, b), func(ctx context.Context, e *wire.ListEntry) error {
		if e.IsDir() {
			return nil
		}
		n, err := t.getInto(ctx, client, root, b, e.Name, below, o, work)
		bytes.Add(n)
		if err == nil && c.Bool("verbose") {
			err = work.sayf("%s => %s\n", printable(b.ObjectString(e.Name)), printable(filepath.Join(to, e.Name)))
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.printf("Read %s (%s) into %s\n", countObjects(work.done), units.Size(bytes.Load()).Human(), printable(to))
}

// getInto reads one object into a file below root. Objects of a directory
// that was asked for are named from there.
func (t *Tool) getInto(ctx context.Context, client *api.Client, root *os.Root, b wire.Bucket, name, below string, o api.GetOptions, work *batch) (int64, error) {
	file := strings.TrimPrefix(name, below)
	if err := checkFileName(b, name, file); err != nil {
		return 0, err
	}
	r, err := openObject(ctx, client, b, name, o)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if err := makeDirectory(root, b, name, path.Dir(file)); err != nil {
		return 0, err
	}
	size := r.Len()
	return size, writeFile(root, file, r, work.progress)
}

// checkFileName refuses names that are not paths of files.
func checkFileName(b wire.Bucket, object, file string) error {
	if filepath.IsLocal(file) && path.Clean(file) == file && file != "." {
		return nil
	}
	e := errs.E("get", b.ObjectString(object), errs.Invalid, nil)
	e.Public = fmt.Sprintf("object %s: its name is no path below a directory; read it alone, with a file name",
		printable(b.ObjectString(object)))
	return e
}

// makeDirectory makes the directory for an object. A file in its place is
// that of an object whose name is the directory's, or was there before.
func makeDirectory(root *os.Root, b wire.Bucket, object, directory string) error {
	err := root.MkdirAll(directory, 0o777)
	if err == nil {
		return nil
	}
	for at := directory; at != "."; at = path.Dir(at) {
		if info, failed := root.Lstat(at); failed == nil && !info.IsDir() {
			return clash(b, object, "needs a directory "+at+", and there is a file of that name")
		}
	}
	return fileError(filepath.Join(root.Name(), directory), err)
}

// clash is the error of an object whose file cannot be where others are.
func clash(b wire.Bucket, object, why string) error {
	e := errs.E("get", b.ObjectString(object), errs.Exists, nil)
	e.Public = "object " + printable(b.ObjectString(object)) + " " + printable(why) + "; read it alone, with a file name"
	return e
}

// nameAll says which objects would go where.
func (t *Tool) nameAll(ctx context.Context, client *api.Client, b wire.Bucket, s selection, to string) error {
	for entry, err := range s.entries(ctx, client, b) {
		if err != nil {
			return err
		}
		if err := t.printf("%s => %s\n", printable(b.ObjectString(entry.Name)), printable(filepath.Join(to, entry.Name))); err != nil {
			return err
		}
	}
	return nil
}
