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
		old := strings.Join(args[1:1+length], " ")
		words := todaysName(old)
		if old == "set config" {
			words = configuring(args[1+length:])
		}
		if words != nil {
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
	case "rm node":
		return []string{"cluster", "add-remove-nodes", "decommission"}
	case "show disk":
		return []string{"show", "storage", "mountpath"}
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

// configuring is what sets the configuration: of a node, if the first argument
// names one, or else of the cluster.
func configuring(args []string) []string {
	if len(args) > 1 && !strings.ContainsRune(args[0], '=') {
		return []string{"config", "node"}
	}
	return []string{"config", "cluster"}
}
