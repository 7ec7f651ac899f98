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
}

// selectionOf reads --list, --template, --prefix and --all, and what the
// argument says after the bucket, a directory with a slash at the end. It is
// false when there is none of them.
// Errors: Invalid (several).
func selectionOf(c *cli.Context, object string) (selection, bool, error) {
	var s selection
	said := 0
	if list := c.String("list"); list != "" {
		said++
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				s.names = append(s.names, name)
			}
		}
	}
	if text := c.String("template"); text != "" {
		said++
		if t := wire.ParseTemplate(text); t.HasBraces() {
			s.template = t
		} else {
			s.prefix = text
		}
	}
	if prefix := c.String("prefix"); prefix != "" {
		said++
		s.prefix = prefix
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

// listed reports whether the objects have to be looked up, so that they are
// known to exist.
func (s selection) listed() bool { return s.all || s.prefix != "" }

// entries yields the objects. Of those that are not looked up only the name
// is known.
func (s selection) entries(ctx context.Context, client *api.Client, b wire.Bucket) iter.Seq2[*wire.ListEntry, error] {
	if s.listed() {
		return client.List(ctx, b, api.ListOptions{Prefix: s.prefix, Flags: wire.ListNameSize})
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
