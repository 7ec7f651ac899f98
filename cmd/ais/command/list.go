package command

import (
	"bufio"
	"cmp"
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
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
			cli.BoolFlag{Name: "show-unmatched", Usage: "then also the names that --regex or --template left out"},
			cli.StringFlag{Name: "start-after", Usage: "only names after this one"},
			cli.IntFlag{Name: "limit", Usage: "how many objects at most"},
			cli.IntFlag{Name: "page-size", Usage: "how many objects per request (0: as many as possible)"},
			cli.BoolFlag{Name: "paged", Usage: "page by page, on a terminal waiting for Enter between pages"},
			cli.IntFlag{Name: "max-pages", Usage: "how many pages at most"},
			cli.BoolFlag{Name: "non-recursive, nr", Usage: "stop at slashes and show directories"},
			cli.BoolFlag{Name: "cached", Usage: "only what is in the cluster, not in a remote bucket only"},
			cli.BoolFlag{Name: "archive", Usage: "open archives and list their members, as SHARD/MEMBER"},
			cli.BoolFlag{Name: "no-dirs", Usage: "with --non-recursive: no directories"},
			cli.BoolFlag{Name: "summary", Usage: "number and size of objects, without names"},
			cli.BoolFlag{Name: "name-only", Usage: "names without anything else, one to a line"},
			cli.BoolFlag{Name: "count-only", Usage: "how many there are, without names"},
			cli.BoolFlag{Name: "all", Usage: "of buckets: also remote ones that have not been used yet"},
			noHeaderFlag(), jsonFlag(),
		},
		Action: with(ctx, t.list),
		Description: `   ais ls                                             # buckets
   ais ls ais:// --summary
   ais ls ais://train/cats/ --props all
   ais ls ais://train --regex "\.tar$" --limit 20
   ais ls ais://train --name-only --prefix 2026/ | wc -l
   ais ls ais://train/cats/ --non-recursive --count-only
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
	if c.Bool("all") {
		return misused(c, "--all is about buckets, not about the objects of one")
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
	if o.PageSize < 0 || o.Limit < 0 || c.Int("max-pages") < 0 {
		return o, misused(c, "--page-size, --limit and --max-pages are not negative")
	}
	if c.Bool("no-dirs") {
		o.Flags |= wire.ListNoDirs
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
	if c.Bool("name-only") || c.Bool("count-only") {
		props = "name"
	} else if props == "all" {
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
	out := t.newTable(c.Bool("no-headers") || c.Bool("name-only"), headings(columns)...)
	limit, shown := c.Int("limit"), 0
	pages, most := 0, c.Int("max-pages")
	var unmatched []*wire.ListEntry
	for page, err := range client.ListPages(ctx, b, o) {
		if err != nil {
			return err
		}
		for _, entry := range page.Entries {
			if limit > 0 && shown == limit || entry.IsDir() && c.Bool("no-dirs") {
				continue
			}
			if !match(entry.Name) {
				if c.Bool("show-unmatched") {
					unmatched = append(unmatched, entry)
				}
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
			break
		}
		if c.Bool("paged") && page.Continuation != "" && !t.turnPage(out) {
			return nil
		}
	}
	if c.Bool("count-only") {
		return t.showCount(c, shown, "object", "objects")
	}
	if shown == 0 {
		t.notef("No objects\n")
	}
	return t.showUnmatched(c, out, columns, unmatched)
}

// showCount prints how many there are, as a number alone with --no-headers.
func (t *Tool) showCount(c *cli.Context, n int, one, many string) error {
	switch {
	case c.Bool("json"):
		return t.printJSON(map[string]int{many: n})
	case c.Bool("no-headers"):
		return t.printf("%d\n", n)
	}
	return t.printf("%s\n", plural(n, one, many))
}

// showUnmatched prints what a pattern left out.
func (t *Tool) showUnmatched(c *cli.Context, out *table, columns []column, entries []*wire.ListEntry) error {
	if len(entries) == 0 {
		return nil
	}
	if !c.Bool("json") {
		if err := t.printf("\nDo not match:\n"); err != nil {
			return err
		}
	}
	for _, entry := range entries {
		if err := t.showEntry(c, out, columns, entry); err != nil {
			return err
		}
	}
	return out.flush()
}

func (t *Tool) showEntry(c *cli.Context, out *table, columns []column, entry *wire.ListEntry) error {
	if c.Bool("count-only") {
		return nil
	}
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
