package store_test

import (
	"fmt"
	"testing"

	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// A crash may leave two files of one name, at its plain path and beside that. Of
// these the later write is the object, also when a name below comes, for which the
// plain path has to become a directory.
func TestOfTwoFilesTheLaterWriteIsMovedAside(t *testing.T) {
	t.Parallel()
	const plain, beside = "/mp1/@ais/b/%ob/d/a", "/mp1/@ais/b/%ob/d/a%"
	for _, row := range []struct {
		name        string
		first, last string // where the two writes end up
		damaged     string // a file that loses its record
		refused     error  // of the write below
		want        string // what the object is then; "" where it cannot be read
	}{
		{name: "the later is plain", first: beside, last: plain, want: "later"},
		{name: "the later is beside", first: plain, last: beside, want: "later"},
		{name: "only plain", last: plain, want: "later"},
		{name: "only beside", last: beside, want: "later"},
		{name: "both are one write", first: "same", last: plain, want: "later"},
		{name: "the later is beside, the other damaged", first: plain, last: beside, damaged: plain, refused: errs.Corrupt},
		{name: "the later is plain, the other damaged", first: beside, last: plain, damaged: beside, want: "later"},
	} {
		for _, warm := range []bool{false, true} {
			t.Run(fmt.Sprint(row.name, warm), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, 1)
				disk := r.fsys.(*memfs.FS)
				r.mustPut(t, "d/a", "earlier")
				check.NoError(t, disk.Rename(plain, "/mp1/kept"))
				r.Forget(r.name("d/a"))
				r.mustPut(t, "d/a", "later")
				switch row.first {
				case "same":
					copyFile(t, disk, plain, beside)
				case "":
				default:
					check.NoError(t, disk.Rename(plain, "/mp1/last"))
					check.NoError(t, disk.Rename("/mp1/kept", row.first))
					check.NoError(t, disk.Rename("/mp1/last", row.last))
				}
				if row.first == "" && row.last == beside {
					check.NoError(t, disk.Rename(plain, beside))
				}
				if row.damaged != "" {
					check.NoError(t, disk.SetXattr(row.damaged, "user.ais", []byte("damaged")))
				}
				check.NoError(t, disk.SyncDir("/mp1/@ais/b/%ob/d"))
				r.Forget(r.name("d/a"))
				if warm {
					_, _ = r.read(t.Context(), "d/a") // fills the cache, or fails where it is damaged
				}
				_, err := r.put(t.Context(), "d/a/below", []byte("below"), store.WriteOptions{})
				if row.refused != nil {
					check.ErrorIs(t, err, row.refused)
					_, err := disk.Lstat(row.last)
					check.NoError(t, err)
					return
				}
				check.NoError(t, err)
				check.Equal(t, r.mustRead(t, "d/a"), row.want)
				check.Equal(t, r.mustRead(t, "d/a/below"), "below")
				check.Equal(t, r.names(t, store.WalkOptions{}), []string{"d/a", "d/a/below"})
				after := openUnowned(t, disk.Crash(memfs.DropAll, nil), 1, store.Options{Incarnation: 2})
				defer after.mounts.Close()
				after.bucket = r.bucket
				check.Equal(t, after.mustRead(t, "d/a"), row.want)
				check.Equal(t, after.mustRead(t, "d/a/below"), "below")
				check.NoError(t, after.Delete(t.Context(), after.name("d/a"), store.DeleteOptions{}))
				check.Equal(t, after.names(t, store.WalkOptions{}), []string{"d/a/below"})
			})
		}
	}
}

// copyFile makes a file of the content and the record of another.
func copyFile(t *testing.T, disk *memfs.FS, from, to string) {
	t.Helper()
	source, err := disk.Open(from)
	check.NoError(t, err)
	defer source.Close()
	content, record := make([]byte, 1000), make([]byte, 1000)
	size, err := source.ReadAt(content, 0)
	if err != nil && size == 0 {
		check.NoError(t, err)
	}
	length, err := source.GetXattr("user.ais", record)
	check.NoError(t, err)
	target, err := disk.Create(to)
	check.NoError(t, err)
	_, err = target.Write(content[:size])
	check.NoError(t, err)
	check.NoError(t, target.SetXattr("user.ais", record[:length]))
	check.NoError(t, target.Sync())
	check.NoError(t, target.Close())
}
