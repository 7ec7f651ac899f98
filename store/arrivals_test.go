package store_test

import (
	"slices"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// forgetful is a file system on which a directory that is being read forgets the
// files that are replaced meanwhile, or has them twice, as POSIX allows.
type forgetful struct {
	fs.FS
	during func(dir string) (forget string) // called in the middle of each reading
	twice  bool
}

func (f *forgetful) ReadDir(dir string) ([]fs.Entry, error) {
	if f.during == nil {
		return f.FS.ReadDir(dir)
	}
	name := f.during(dir)
	entries, err := f.FS.ReadDir(dir)
	i := slices.IndexFunc(entries, func(e fs.Entry) bool { return e.Name == name })
	if f.twice && i >= 0 {
		return append(entries, entries[i]), err
	}
	return slices.DeleteFunc(entries, func(e fs.Entry) bool { return e.Name == name }), err
}

// A name that is overwritten while its directory is read is listed once, whatever
// the file system says of it.
func TestWhatIsOverwrittenIsListedOnce(t *testing.T) {
	t.Parallel()
	for _, twice := range []bool{false, true} {
		disk := &forgetful{FS: memfs.New(memfs.Options{}), twice: twice}
		r := open(t, disk, 1, store.Options{})
		r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		want := []string{"a", "b", "d/a", "d/b", "d/b/x"}
		for _, name := range want {
			r.mustPut(t, name, name)
		}
		for _, records := range []bool{false, true} {
			disk.during = func(dir string) string {
				switch {
				case strings.HasSuffix(dir, "/%ob"):
					r.mustPut(t, "b", "again")
					return "b"
				case strings.HasSuffix(dir, "/d"):
					r.mustPut(t, "d/b", "again")
					return "b%"
				}
				return ""
			}
			got := r.names(t, store.WalkOptions{Records: records})
			disk.during = nil
			check.Equal(t, got, want)
		}
	}
}
