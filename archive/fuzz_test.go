package archive_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/check"
)

// small keeps fuzzing fast, and its memory too.
func small() archive.Limits { return archive.Limits{Members: 1000, Expansion: 100, Free: 4 << 20} }

// fuzzArchive checks that whatever is given, walking ends with a good error, and
// that what can be walked can be indexed, found, read and appended to, with the
// same bytes.
func fuzzArchive(f *testing.F, format archive.Format) {
	for _, files := range [][]file{nil, {{"a", "a"}}, {{"a/b.c", "content"}, {"a/b.d", ""}, {"x", "yy"}}} {
		packed, _ := pack(f, format, files)
		f.Add(packed)
	}
	f.Add(writeStandard(f, format, []file{{"a", "a"}, {"b", "bb"}}))
	f.Fuzz(func(t *testing.T, packed []byte) {
		a, err := archive.New(bytes.NewReader(packed), int64(len(packed)), format, small())
		check.NoError(t, err)
		contents := map[string]string{} // the last of each name
		err = a.Walk(t.Context(), func(m archive.Member, r io.Reader) error {
			if m.Size < 0 || m.Size > 4<<20 {
				return errUnread
			}
			text, err := io.ReadAll(r)
			contents[m.Name] = string(text)
			return err
		})
		if errors.Is(err, errUnread) {
			return
		}
		if err != nil {
			switch errs.KindOf(err) {
			case errs.Invalid, errs.TooLarge, errs.Unsupported:
				return
			}
			t.Fatalf("%v has kind %s", err, errs.KindOf(err))
		}
		x := build(t, a, packed)
		for name, content := range contents {
			got, found := readMember(t, a, x, name)
			if !found || got != content {
				t.Fatalf("%q: %q instead of %q", name, got, content)
			}
		}
		if _, found := contents["appended"]; found {
			return
		}
		grown, _ := appendTo(t, a, x, []file{{"appended", "more"}})
		again := map[string]string{}
		files, err := unpack(t.Context(), open(t, format, grown))
		check.NoError(t, err)
		for _, m := range files {
			again[m.name] = m.content
		}
		contents["appended"] = "more"
		check.Equal(t, again, contents)
	})
}

// errUnread stops a walk at a member too large for this test.
var errUnread = errors.New("a member too large for this test")

func FuzzTar(f *testing.F)     { fuzzArchive(f, archive.Tar) }
func FuzzTarGzip(f *testing.F) { fuzzArchive(f, archive.TarGzip) }
func FuzzTarLZ4(f *testing.F)  { fuzzArchive(f, archive.TarLZ4) }
func FuzzZip(f *testing.F)     { fuzzArchive(f, archive.Zip) }

// FuzzIndex checks that no index makes a reader fail other than by an error.
func FuzzIndex(f *testing.F) {
	for _, format := range formats() {
		_, index := pack(f, format, someFiles())
		f.Add(index)
	}
	f.Fuzz(func(t *testing.T, index []byte) {
		for _, archiveSize := range []int64{0, 1536, 10240} {
			x, err := archive.OpenIndex(bytes.NewReader(index), int64(len(index)), archiveSize, nil)
			if err != nil {
				if kind := errs.KindOf(err); kind != errs.Corrupt && kind != errs.Conflict {
					t.Fatalf("%v has kind %s", err, kind)
				}
				continue
			}
			readAll(t, x)
		}
	})
}

// FuzzIndexBlock is FuzzIndex behind the checksums: it is given what is in a
// block.
func FuzzIndexBlock(f *testing.F) {
	f.Add([]byte("\x00\x01a\x05\x00\x00"), byte(1))
	f.Add([]byte("\x00\x01a\x05\x00\x00\x05\x08crc."), byte(4))
	f.Fuzz(func(t *testing.T, block []byte, format byte) {
		f := archive.Format(format%4 + 1)
		for m, err := range archive.ReadBlock(block, f) {
			if err != nil {
				check.ErrorIs(t, err, errs.Corrupt)
				return
			}
			if m.Size < 0 || m.Offset < 0 || m.Stored < 0 || len(m.Name) > archive.MaxName {
				t.Fatalf("impossible member %+v", m)
			}
		}
	})
}

func readAll(t *testing.T, x *archive.Index) {
	for m, err := range x.Members() {
		if err != nil {
			check.ErrorIs(t, err, errs.Corrupt)
			return
		}
		if _, _, err := x.Find(m.Name); err != nil {
			check.ErrorIs(t, err, errs.Corrupt)
		}
	}
}
