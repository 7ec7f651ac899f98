package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
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

// Who empties a directory comes to remove it when it has become the file of
// another object.
func TestPruneLeavesTheFileThatADirectoryBecame(t *testing.T) {
	t.Parallel()
	for content, make := range map[string]func(t *testing.T, r *rig){
		"%ob": func(t *testing.T, r *rig) { r.mustPut(t, "a/b", "y") },
		"%td": func(t *testing.T, r *rig) {
			check.ErrorIs(t, r.Delete(t.Context(), r.name("a/b"), store.DeleteOptions{Tombstone: true}), errs.NotFound)
		},
	} {
		t.Run(content, func(t *testing.T) {
			t.Parallel()
			r, faulty, disk := newFaultyRig(t)
			r.mustPut(t, "a/b/c", "x")
			var once sync.Once
			faulty.Inject(faultfs.Rule{Op: faultfs.RemoveDir, Path: content + "/a/b", Before: func(call faultfs.Call) {
				once.Do(func() {
					check.NoError(t, disk.RemoveDir(call.Path))
					make(t, r)
				})
			}})
			check.NoError(t, r.Delete(t.Context(), r.name("a/b/c"), store.DeleteOptions{Tombstone: true}))
			if content == "%td" {
				r.mustPut(t, "a/b/c", "x") // takes its tombstone away
				check.Equal(t, r.exists(t, "/mp1/@ais/b/%td/a/b"), true)
				return
			}
			r.mustPut(t, "a/b/c", "x") // moves a/b aside
			check.Equal(t, r.exists(t, fs.Beside("/mp1/@ais/b/"+content+"/a/b")), true)
		})
	}
}
