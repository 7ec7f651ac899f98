package command

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

func (t *Tool) listCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "ls",
		Aliases:   []string{"list"},
		Usage:     "list buckets, or objects of a bucket",
		ArgsUsage: "[PROVIDER://] | BUCKET[/PREFIX]",
		Flags: []cli.Flag{
			cli.StringFlag{Name: "props", Value: "name,size", Usage: `what to show, as "name,size,version,checksum,atime", or "all"`},
			prefixFlag("only names that begin with this"),
			cli.StringFlag{Name: "regex", Usage: "only names that match this regular expression"},
			templateFlag(),
			cli.StringFlag{Name: "start-after", Usage: "only names after this one"},
			cli.IntFlag{Name: "limit", Usage: "how many objects at most"},
			cli.IntFlag{Name: "page-size", Usage: "how many objects per request (0: as many as possible)"},
			cli.BoolFlag{Name: "paged", Usage: "page by page, on a terminal waiting for Enter between pages"},
			cli.IntFlag{Name: "max-pages", Usage: "how many pages at most"},
			cli.BoolFlag{Name: "non-recursive, nr", Usage: "stop at slashes and show directories"},
			cli.BoolFlag{Name: "cached", Usage: "only what is in the cluster, not in a remote bucket only"},
			cli.BoolFlag{Name: "archive", Usage: "open archives and list their members, as SHARD/MEMBER"},
			cli.BoolFlag{Name: "summary", Usage: "number and size of objects, without names"},
			noHeaderFlag(), jsonFlag(),
		},
		Action: with(ctx, t.list),
		Description: `   ais ls                                             # buckets
   ais ls ais:// --summary
   ais ls ais://train/cats/ --props all
   ais ls ais://train --regex "\.tar$" --limit 20
   ais ls ais://train --json | jq -r .name            # one object per line
`,
	}
}

func (t *Tool) list(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	match, err := matcherOf(c)
	if err != nil {
		return err
	}
	arg := c.Args().First()
	if arg == "" || strings.HasSuffix(arg, "://") {
		return t.listBuckets(ctx, c, arg, match)
	}
	b, object, err := parseName(arg)
	if err != nil {
		return err
	}
	o, err := listOptions(c, b, object)
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Bool("summary") {
		return t.summarize(ctx, c, client, []wire.Bucket{b}, o, match)
	}
	return t.listObjects(ctx, c, client, b, o, match)
}

// matcherOf returns which names to show.
func matcherOf(c *cli.Context) (func(string) bool, error) {
	if text := c.String("regex"); text != "" {
		expression, err := regexp.Compile(text)
		if err != nil {
			return nil, misused(c, "--regex: "+err.Error())
		}
		return expression.MatchString, nil
	}
	template := wire.ParseTemplate(c.String("template"))
	if !template.HasBraces() {
		return func(string) bool { return true }, nil
	}
	if template.Count() > maxFiles {
		return nil, misused(c, "--template stands for too many names")
	}
	names := make(map[string]bool)
	for name := range template.All() {
		names[name] = true
	}
	return func(name string) bool { return names[name] }, nil
}

func listOptions(c *cli.Context, b wire.Bucket, object string) (api.ListOptions, error) {
	o := api.ListOptions{
		Prefix:     cmp.Or(c.String("prefix"), wire.ParseTemplate(c.String("template")).Prefix()),
		StartAfter: c.String("start-after"),
		PageSize:   c.Int("page-size"),
		Limit:      c.Int("limit"),
	}
	if object != "" && o.Prefix != "" {
		return o, misused(c, "the prefix is given twice")
	}
	o.Prefix = cmp.Or(object, o.Prefix)
	if o.PageSize < 0 || o.Limit < 0 {
		return o, misused(c, "--page-size and --limit are not negative")
	}
	if c.Bool("non-recursive") {
		o.Flags |= wire.ListNoRecursion
	}
	if c.Bool("archive") {
		o.Flags |= wire.ListArchives
	}
	if c.Bool("cached") {
		o.Flags |= wire.ListCached
	}
	props := c.String("props")
	if props == "all" {
		props = "name,size,checksum,version,atime,location,copies,custom"
	}
	var err error
	if o.Props, err = wire.ParseProps(props); err != nil {
		return o, misused(c, "--props: "+rootText(err))
	}
	if o.Props == wire.PropName {
		o.Flags |= wire.ListNameOnly
	}
	if b.IsRemote() {
		o.Props |= wire.PropCached
	}
	if o.Limit > 0 && (c.String("regex") != "" || c.String("template") != "") {
		o.Limit = 0 // of what matches, counted here
	}
	return o, nil
}

// listObjects prints objects as pages come in.
func (t *Tool) listObjects(ctx context.Context, c *cli.Context, client *api.Client, b wire.Bucket, o api.ListOptions, match func(string) bool) error {
	columns := columnsOf(o.Props)
	out := t.newTable(c.Bool("no-headers"), headings(columns)...)
	limit, shown := c.Int("limit"), 0
	pages, most := 0, c.Int("max-pages")
	for page, err := range client.ListPages(ctx, b, o) {
		if err != nil {
			return err
		}
		for _, entry := range page.Entries {
			if !match(entry.Name) || limit > 0 && shown == limit {
				continue
			}
			shown++
			if err := t.showEntry(c, out, columns, entry); err != nil {
				return err
			}
		}
		if err := out.flush(); err != nil {
			return err
		}
		if pages++; limit > 0 && shown == limit || pages == most {
			return nil
		}
		if c.Bool("paged") && page.Continuation != "" && !t.turnPage(out) {
			return nil
		}
	}
	if shown == 0 {
		t.notef("No objects\n")
	}
	return nil
}

