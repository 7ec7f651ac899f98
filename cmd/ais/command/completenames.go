package command

import (
	"context"
	"maps"
	"slices"
	"strings"

	"aistore/api"
	"aistore/api/wire"
)

// asked calls ask with a client, for no longer than a shell waits.
func (t *Tool) asked(ctx context.Context, ask func(context.Context, *api.Client)) {
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	client, err := t.client()
	if err != nil {
		return // nothing to choose from
	}
	defer client.Close()
	ask(ctx, client)
}

// completionNames is how many objects a shell is offered at most.
const completionNames = 200

// objectNames asks the cluster for the objects and directories whose names go on
// from what is typed, a bucket and a slash at least; none when it does not answer.
func (t *Tool) objectNames(ctx context.Context, typed string) []string {
	b, prefix, err := parseName(typed)
	if err != nil {
		return nil
	}
	var names []string
	t.asked(ctx, func(ctx context.Context, client *api.Client) {
		page, err := client.ListPage(ctx, b, wire.ListRequest{
			Prefix: prefix[:strings.LastIndexByte(prefix, '/')+1], StartAfter: before(prefix),
			PageSize: completionNames, Flags: wire.ListNoRecursion | wire.ListNameOnly,
		})
		if err != nil {
			return
		}
		start := strings.TrimSuffix(typed, prefix)
		for _, entry := range page.Entries {
			if printable(entry.Name) == entry.Name {
				names = append(names, start+entry.Name)
			}
		}
	})
	return names
}

// before returns a name shortly before all that begin with prefix, or "": a listing
// of a directory, which is what is asked for, begins there.
func before(prefix string) string {
	last := len(prefix) - 1
	if last < 0 || prefix[last] <= '!' || prefix[last] > '~' || prefix[last] == '/' {
		return ""
	}
	return prefix[:last] + string(prefix[last]-1) + "~"
}

// pastBucket tells whether what is typed names a bucket and goes on to its objects.
func pastBucket(typed string) bool {
	_, rest, found := strings.Cut(typed, "://")
	if !found {
		rest = typed
	}
	return strings.Contains(rest, "/")
}

// jobNames asks the cluster for the ids of its jobs, and for their kinds where
// those may stand, too; none when it does not answer. Where jobs are shown, those
// that have ended count.
func (t *Tool) jobNames(ctx context.Context, usage string, ended bool, arguments []string) []string {
	kinds := strings.Contains(usage, "KIND")
	if kinds && len(arguments) > 0 {
		return nil
	}
	found := map[string]bool{}
	t.asked(ctx, func(ctx context.Context, client *api.Client) {
		all, err := client.JobStatuses(ctx, wire.JobQuery{})
		if err != nil {
			return
		}
		for _, job := range all {
			if job.EndTime != 0 && !ended {
				continue
			}
			found[job.ID] = true
			if kinds {
				found[job.Kind] = true
			}
		}
	})
	for _, argument := range arguments {
		delete(found, argument)
	}
	return slices.Sorted(maps.Keys(found))
}
