package store_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/store"
)

// tamper changes the file of an object behind the store's back.
func (r *rig) tamper(t testing.TB, path string, change func(f fs.File) error) {
	t.Helper()
	f, err := r.fsys.OpenFile(path, 2 /* os.O_RDWR */)
	check.NoError(t, err)
	check.NoError(t, change(f))
	check.NoError(t, f.Close())
}

const (
	fileA    = "/mp1/@ais/b/%ob/a"
	fileACut = fileA + "%"
)

func TestDamageIsReportedAndNeverServed(t *testing.T) {
	t.Parallel()
	flip := func(f fs.File) error {
		_, err := f.WriteAt([]byte("C"), 0)
		return err
	}
	rows := []struct {
		name     string
		change   func(f fs.File) error
		bySize   bool // seen by Stat and Open too, once the cache has forgotten
		byRecord bool // as well, and the record is lost
	}{
		{"flipped bit", flip, false, false},
		{"truncated", func(f fs.File) error { return f.Truncate(3) }, true, false},
		{"grown", func(f fs.File) error { return f.Truncate(100) }, true, false},
		{"damaged record", func(f fs.File) error { return f.SetXattr("user.ais", []byte("garbage")) }, false, true},
		{"empty record", func(f fs.File) error { return f.SetXattr("user.ais", nil) }, false, true},
	}
	for _, row := range rows {
		for _, warm := range []bool{true, false} {
			t.Run(row.name, func(t *testing.T) {
				r := newRig(t, 1)
				r.mustPut(t, "a", "content")
				r.tamper(t, fileA, row.change)
				if !warm {
					r.Forget(r.name("a"))
				}
				if !row.byRecord || !warm { // a warm read does not need the record
					_, err := r.ReadSmall(t.Context(), r.name("a"), make([]byte, 8))
					check.ErrorIs(t, err, errs.Corrupt)
					_, err = r.ReadSmall(t.Context(), r.name("a"), make([]byte, 7))
					check.ErrorIs(t, err, errs.Corrupt)
					_, err = r.read(t.Context(), "a")
					check.ErrorIs(t, err, errs.Corrupt)
				}
				if row.bySize || (row.byRecord && !warm) {
					_, err := r.Open(t.Context(), r.name("a"))
					check.ErrorIs(t, err, errs.Corrupt)
					r.Forget(r.name("a"))
					_, err = r.Stat(t.Context(), r.name("a"))
					check.ErrorIs(t, err, errs.Corrupt)
					problems := r.list(t, store.WalkOptions{Records: true})
					check.Equal(t, len(problems), 1)
					check.ErrorIs(t, problems[0].Problem, errs.Corrupt)
				}
				// It can be replaced, and deleted, but it is not absent.
				_, err := r.put(t.Context(), "a", nil, store.WriteOptions{Conditions: store.Conditions{IfNoneMatch: []string{store.AnyTag}}})
				check.ErrorIs(t, err, errs.Precondition)
				r.mustPut(t, "a", "whole")
				check.Equal(t, r.mustRead(t, "a"), "whole")
				r.tamper(t, fileA, row.change)
				r.Forget(r.name("a"))
				check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
				_, err = r.Stat(t.Context(), r.name("a"))
				check.ErrorIs(t, err, errs.NotFound)
			})
		}
	}
}

func TestFileWithoutRecordIsNoObject(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	f, err := r.fsys.Create(fileA)
	check.NoError(t, err)
	check.NoError(t, f.Close())
	_, err = r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.Corrupt)
	check.Contains(t, err.Error(), "no record")
}

func TestFilesOfAnotherBucketAreNotServed(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	o := r.mustPut(t, "a", "content")
	alien := o.Record
	alien.BucketID++
	r.tamper(t, fileA, func(f fs.File) error { return f.SetXattr("user.ais", alien.Append(nil)) })
	r.Forget(r.name("a"))
	_, err := r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, r.names(t, store.WalkOptions{Records: true}), []string{})
	check.Equal(t, r.mustPut(t, "a", "ours").Version, "1")
	check.Equal(t, r.mustRead(t, "a"), "ours")
}

func TestOfTwoFilesTheHigherOrderIsTheObject(t *testing.T) {
	t.Parallel()
	for _, asideIsLater := range []bool{true, false} {
		r := newRig(t, 1)
		o := r.mustPut(t, "a", "plain")
		aside := o.Record
		aside.Order.Counter += 5
		want := "aside"
		if !asideIsLater {
			aside.Order = cluster.Order{Counter: 1}
			want = "plain"
		}
		f, err := r.fsys.Create(fileACut)
		check.NoError(t, err)
		_, err = io.WriteString(f, "aside")
		check.NoError(t, err)
		check.NoError(t, f.SetXattr("user.ais", aside.Append(nil)))
		check.NoError(t, f.Close())
		r.Forget(r.name("a"))

		text := make([]byte, 5)
		reader, err := r.Open(t.Context(), r.name("a"))
		check.NoError(t, err)
		_, err = io.ReadFull(reader, text)
		check.NoError(t, err)
		check.NoError(t, reader.Close())
		check.Equal(t, string(text), want)
		check.Equal(t, r.names(t, store.WalkOptions{}), []string{"a"})

		// A write leaves the later one; a delete leaves none.
		r.mustPut(t, "a", "again")
		check.Equal(t, r.mustRead(t, "a"), "again")
		r.Forget(r.name("a"))
		check.Equal(t, r.mustRead(t, "a"), "again")
		check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
		_, err = r.Stat(t.Context(), r.name("a"))
		check.ErrorIs(t, err, errs.NotFound)
		check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	}
}

