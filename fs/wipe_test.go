package fs_test

import (
	"testing"

	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/fs/memfs"
	"aistore/internal/check"
)

// wiped makes a mountpath with objects, trash and a file of somebody else.
func wiped(t *testing.T) *memfs.FS {
	t.Helper()
	disk := memfs.New(memfs.Options{})
	for _, dir := range []string{"/mp", "/mp/@ais", "/mp/@ais/b", "/mp/@ais/b/%ob", "/mp/@ais/b/%ob/d", "/mp/$trash", "/mp/$trash/x", "/mp/lost+found"} {
		check.NoError(t, disk.Mkdir(dir))
	}
	for _, name := range []string{"/mp/@ais/b/%ob/d/1", "/mp/@ais/b/%ob/2", "/mp/$trash/x/3", "/mp/.ais.mountpath", "/mp/.ais.lock", "/mp/README"} {
		put(t, disk, name, "text")
	}
	return disk
}

func left(t *testing.T, disk fs.FS) map[string]bool {
	t.Helper()
	entries, err := disk.ReadDir("/mp")
	check.NoError(t, err)
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name] = true
	}
	return names
}

func TestWipeLeavesWhatOthersHavePutThere(t *testing.T) {
	t.Parallel()
	disk := wiped(t)
	check.NoError(t, fs.Wipe(t.Context(), disk, "/mp"))
	check.Equal(t, left(t, disk), map[string]bool{"lost+found": true, "README": true})
	check.NoError(t, fs.Wipe(t.Context(), disk, "/mp"))
	check.NoError(t, fs.Wipe(t.Context(), disk, "/nosuch"))
}

// Whatever fails on the way, the mark of the mountpath goes last, and the next
// attempt finishes.
func TestWipeIsFinishedByTheNextAttempt(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		disk := wiped(t)
		broken := faultfs.New(disk)
		broken.Inject(faultfs.Rule{Op: faultfs.Any, After: n, Times: 1, Err: fs.ErrIO})
		err := fs.Wipe(t.Context(), broken, "/mp")
		if err == nil {
			check.Equal(t, n > 10, true)
			return
		}
		if left := left(t, disk); !left[".ais.mountpath"] && (left["@ais"] || left["$trash"]) {
			t.Fatalf("after operation %d the mark is gone before the objects", n)
		}
		check.NoError(t, fs.Wipe(t.Context(), disk, "/mp"))
		check.Equal(t, left(t, disk), map[string]bool{"lost+found": true, "README": true})
	}
}
