package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"aistore/archive"
	"aistore/internal/check"
)

// file is a member as tests give and expect it.
type file struct{ name, content string }

func formats() []archive.Format {
	return []archive.Format{archive.Tar, archive.TarGzip, archive.TarLZ4, archive.Zip}
}

// someFiles are members of all kinds of names and sizes.
func someFiles() []file {
	return []file{
		{"a.txt", "hello"},
		{"empty", ""},
		{"dir/b.jpg", strings.Repeat("jpeg", 3000)},
		{"dir/" + strings.Repeat("long/", 60) + "name", "behind a long name"},
		{"ünïcode/猫.png", "cat"},
		{"a.json", `{"a":1}`},
		{"block", strings.Repeat("x", 512)},
		{"big", strings.Repeat("0123456789abcdef", 20000)},
		{"s p a c e", " "},
	}
}

func noon() time.Time { return time.Unix(1700000000, 0) }

// pack makes an archive with our own writer, and its index.
func pack(t testing.TB, f archive.Format, files []file) (packed, index []byte) {
	t.Helper()
	var out, idx bytes.Buffer
	builder := archive.NewIndexBuilder(&idx, f, archive.Limits{})
	w, err := archive.NewWriter(&out, f, archive.WriterOptions{Index: builder})
	check.NoError(t, err)
	add(t, w, files)
	end, err := w.Close()
	check.NoError(t, err)
	check.NoError(t, builder.Finish(int64(out.Len()), end, identity()))
	return out.Bytes(), idx.Bytes()
}

func identity() []byte { return []byte("generation 7") }

func add(t testing.TB, w *archive.Writer, files []file) {
	t.Helper()
	for _, m := range files {
		check.NoError(t, w.Add(m.name, int64(len(m.content)), noon(), strings.NewReader(m.content)))
	}
}

func open(t testing.TB, f archive.Format, packed []byte) *archive.Archive {
	t.Helper()
	a, err := archive.New(bytes.NewReader(packed), int64(len(packed)), f, archive.Limits{})
	check.NoError(t, err)
	return a
}

// unpack walks an archive.
func unpack(ctx context.Context, a *archive.Archive) ([]file, error) {
	var files []file
	err := a.Walk(ctx, func(m archive.Member, content io.Reader) error {
		text, err := io.ReadAll(content)
		if err == nil && int64(len(text)) != m.Size {
			err = fmt.Errorf("%s has %d bytes instead of %d", m.Name, len(text), m.Size)
		}
		files = append(files, file{m.Name, string(text)})
		return err
	})
	return files, err
}

// build makes the index of an archive.
func build(t testing.TB, a *archive.Archive, packed []byte) *archive.Index {
	t.Helper()
	var idx bytes.Buffer
	check.NoError(t, archive.BuildIndex(t.Context(), a, &idx, identity()))
	return openIndex(t, idx.Bytes(), len(packed))
}

func openIndex(t testing.TB, index []byte, archiveSize int) *archive.Index {
	t.Helper()
	x, err := archive.OpenIndex(bytes.NewReader(index), int64(len(index)), int64(archiveSize), identity())
	check.NoError(t, err)
	return x
}

// readMember finds and reads one member.
func readMember(t testing.TB, a *archive.Archive, x *archive.Index, name string) (string, bool) {
	t.Helper()
	m, found, err := x.Find(name)
	check.NoError(t, err)
	if !found {
		return "", false
	}
	r, err := a.Open(t.Context(), m)
	check.NoError(t, err)
	text, err := io.ReadAll(r)
	check.NoError(t, err)
	check.NoError(t, r.Close())
	return string(text), true
}
