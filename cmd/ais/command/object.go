package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// objectCommand is "ais object", which has other names for some commands, and
// what is only about objects.
func (t *Tool) objectCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:    "object",
		Aliases: []string{"obj"},
		Usage:   "store, read, list, show, copy, rename, promote, remove objects, append to them, and set their custom pairs",
		Subcommands: []cli.Command{
			t.putCommand(ctx),
			t.getCommand(ctx),
			t.catCommand(ctx),
			t.listCommand(ctx),
			named(t.showObjectCommand(ctx), "show"),
			t.removeCommand(ctx),
			t.setCustomCommand(ctx),
			t.copyObjectCommand(ctx),
			t.moveObjectCommand(ctx),
			t.concatCommand(ctx),
			t.promoteCommand(ctx),
			t.checkLockCommand(ctx),
			t.evictCommand(ctx),
			t.prefetchCommand(ctx),
		},
	}
}

func (t *Tool) showObjectCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "object",
		Usage:     "show all that is known of an object",
		ArgsUsage: "BUCKET/OBJECT",
		Flags: []cli.Flag{
			cli.StringFlag{Name: "props", Value: "all", Usage: `what to show, as "size,checksum,custom"`},
			noHeaderFlag(), jsonFlag(),
		},
		Action: with(ctx, t.showObject),
		Description: `   ais object show ais://train/cats/1.jpg
   ais object show ais://train/cats/1.jpg --props size,version
   ais show object ais://train/cats/1.jpg --json
`,
	}
}

// objectView is what "show object" prints as JSON.
type objectView struct {
	Name      string            `json:"name"`
	Size      int64             `json:"size"`
	Checksum  string            `json:"checksum,omitempty"`
	Version   string            `json:"version,omitempty"`
	Atime     string            `json:"atime,omitempty"`
	Location  string            `json:"location,omitempty"`
	Copies    int               `json:"copies,omitempty"`
	CopyPaths []string          `json:"copy_paths,omitempty"`
	Custom    map[string]string `json:"custom,omitempty"`
}

func (t *Tool) showObject(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	b, name, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	only, err := objectProps(c)
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	o, err := client.Head(ctx, b, name)
	if err != nil {
		return err
	}
	view := viewOf(b, name, o).only(only)
	if c.Bool("json") {
		return t.printJSON(view)
	}
	return t.printSettings(c.Bool("no-headers"), view.settings())
}

// objectProps reads --props; nil is all of them. Errors: Invalid.
func objectProps(c *cli.Context) (map[string]bool, error) {
	known := []string{"name", "size", "checksum", "version", "atime", "location", "copies", "custom"}
	only := map[string]bool{}
	for name := range strings.SplitSeq(c.String("props"), ",") {
		switch name = strings.TrimSpace(name); {
		case name == "all":
			return nil, nil
		case name == "":
		case !contains(known, name):
			return nil, misused(c, "--props: \""+name+"\" is not one of all, "+strings.Join(known, ", "))
		default:
			only[name] = true
		}
	}
	return only, nil
}

// only leaves out of the view what is not wanted, except the name.
func (v objectView) only(wanted map[string]bool) objectView {
	if wanted == nil {
		return v
	}
	some := objectView{Name: v.Name, Size: v.Size}
	for name, take := range map[string]func(){
		"checksum": func() { some.Checksum = v.Checksum },
		"version":  func() { some.Version = v.Version },
		"atime":    func() { some.Atime = v.Atime },
		"location": func() { some.Location = v.Location },
		"copies":   func() { some.Copies, some.CopyPaths = v.Copies, v.CopyPaths },
		"custom":   func() { some.Custom = v.Custom },
	} {
		if wanted[name] {
			take()
		}
	}
	return some
}

func viewOf(b wire.Bucket, name string, o api.Object) objectView {
	v := objectView{
		Name:      b.ObjectString(name),
		Size:      o.Size,
		Version:   o.Version,
		Location:  o.Location,
		Copies:    o.Copies,
		CopyPaths: o.CopyPaths,
		Custom:    o.Custom,
	}
	if !o.Checksum.IsZero() {
		v.Checksum = o.Checksum.String()
	}
	if !o.Atime.IsZero() {
		v.Atime = o.Atime.UTC().Format(time.RFC3339)
	}
	return v
}

func (v objectView) settings() []setting {
	all := []setting{
		{"name", v.Name},
		{"size", fmt.Sprint(v.Size)},
		{"checksum", v.Checksum},
		{"version", v.Version},
		{"atime", v.Atime},
		{"location", v.Location},
	}
	if v.Copies > 0 {
		all = append(all, setting{"copies", fmt.Sprintf("%d [%s]", v.Copies, strings.Join(v.CopyPaths, " "))})
	}
	for _, key := range slices.Sorted(maps.Keys(v.Custom)) {
		all = append(all, setting{"custom." + key, v.Custom[key]})
	}
	return slices.DeleteFunc(all, func(s setting) bool { return s.Value == "" })
}

func (t *Tool) setCustomCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "set-custom",
		Usage:     "set custom pairs of an object",
		ArgsUsage: "BUCKET/OBJECT KEY=VALUE [KEY=VALUE...]",
		Flags:     []cli.Flag{cli.BoolFlag{Name: "set-new-custom", Usage: "remove the pairs that there were"}},
		Action:    with(ctx, t.setCustom),
		Description: `   ais object set-custom ais://train/cats/1.jpg label=cat source=web
`,
	}
}

func (t *Tool) setCustom(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 2, -1); err != nil {
		return err
	}
	b, name, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	pairs, err := pairsOf(c, c.Args().Tail())
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Bool("set-new-custom") {
		return client.ReplaceCustom(ctx, b, name, pairs)
	}
	return client.SetCustom(ctx, b, name, pairs)
}

// pairsOf reads KEY=VALUE words.
func pairsOf(c *cli.Context, words []string) (map[string]string, error) {
	pairs := make(map[string]string, len(words))
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok || key == "" {
			return nil, misused(c, "\""+word+"\": want KEY=VALUE")
		}
		if _, twice := pairs[key]; twice {
			return nil, misused(c, key+" is given twice")
		}
		pairs[key] = value
	}
	return pairs, nil
}
