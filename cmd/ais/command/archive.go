package command

import (
	"context"
	"io"
	"os"
	"path"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// archiveCommand is "ais archive": what is about the members of objects that are
// archives.
func (t *Tool) archiveCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "archive",
		Usage: "put objects or files into archives, read their members, list them, make some to try things out",
		Subcommands: []cli.Command{
			t.archiveBucketCommand(ctx),
			t.archivePutCommand(ctx),
			t.archiveGetCommand(ctx),
			t.archiveListCommand(ctx),
			t.generateShardsCommand(ctx),
		},
	}
}

// formatFlag says what an archive is, where its name does not.
func formatFlag() cli.Flag {
	return cli.StringFlag{Name: "archmime", Usage: "format of the archive where its name does not say it: tar, tgz, tar.lz4 or zip"}
}

// memberFlags select members of an archive to be read.
func memberFlags() []cli.Flag {
	return []cli.Flag{
		cli.StringFlag{Name: "archpath", Usage: "read this member of an archive"},
		cli.StringFlag{Name: "archregx", Usage: "read the members of an archive that match this, as a tar"},
		cli.StringFlag{Name: "archmode", Usage: "how they match: regexp (default), prefix, suffix, substr, or wdskey, the name up to its first dot"},
		formatFlag(),
	}
}

// memberPutFlags say how a file is put into an archive.
func memberPutFlags() []cli.Flag {
	return []cli.Flag{
		cli.StringFlag{Name: "archpath", Usage: "put the file into the archive that the object is, as a member of this name"},
		cli.BoolFlag{Name: "append", Usage: "with --archpath: the archive must exist"},
		cli.BoolFlag{Name: "append-or-put", Usage: "with --archpath: make the archive if there is none (default)"},
		cli.BoolFlag{Name: "create", Usage: "with --archpath: make the archive anew, with this member alone"},
		formatFlag(),
	}
}

func (t *Tool) archivePutCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "put",
		Usage:     "put a file into an archive, as one more member",
		ArgsUsage: "FILE BUCKET/OBJECT[/MEMBER]",
		Flags:     memberPutFlags(),
		Action:    with(ctx, t.archivePut),
		Description: `   ais archive put cat.jpg ais://train/s-01.tar                     # as cat.jpg
   ais archive put cat.jpg ais://train/s-01.tar/cats/1.jpg
   ais archive put cat.jpg ais://train/s-01.tar --archpath cats/1.jpg --append

   The archive is written anew with the member at its end: readers see the old
   one or the new one. A member of that name must not be there yet.
`,
	}
}

func (t *Tool) archiveGetCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "get",
		Usage:     "read a member of an archive, or those that match, as a tar",
		ArgsUsage: "BUCKET/OBJECT[/MEMBER] [FILE|DIRECTORY|-]",
		Flags:     append(memberFlags(), progressFlag()),
		Action:    with(ctx, t.archiveGet),
		Description: `   ais archive get ais://train/s-01.tar/cats/1.jpg                  # into ./1.jpg
   ais archive get ais://train/s-01.tar --archpath cats/1.jpg - | file -
   ais archive get ais://train/s-01.tar --archregx "\.jpg$" jpg.tar
   ais archive get ais://train/s-01.tar --archregx cats/1 --archmode wdskey - | tar t
`,
	}
}

func (t *Tool) archiveListCommand(ctx context.Context) cli.Command {
	c := t.listCommand(ctx)
	c.Usage = "list objects, and what is in those that are archives"
	c.ArgsUsage = "BUCKET[/PREFIX]"
	c.Description = `   ais archive ls ais://train
   ais archive ls ais://train/s-01.tar                # one archive and its members
   ais archive ls ais://train/s-01.tar/cats/
`
	c.Action = with(ctx, func(ctx context.Context, c *cli.Context) error {
		if err := wantArguments(c, 1, 1); err != nil {
			return err
		}
		if err := c.Set("archive", "true"); err != nil {
			return err
		}
		return t.list(ctx, c)
	})
	return c
}

// splitMember splits the name of an object at the first part that is named like
// an archive, if there is something behind it.
func splitMember(object string) (shard, member string) {
	for at := range len(object) {
		if object[at] == '/' && isArchiveName(object[:at]) && at+1 < len(object) {
			return object[:at], object[at+1:]
		}
	}
	return object, ""
}

