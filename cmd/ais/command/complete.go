package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
)

// completeFlag comes last on a command line that a shell wants completed; the
// word before it is the one being typed, which may be empty.
const completeFlag = "--generate-bash-completion"

func completing(args []string) bool {
	return len(args) > 1 && args[len(args)-1] == completeFlag
}

// complete prints what the last word may become, one to a line.
func (t *Tool) complete(ctx context.Context, commands []cli.Command, args []string) {
	words := args[1 : len(args)-1]
	typed := ""
	if len(words) > 0 {
		words, typed = words[:len(words)-1], words[len(words)-1]
	}
	var at *cli.Command
	var arguments []string
	for _, word := range words {
		if found := commandNamed(commands, word); found != nil {
			at, commands = found, found.Subcommands
		} else if !strings.HasPrefix(word, "-") {
			arguments = append(arguments, word)
		}
	}
	for _, candidate := range t.candidates(ctx, at, commands, arguments, typed) {
		if strings.HasPrefix(candidate, typed) {
			_ = t.printf("%s\n", candidate) // a shell that is gone needs none
		}
	}
}

// candidates lists what can stand after a command and its first arguments.
func (t *Tool) candidates(ctx context.Context, at *cli.Command, commands []cli.Command, arguments []string, typed string) []string {
	switch {
	case strings.HasPrefix(typed, "-") && at != nil:
		return flagNames(append([]cli.Flag{cli.HelpFlag}, at.Flags...))
	case len(commands) > 0:
		var names []string
		for _, c := range commands {
			names = append(names, c.Name)
		}
		return names
	case at == nil:
		return nil
	}
	var names []string
	if strings.Contains(at.ArgsUsage, "/") && strings.Contains(at.ArgsUsage, "BUCKET") && pastBucket(typed) {
		names = append(names, t.objectNames(ctx, typed)...)
	} else if strings.Contains(at.ArgsUsage, "BUCKET") && !(strings.Contains(at.ArgsUsage, "KIND") && len(arguments) == 0) {
		names = append(names, t.bucketNames(ctx, typed, strings.Contains(at.ArgsUsage, "/OBJECT"))...)
	}
	if strings.Contains(at.ArgsUsage, "JOB_ID") {
		names = append(names, t.jobNames(ctx, at.ArgsUsage, at.HasName("show") || at.HasName("job"), arguments)...)
	}
	if at.ArgsUsage == "[TARGET]" && len(arguments) == 0 {
		names = append(names, t.nodeNames(ctx, []string{wire.NodeTarget})...)
	}
	if strings.HasPrefix(at.ArgsUsage, "KIND") && len(arguments) == 0 {
		names = append(names, startableKinds()...)
	}
	if strings.Contains(at.ArgsUsage, "NODE") {
		names = append(names, t.nodeNames(ctx, arguments)...)
	}
	if strings.Contains(at.ArgsUsage, "SECTION") {
		names = append(names, t.configWords(ctx, at.ArgsUsage, arguments, typed)...)
	}
	if len(arguments) > 0 {
		return names
	}
	for word := range strings.FieldsFuncSeq(at.ArgsUsage, func(r rune) bool { return strings.ContainsRune("[]| .", r) }) {
		if word == strings.ToLower(word) && word != "-" && !strings.ContainsAny(word, ":/=") {
			names = append(names, word)
		}
	}
	return names
}

// completionPatience is how long a shell waits for names of a cluster.
const completionPatience = time.Second

// bucketNames asks the cluster for its buckets; none when it does not answer.
// Who begins without a provider gets names without it.
func (t *Tool) bucketNames(ctx context.Context, typed string, objects bool) []string {
	var names []string
	t.asked(ctx, func(ctx context.Context, client *api.Client) {
		buckets, err := client.ListBuckets(ctx, wire.Bucket{})
		if err != nil {
			return
		}
		for _, b := range buckets {
			forms := []string{b.String()}
			if typed != "" && !strings.Contains(typed, ":") {
				forms = append(forms, strings.TrimPrefix(b.String(), "ais://"))
			}
			for _, name := range forms {
				if objects {
					name += "/"
				}
				names = append(names, name)
			}
		}
	})
	return names
}

// nodeNames asks the cluster for its nodes that may stand as the next argument
// of a command; none when it does not answer.
func (t *Tool) nodeNames(ctx context.Context, arguments []string) []string {
	role := ""
	if len(arguments) > 0 && isRole(arguments[len(arguments)-1]) {
		role = arguments[len(arguments)-1]
	}
	var names []string
	t.asked(ctx, func(ctx context.Context, client *api.Client) {
		m, err := client.Map(ctx)
		if err != nil {
			return
		}
		for _, n := range nodesOf(m, role) {
			if !slices.Contains(arguments, n.ID) {
				names = append(names, n.ID)
			}
		}
	})
	return names
}
