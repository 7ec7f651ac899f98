package command

import (
	"slices"
	"strings"
)

// todaysNames puts today's words in the place of those that older releases had
// for a command: they named what a verb is about behind it, where it would now be
// taken for the first argument.
func todaysNames(args []string) []string {
	for _, length := range []int{2, 1} {
		if len(args) <= length {
			continue
		}
		if words := todaysName(strings.Join(args[1:1+length], " ")); words != nil {
			return slices.Concat(args[:1], words, args[1+length:])
		}
	}
	return args
}

// todaysName is what a command of an older release is called now, nil for none.
func todaysName(old string) []string {
	switch old {
	case "create bucket":
		return []string{"bucket", "create"}
	case "rm bucket":
		return []string{"bucket", "rm"}
	case "cp bucket":
		return []string{"bucket", "cp"}
	case "rename bucket":
		return []string{"bucket", "mv"}
	case "rm object":
		return []string{"object", "rm"}
	case "rename object":
		return []string{"object", "mv"}
	case "promote":
		return []string{"object", "promote"}
	case "concat":
		return []string{"object", "concat"}
	case "set props":
		return []string{"bucket", "props", "set"}
	case "show props":
		return []string{"bucket", "props", "show"}
	case "set primary":
		return []string{"cluster", "set-primary"}
	case "show xaction":
		return []string{"job", "show"}
	case "start xaction":
		return []string{"job", "start"}
	case "stop xaction":
		return []string{"job", "stop"}
	case "wait xaction":
		return []string{"job", "wait"}
	case "gen-shards":
		return []string{"archive", "gen-shards"}
	}
	return nil
}
