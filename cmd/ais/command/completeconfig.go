package command

import (
	"context"
	"slices"
	"strings"
)

// configWords lists what can stand in a command about configuration, after its
// first arguments.
func (t *Tool) configWords(ctx context.Context, usage string, arguments []string, typed string) []string {
	ofNode := strings.Contains(usage, "NODE")
	if ofNode && len(arguments) == 0 {
		return nil
	}
	names := t.settingNames(ctx, usage, typed)
	if strings.Contains(usage, "inherited|local") && len(arguments) == 1 {
		names = append(names, scopeInherited, scopeLocal)
	}
	return names
}

// settingNames asks the cluster for its settings; none when it does not answer.
// Where settings can be set, their names end with "=", and what each can be
// follows once that is typed.
func (t *Tool) settingNames(ctx context.Context, usage, typed string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	client, err := t.client()
	if err != nil {
		return nil
	}
	defer client.Close()
	all, err := client.ClusterSettings(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range all {
		names = append(names, firstPart(s.Key))
		switch {
		case !strings.Contains(usage, "KEY=VALUE"):
			names = append(names, s.Key)
		case strings.HasPrefix(typed, s.Key+"="):
			for _, choice := range s.Choices {
				names = append(names, s.Key+"="+choice)
			}
		default:
			names = append(names, s.Key+"=")
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
