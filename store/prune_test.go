package store_test

import (
	"context"
	"fmt"
	"testing"

	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// The last of several deletions takes the directory away while others are
// still to sync it.
func TestDeletionsEmptyingADirectoryTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	for round := range 50 {
		var names []string
		for i := range 8 {
			names = append(names, fmt.Sprintf("a/b%d/c/%d", round%3, i))
			r.mustPut(t, names[i], "x")
		}
		check.NoError(t, run.Each(t.Context(), len(names), names, func(ctx context.Context, name string) error {
			return r.Delete(ctx, r.name(name), store.DeleteOptions{})
		}))
	}
	check.NoError(t, r.mounts.Available()[0].Suspected())
}