func TestReplacedBehindTheCache(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.mustPut(t, "other", "2nd one")
	r.mustPut(t, "a", "content")
	o, err := r.Stat(t.Context(), r.name("other"))
	check.NoError(t, err)
	check.NoError(t, r.fsys.Rename("/mp1/@ais/b/%ob/other", fileA))
	check.Equal(t, r.mustRead(t, "a"), "2nd one")
	got, err := r.Stat(t.Context(), r.name("a"))
	check.NoError(t, err)
	check.Equal(t, got.Order, o.Order)
	check.NoError(t, r.fsys.Remove(fileA))
	_, err = r.ReadSmall(t.Context(), r.name("a"), make([]byte, 10))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestReaderKeepsWhatItHasOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.mustPut(t, "a", "content")
	reader, err := r.Open(t.Context(), r.name("a"))
	check.NoError(t, err)
	defer reader.Close()
	r.mustPut(t, "a", "other")
	check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
	_, err = reader.Seek(3, io.SeekStart)
	check.NoError(t, err)
	rest, err := io.ReadAll(reader)
	check.NoError(t, err)
	check.Equal(t, string(rest), "tent")
	part := make([]byte, 2)
	_, err = reader.ReadAt(part, 1)
	check.NoError(t, err)
	check.Equal(t, string(part), "on")
	check.NoError(t, reader.Verify(t.Context()))
	check.Equal(t, reader.Object.Version, "1")
}

func TestReadSmallLeavesTheLargeAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	text := content("x", 1000)
	r.mustPut(t, "a", text)
	for _, forget := range []bool{false, true} {
		for _, length := range []int{0, 999, 1000, 1001} {
			if forget {
				r.Forget(r.name("a"))
			}
			buf := make([]byte, length)
			o, err := r.ReadSmall(t.Context(), r.name("a"), buf)
			if length < 1000 {
				check.ErrorIs(t, err, errs.TooLarge)
				continue
			}
			check.NoError(t, err)
			check.Equal(t, string(buf[:o.Size]), text)
		}
	}
	r.mustPut(t, "empty", "")
	o, err := r.ReadSmall(t.Context(), r.name("empty"), nil)
	check.NoError(t, err)
	check.Equal(t, o.Size, 0)
}

func TestFileForSendfile(t *testing.T) {
	t.Parallel()
	r := osRig(t)
	r.mustPut(t, "a", "content")
	reader, err := r.Open(t.Context(), r.name("a"))
	check.NoError(t, err)
	defer reader.Close()
	f, ok := reader.OSFile()
	check.Equal(t, ok, true)
	text, err := io.ReadAll(f)
	check.NoError(t, err)
	check.Equal(t, string(text), "content")
}

func TestAccessTimesReachTheDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	_, err := r.put(t.Context(), "a", []byte("x"), store.WriteOptions{Atime: time.Unix(1e9, 0)})
	check.NoError(t, err)
	_, err = r.put(t.Context(), "b", []byte("x"), store.WriteOptions{Atime: time.Unix(1e9, 0)})
	check.NoError(t, err)
	before := time.Now()
	r.mustRead(t, "a")
	check.NoError(t, r.FlushAtimes())
	r.Forget(r.name("a"))
	r.Forget(r.name("b"))
	o, err := r.Stat(t.Context(), r.name("a"))
	check.NoError(t, err)
	if o.Atime().Before(before) {
		t.Fatalf("accessed at %v, want after %v", o.Atime(), before)
	}
	o, err = r.Stat(t.Context(), r.name("b"))
	check.NoError(t, err)
	check.Equal(t, o.Atime().Unix(), 1e9)
}

func TestForeignFilesAreProblems(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.mustPut(t, "a", "x")
	r.mustPut(t, "z/y", "x")
	foreign := []string{"b%2f", "c%%", "d%+", "%", strings.Repeat("e", 210), "z/q%_"}
	for _, name := range foreign {
		f, err := r.fsys.Create("/mp1/@ais/b/%ob/" + name)
		check.NoError(t, err)
		check.NoError(t, f.Close())
	}
	check.NoError(t, r.fsys.Mkdir("/mp1/@ais/b/%ob/f%"))
	var names []string
	problems := 0
	for _, e := range r.list(t, store.WalkOptions{}) {
		if e.Problem != nil {
			check.ErrorIs(t, e.Problem, errs.Invalid)
			problems++
			continue
		}
		names = append(names, e.Name)
	}
	check.Equal(t, names, []string{"a", "z/y"})
	check.Equal(t, problems, len(foreign)+1)
}
