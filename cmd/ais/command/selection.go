package command

import (
	"context"
	"iter"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// selection is a set of objects of one bucket. Exactly one of its fields says
// which, all is set otherwise.
type selection struct {
	names    []string
	template wire.Template
	prefix   string
	all      bool

	flat bool // of what is looked up: nothing below a further slash
}

// selectionFlags are those of commands about objects that a job works on.
func selectionFlags(prefix string) []cli.Flag {
	return []cli.Flag{
		namesFlag(), templateFlag(), prefixFlag(prefix),
		cli.BoolFlag{Name: "non-recursive, nr", Usage: "of a prefix: not what is below a further slash"},
	}
}

// selectionOf reads --list, --template, --prefix, --all and --non-recursive, and
// what the argument says after the bucket, a directory with a slash at the end.
// It is false when nothing says which objects.
// Errors: Invalid (several, or a list without a name).
func selectionOf(c *cli.Context, object string) (selection, bool, error) {
	s := selection{flat: c.Bool("non-recursive")}
	said := 0
	if c.IsSet("list") {
		said++
		if s.names = namesIn(c.String("list")); len(s.names) == 0 {
			return s, false, misused(c, "--list has no names")
		}
	}
	if c.IsSet("template") {
		said++
		switch t := wire.ParseTemplate(c.String("template")); {
		case t.HasBraces():
			s.template = t
		case c.String("template") == "":
			return s, false, misused(c, "--template is empty")
		default:
			s.prefix = c.String("template")
		}
	}
	if c.IsSet("prefix") {
		said++
		if s.prefix = c.String("prefix"); s.prefix == "" {
			return s, false, misused(c, "--prefix is empty")
		}
	}
	if c.Bool("all") {
		said++
		s.all = true
	}
	if strings.HasSuffix(object, "/") {
		said++
		s.prefix = object
	}
	if said > 1 {
		return s, false, misused(c, "--list, --template, --prefix and --all exclude each other")
	}
	return s, said == 1, nil
}

// namesIn are the names of a list, each once.
func namesIn(list string) []string {
	var names []string
	seen := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// listed reports whether the objects have to be looked up, so that they are
// known to exist.
func (s selection) listed() bool { return s.all || s.prefix != "" }

// count is how many names there are, 0 when they have to be looked up.
func (s selection) count() int64 {
	if s.template.HasBraces() {
		return s.template.Count()
	}
	return int64(len(s.names))
}

// selector says to the cluster which objects, with --num-workers and
// --cont-on-err.
// Errors: Invalid (a prefix that is a template to the cluster).
func (s selection) selector(c *cli.Context) (wire.Selector, error) {
	which := wire.Selector{
		Names: s.names, Template: s.template.String() + s.prefix, NoRecurse: s.flat,
		Workers: c.Int("num-workers"), Continue: c.Bool("cont-on-err"),
	}
	if s.prefix != "" && wire.ParseTemplate(s.prefix).HasBraces() {
		return which, misused(c, "\""+s.prefix+"\" has a range in braces: a job takes it for a template, not for a prefix")
	}
	return which, nil
}

// entries yields the objects. Of those that are not looked up only the name
// is known.
func (s selection) entries(ctx context.Context, client *api.Client, b wire.Bucket) iter.Seq2[*wire.ListEntry, error] {
	if s.listed() {
		o := api.ListOptions{Prefix: s.prefix, Flags: wire.ListNameSize}
		if s.flat {
			o.Flags |= wire.ListNoRecursion
		}
		return client.List(ctx, b, o)
	}
	return func(yield func(*wire.ListEntry, error) bool) {
		for _, name := range s.names {
			if !yield(&wire.ListEntry{Name: name}, nil) {
				return
			}
		}
		for name := range s.template.All() {
			if s.template.IsZero() || !yield(&wire.ListEntry{Name: name}, nil) {
				return
			}
		}
	}
}