func archiveExtensions() []string { return []string{".tar.gz", ".tar.lz4", ".tar", ".tgz", ".zip"} }

func isArchiveName(name string) bool {
	base := strings.ToLower(path.Base(name))
	for _, extension := range archiveExtensions() {
		if strings.HasSuffix(base, extension) && base != extension {
			return true
		}
	}
	return false
}

// memberOptions reads memberFlags.
func memberOptions(c *cli.Context) api.MemberOptions {
	return api.MemberOptions{
		Path: c.String("archpath"), Pattern: c.String("archregx"),
		Match: c.String("archmode"), Format: c.String("archmime"),
	}
}

// wantsMembers tells whether one of memberFlags selects members.
func wantsMembers(c *cli.Context) bool {
	o := memberOptions(c)
	return o.Path != "" || o.Pattern != "" || o.Match != ""
}

func (t *Tool) archiveGet(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 2); err != nil {
		return err
	}
	b, object, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	o := memberOptions(c)
	if !wantsMembers(c) {
		object, o.Path = splitMember(object)
	}
	return t.getMember(ctx, c, b, object, c.Args().Get(1), o)
}

// getMember reads members of one archive into a file, into a directory, or to
// standard output.
func (t *Tool) getMember(ctx context.Context, c *cli.Context, b wire.Bucket, object, to string, o api.MemberOptions) error {
	several := o.Pattern != "" || o.Match != ""
	if several == (o.Path != "") {
		return misused(c, "say which members: BUCKET/OBJECT/MEMBER or --archpath for one, --archregx with --archmode for several")
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := client.GetMember(ctx, b, object, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if to == "-" {
		_, err := io.Copy(t.Stdout, r)
		return err
	}
	name, shown := o.Path, b.ObjectString(object)+"/"+o.Path
	if several {
		name, shown = tarName(object), b.ObjectString(object)
	}
	if to, err = fileFor(name, to); err != nil {
		return err
	}
	p := t.newProgress(ctx, c, 1, max(r.Len(), 0))
	if err = intoFile(to, r, p); err == nil {
		p.object()
	}
	p.finish()
	if err != nil {
		return err
	}
	return t.printf("%s => %s\n", printable(shown), printable(to))
}

// tarName is the name of the tar that selected members go to.
func tarName(object string) string {
	for _, extension := range archiveExtensions() {
		if isArchiveName(object) && strings.HasSuffix(strings.ToLower(object), extension) {
			return object[:len(object)-len(extension)] + ".tar"
		}
	}
	return object + ".tar"
}

func (t *Tool) archivePut(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, 2); err != nil {
		return err
	}
	file := c.Args().First()
	b, object, err := parseObject(c.Args().Get(1))
	if err != nil {
		return err
	}
	member := c.String("archpath")
	if member == "" {
		if object, member = splitMember(object); member == "" {
			member = path.Base(file)
		}
	}
	return t.putMember(ctx, c, file, b, object, member, api.PutOptions{})
}

// putMember puts one file into an archive.
func (t *Tool) putMember(ctx context.Context, c *cli.Context, file string, b wire.Bucket, object, member string, o api.PutOptions) error {
	if file == "-" {
		return misused(c, "standard input has no size, which a member of an archive needs: put a file")
	}
	if object == "" || strings.HasSuffix(object, "/") {
		return misused(c, "name the archive: want BUCKET/OBJECT")
	}
	o.Member, o.ArchiveFormat, o.MemberMode = member, c.String("archmime"), wire.MemberAppendsOrCreates
	said := 0
	for _, mode := range []struct {
		flag string
		is   wire.MemberMode
	}{
		{"append", wire.MemberAppends},
		{"append-or-put", wire.MemberAppendsOrCreates},
		{"create", wire.MemberCreates},
	} {
		if c.Bool(mode.flag) {
			o.MemberMode = mode.is
			said++
		}
	}
	if said > 1 {
		return misused(c, "--append, --append-or-put and --create exclude each other")
	}
	if _, err := os.Stat(file); err != nil {
		return fileError(file, err)
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := client.PutFile(ctx, b, object, file, o); err != nil {
		return err
	}
	return t.printf("%s => %s\n", printable(file), printable(b.ObjectString(object)+"/"+member))
}