func (t *Tool) showEntry(c *cli.Context, out *table, columns []column, entry *wire.ListEntry) error {
	if !c.Bool("json") {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = column.of(entry)
		}
		out.add(cells...)
		return nil
	}
	text, err := jsonx.Marshal(entry)
	if err != nil {
		return err
	}
	return t.printf("%s\n", text)
}

// turnPage waits for Enter on a terminal. It is false at the end of input.
func (t *Tool) turnPage(out *table) bool {
	if !t.StdinTerminal || !t.StdoutTerminal {
		return true
	}
	t.notef("-- Enter for more, Ctrl-D to stop -- ")
	out.again()
	_, err := bufio.NewReader(t.Stdin).ReadString('\n')
	return err == nil
}

// column is one column of a listing.
type column struct {
	prop    wire.Props
	heading string
	of      func(*wire.ListEntry) string
}

func allColumns() []column {
	return []column{
		{wire.PropName, "NAME", func(e *wire.ListEntry) string { return e.Name }},
		{wire.PropSize, ">SIZE", sizeOf},
		{wire.PropChecksum, "CHECKSUM", func(e *wire.ListEntry) string { return e.Checksum }},
		{wire.PropVersion, "VERSION", func(e *wire.ListEntry) string { return e.Version }},
		{wire.PropAtime, "ATIME", func(e *wire.ListEntry) string { return e.Atime }},
		{wire.PropLocation, "LOCATION", func(e *wire.ListEntry) string { return e.Location }},
		{wire.PropCopies, ">COPIES", func(e *wire.ListEntry) string { return strconv.Itoa(int(max(1, e.Copies))) }},
		{wire.PropCustom, "CUSTOM", func(e *wire.ListEntry) string { return e.Custom }},
		{wire.PropCached, "CACHED", func(e *wire.ListEntry) string { return yesNo(e.IsPresent()) }},
		{wire.PropStatus, "STATUS", statusOf},
	}
}

func columnsOf(props wire.Props) []column {
	var columns []column
	for _, c := range allColumns() {
		if props.Has(c.prop) {
			columns = append(columns, c)
		}
	}
	return columns
}

func headings(columns []column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.heading)
	}
	return names
}

func sizeOf(e *wire.ListEntry) string {
	if e.IsDir() {
		return ""
	}
	return units.Size(e.Size).Human()
}

func statusOf(e *wire.ListEntry) string {
	switch e.Status() {
	case wire.EntryOK:
		return "ok"
	case wire.EntryMisplaced:
		return "misplaced (node)"
	case wire.EntryMisplacedPath:
		return "misplaced (mountpath)"
	case wire.EntryCopy:
		return "copy"
	case wire.EntryLoneCopy:
		return "copy without object"
	}
	return "unknown"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// listBuckets prints buckets, of all providers or of one.
func (t *Tool) listBuckets(ctx context.Context, c *cli.Context, provider string, match func(string) bool) error {
	var query wire.Bucket
	if provider != "" {
		var err error
		if query, err = wire.ParseBucketQuery(provider); err != nil {
			return badName(provider, err)
		}
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	buckets, err := client.ListBuckets(ctx, query)
	if err != nil {
		return err
	}
	var some []wire.Bucket
	for _, b := range buckets {
		if match(b.Name) && strings.HasPrefix(b.Name, c.String("prefix")) {
			some = append(some, b)
		}
	}
	if limit := c.Int("limit"); limit > 0 && len(some) > limit {
		some = some[:limit]
	}
	if c.Bool("summary") {
		o := api.ListOptions{}
		return t.summarize(ctx, c, client, some, o, func(string) bool { return true })
	}
	return t.showBuckets(c, some)
}

func (t *Tool) showBuckets(c *cli.Context, buckets []wire.Bucket) error {
	if c.Bool("json") {
		for _, b := range buckets {
			text, err := jsonx.Marshal(b)
			if err != nil {
				return err
			}
			if err := t.printf("%s\n", text); err != nil {
				return err
			}
		}
		return nil
	}
	if len(buckets) == 0 {
		t.notef("No buckets. \"ais create ais://NAME\" creates one\n")
		return nil
	}
	out := t.newTable(c.Bool("no-headers"), "NAME")
	for _, b := range buckets {
		out.add(b.String())
	}
	return out.flush()
}

// summary is what is in a bucket.
type summary struct {
	Bucket  string `json:"bucket"`
	Objects int64  `json:"objects"`
	Size    int64  `json:"size"` // bytes
}

// summarize counts objects by listing them.
func (t *Tool) summarize(ctx context.Context, c *cli.Context, client *api.Client, buckets []wire.Bucket, o api.ListOptions, match func(string) bool) error {
	o.Props, o.Flags, o.Limit = 0, o.Flags|wire.ListNameSize, 0
	var all []summary
	for _, b := range buckets {
		sum := summary{Bucket: b.String()}
		for entry, err := range client.List(ctx, b, o) {
			if err != nil {
				return errs.E("summary", b.String(), "", err)
			}
			if !entry.IsDir() && match(entry.Name) {
				sum.Objects, sum.Size = sum.Objects+1, sum.Size+entry.Size
			}
		}
		all = append(all, sum)
	}
	if c.Bool("json") {
		return t.printJSON(all)
	}
	out := t.newTable(c.Bool("no-headers"), "NAME", ">OBJECTS", ">SIZE")
	for _, s := range all {
		out.add(s.Bucket, fmt.Sprint(s.Objects), units.Size(s.Size).Human())
	}
	return out.flush()
}
