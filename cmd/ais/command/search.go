package command

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/errs"
)

func (t *Tool) searchCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "search",
		Usage:     "find commands by what they are called or do",
		ArgsUsage: "WORD [WORD...]",
		Flags:     []cli.Flag{cli.BoolFlag{Name: "regex", Usage: "the words are one regular expression"}, jsonFlag()},
		Action:    with(ctx, t.search),
		Description: `   ais search rename
   ais search delete bucket
   ais search --regex "^ais (job|bucket) s"
`,
	}
}

// search prints the commands that all words fit.
func (t *Tool) search(_ context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, -1); err != nil {
		return err
	}
	words := []string(c.Args())
	fits := func(command pathOf) bool { return command.fitsAll(words) }
	if c.Bool("regex") {
		expression, err := regexp.Compile(strings.Join(words, " "))
		if err != nil {
			return misused(c, "--regex: "+err.Error())
		}
		fits = func(command pathOf) bool { return expression.MatchString(command.Path) }
	}
	found := slices.DeleteFunc(pathsOf("ais", c.App.Commands), func(command pathOf) bool { return !fits(command) })
	if len(found) == 0 {
		e := errs.E("ais search", strings.Join(words, " "), errs.NotFound, nil)
		e.Public = "no command fits \"" + strings.Join(words, " ") + "\"; \"ais help\" lists all"
		return e
	}
	if c.Bool("json") {
		return t.printJSON(found)
	}
	out := t.newTable(true, "COMMAND", "USAGE")
	for _, command := range found {
		out.add(command.Path, command.Usage)
	}
	return out.flush()
}

// pathOf is one command that does something, by the words that lead to it.
type pathOf struct {
	Path  string `json:"command"` // "ais bucket props set"
	Usage string `json:"usage"`
}

// pathsOf lists the commands below a path that do something, in the order of help.
func pathsOf(path string, commands []cli.Command) []pathOf {
	var all []pathOf
	for _, c := range commands {
		if c.Name == "help" {
			continue
		}
		below := path + " " + c.Name
		if len(c.Subcommands) == 0 {
			all = append(all, pathOf{below, c.Usage})
		}
		all = append(all, pathsOf(below, c.Subcommands)...)
	}
	return all
}

// fitsAll tells whether each word, or another word for the same, is or begins
// one of the command's.
func (p pathOf) fitsAll(words []string) bool {
	own := strings.FieldsFunc(strings.ToLower(p.Path+" "+p.Usage), func(r rune) bool { return strings.ContainsRune(" ,:;()-", r) })
	for _, word := range words {
		word = strings.ToLower(word)
		if !slices.ContainsFunc(append(synonymsOf(word), word), func(w string) bool {
			return slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(o, w) })
		}) {
			return false
		}
	}
	return true
}

// synonymsOf lists the words that our commands have for one of another tool.
func synonymsOf(word string) []string {
	switch word {
	case "rename", "move":
		return []string{"mv"}
	case "delete", "remove", "del", "erase", "unlink":
		return []string{"rm"}
	case "destroy", "drop":
		return []string{"rmb", "rm"}
	case "make", "mkdir", "mb", "add", "new":
		return []string{"create"}
	case "copy", "clone", "duplicate":
		return []string{"cp"}
	case "upload", "write", "store":
		return []string{"put"}
	case "download", "read":
		return []string{"get", "cat"}
	case "append", "compose":
		return []string{"concat", "put"}
	case "list", "dir":
		return []string{"ls"}
	case "abort", "cancel", "kill", "terminate":
		return []string{"stop"}
	case "run", "launch":
		return []string{"start"}
	case "status", "info", "describe", "head", "stat", "details":
		return []string{"show"}
	case "xaction", "task", "tasks":
		return []string{"job"}
	case "tar", "zip", "shard", "shards", "pack":
		return []string{"archive"}
	case "du", "size", "usage":
		return []string{"summary"}
	case "metadata", "tag", "custom":
		return []string{"custom"}
	case "property", "properties", "settings", "options":
		return []string{"props", "config"}
	case "wait-for", "await":
		return []string{"wait"}
	case "import", "ingest":
		return []string{"promote", "put"}
	}
	return nil
}

// placesOf lists where a word that means nothing after path is a command, or what
// commands there are with another word for the same: those below path, if any.
func placesOf(path, word string, commands []cli.Command) []string {
	var places, alike []string
	for _, command := range pathsOf("ais", commands) {
		last := command.Path[strings.LastIndexByte(command.Path, ' ')+1:]
		switch {
		case last == word:
			places = append(places, command.Path)
		case slices.Contains(synonymsOf(word), last):
			alike = append(alike, command.Path)
		}
	}
	if len(places) == 0 {
		places = alike
	}
	elsewhere := func(place string) bool {
		return !strings.HasPrefix(place, path+" ") || strings.Count(place, " ") > strings.Count(path, " ")+1
	}
	if near := slices.DeleteFunc(slices.Clone(places), elsewhere); len(near) > 0 {
		return near
	}
	if path != "ais" && len(places) > 1 {
		return nil // about something else
	}
	return places
}
