package archive_test

import (
	stdtar "archive/tar"
	stdzip "archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pierrec/lz4/v4"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/check"
)

func equalFiles() cmp.Option { return cmp.AllowUnexported(file{}) }

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.String(), func(t *testing.T) {
			packed, index := pack(t, f, someFiles())
			a := open(t, f, packed)
			got, err := unpack(t.Context(), a)
			check.NoError(t, err)
			check.Equal(t, got, someFiles(), equalFiles())

			written, walked := openIndex(t, index, len(packed)), build(t, a, packed)
			check.Equal(t, written.End(), walked.End())
			for _, x := range []*archive.Index{written, walked} {
				check.Equal(t, x.Len(), len(someFiles()))
				for _, m := range someFiles() {
					got, found := readMember(t, a, x, m.name)
					check.Equal(t, found, true)
					check.Equal(t, got, m.content)
				}
				_, found := readMember(t, a, x, "a.tx")
				check.Equal(t, found, false)
			}
			var one, other []archive.Member
			for m, err := range written.Members() {
				check.NoError(t, err)
				one = append(one, m)
			}
			for m, err := range walked.Members() {
				check.NoError(t, err)
				other = append(other, m)
			}
			check.Equal(t, one, other)
			check.Equal(t, one[0].Modified, noon())
		})
	}
}

// Others read what we write.
func TestOthersReadWhatIsWritten(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.String(), func(t *testing.T) {
			packed, _ := pack(t, f, someFiles())
			check.Equal(t, readStandard(t, f, packed), someFiles(), equalFiles())
		})
	}
}

// readStandard unpacks with the standard library.
func readStandard(t testing.TB, f archive.Format, packed []byte) (files []file) {
	t.Helper()
	read := func(name string, r io.Reader) {
		text, err := io.ReadAll(r)
		check.NoError(t, err)
		files = append(files, file{name, string(text)})
	}
	if f == archive.Zip {
		z, err := stdzip.NewReader(bytes.NewReader(packed), int64(len(packed)))
		check.NoError(t, err)
		for _, m := range z.File {
			r, err := m.Open()
			check.NoError(t, err)
			read(m.Name, r)
		}
		return files
	}
	r := io.Reader(bytes.NewReader(packed))
	switch f {
	case archive.TarGzip:
		z, err := gzip.NewReader(r)
		check.NoError(t, err)
		r = z
	case archive.TarLZ4:
		r = lz4.NewReader(r)
	}
	for tr := stdtar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return files
		}
		check.NoError(t, err)
		read(h.Name, tr)
	}
}

// writeStandard packs with the standard library: in a tar with directories,
// links and a name in front of which stands "./", in a zip with both methods.
func writeStandard(t testing.TB, f archive.Format, files []file) []byte {
	t.Helper()
	var out bytes.Buffer
	if f == archive.Zip {
		z := stdzip.NewWriter(&out)
		_, err := z.Create("dir/")
		check.NoError(t, err)
		for i, m := range files {
			w, err := z.CreateHeader(&stdzip.FileHeader{Name: "./" + m.name, Method: uint16(i % 2 * 8), Modified: noon()})
			check.NoError(t, err)
			_, err = io.WriteString(w, m.content)
			check.NoError(t, err)
		}
		check.NoError(t, z.Close())
		return out.Bytes()
	}
	w := io.WriteCloser(nopCloser{&out})
	switch f {
	case archive.TarGzip:
		w = gzip.NewWriter(&out)
	case archive.TarLZ4:
		w = lz4.NewWriter(&out)
	}
	tw := stdtar.NewWriter(w)
	check.NoError(t, tw.WriteHeader(&stdtar.Header{Typeflag: stdtar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "all"}}))
	check.NoError(t, tw.WriteHeader(&stdtar.Header{Typeflag: stdtar.TypeDir, Name: "./", Mode: 0o755}))
	for i, m := range files {
		format := []stdtar.Format{stdtar.FormatGNU, stdtar.FormatPAX}[i%2]
		check.NoError(t, tw.WriteHeader(&stdtar.Header{
			Name: "./" + m.name, Size: int64(len(m.content)), ModTime: noon(), Mode: 0o600, Format: format,
		}))
		_, err := io.WriteString(tw, m.content)
		check.NoError(t, err)
	}
	check.NoError(t, tw.WriteHeader(&stdtar.Header{Typeflag: stdtar.TypeSymlink, Name: "link", Linkname: "/etc/passwd"}))
	check.NoError(t, tw.Close())
	check.NoError(t, w.Close())
	return out.Bytes()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestWhatOthersWriteIsReadAndContinued(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.String(), func(t *testing.T) {
			packed := writeStandard(t, f, someFiles())
			a := open(t, f, packed)
			got, err := unpack(t.Context(), a)
			check.NoError(t, err)
			check.Equal(t, got, someFiles(), equalFiles())
			x := build(t, a, packed)
			for _, m := range someFiles() {
				got, _ := readMember(t, a, x, m.name)
				check.Equal(t, got, m.content)
			}
			grown, _ := appendTo(t, a, x, []file{{"new/1", "one"}, {"new/2", strings.Repeat("two", 999)}})
			got, err = unpack(t.Context(), open(t, f, grown))
			check.NoError(t, err)
			check.Equal(t, got, append(someFiles(), file{"new/1", "one"}, file{"new/2", strings.Repeat("two", 999)}), equalFiles())
		})
	}
}

func appendTo(t testing.TB, a *archive.Archive, x *archive.Index, files []file) (packed, index []byte) {
	t.Helper()
	var out, idx bytes.Buffer
	builder := archive.NewIndexBuilder(&idx, a.Format(), archive.Limits{})
	w, err := archive.Append(t.Context(), a, x, &out, archive.WriterOptions{Index: builder})
	check.NoError(t, err)
	add(t, w, files)
	end, err := w.Close()
	check.NoError(t, err)
	check.NoError(t, builder.Finish(int64(out.Len()), end, identity()))
	return out.Bytes(), idx.Bytes()
}

func TestAppendManyTimes(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.String(), func(t *testing.T) {
			packed, index := pack(t, f, nil)
			var want []file
			for i := range 20 {
				m := file{fmt.Sprintf("m/%03d", i), strings.Repeat("z", i*i*7)}
				want = append(want, m)
				packed, index = appendTo(t, open(t, f, packed), openIndex(t, index, len(packed)), []file{m})
			}
			check.Equal(t, readStandard(t, f, packed), want, equalFiles())
			a := open(t, f, packed)
			x := openIndex(t, index, len(packed))
			check.Equal(t, x.End(), build(t, a, packed).End())
			for _, m := range want {
				got, _ := readMember(t, a, x, m.name)
				check.Equal(t, got, m.content)
			}
		})
	}
}

func TestAppendRefusesANameThatIsThere(t *testing.T) {
	packed, index := pack(t, archive.Tar, someFiles())
	w, err := archive.Append(t.Context(), open(t, archive.Tar, packed), openIndex(t, index, len(packed)), io.Discard, archive.WriterOptions{})
	check.NoError(t, err)
	check.ErrorIs(t, w.Add("a.txt", 1, noon(), strings.NewReader("x")), errs.Exists)
	check.ErrorIs(t, w.Add("./a.txt", 1, noon(), strings.NewReader("x")), errs.Exists)
	check.NoError(t, w.Add("b.txt", 1, noon(), strings.NewReader("x")))
	_, err = w.Close()
	check.NoError(t, err)
}

func TestWriterChecksMembers(t *testing.T) {
	for _, f := range formats() {
		for _, row := range []struct {
			name    string
			size    int64
			content string
			usable  bool // the writer, afterwards
			want    errs.Kind
		}{
			{"", 1, "x", true, errs.Invalid},
			{"/abs", 1, "x", true, errs.Invalid},
			{"a/../../b", 1, "x", true, errs.Invalid},
			{"..", 1, "x", true, errs.Invalid},
			{"dir/", 1, "x", true, errs.Invalid},
			{strings.Repeat("n", 1025), 1, "x", true, errs.Invalid},
			{"unknown", -1, "x", true, errs.Invalid},
			{"short", 2, "x", false, errs.Invalid},
			{"long", 1, "xx", false, errs.Invalid},
		} {
			w, err := archive.NewWriter(io.Discard, f, archive.WriterOptions{})
			check.NoError(t, err)
			check.ErrorIs(t, w.Add(row.name, row.size, noon(), strings.NewReader(row.content)), row.want)
			_, err = w.Close()
			check.Equal(t, err == nil, row.usable)
		}
	}
}

func TestWriterPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, f := range formats() {
		w, err := archive.NewWriter(io.Discard, f, archive.WriterOptions{})
		check.NoError(t, err)
		check.ErrorIs(t, w.Add("a", 10, noon(), io.MultiReader(strings.NewReader("12345"), failing{broken})), broken)
		_, err = w.Close()
		check.ErrorIs(t, err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)          { return 0, f.err }
func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestReadErrorsAreNotTheArchives(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, f := range formats() {
		a, err := archive.New(failing{broken}, 5000, f, archive.Limits{})
		check.NoError(t, err)
		_, err = unpack(t.Context(), a)
		check.ErrorIs(t, err, broken)
		check.Equal(t, errs.KindOf(err), errs.Internal)
	}
}

func TestWalkStopsWithItsContext(t *testing.T) {
	for _, f := range formats() {
		packed, _ := pack(t, f, someFiles())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := unpack(ctx, open(t, f, packed))
		check.Equal(t, errs.KindOf(err), errs.Canceled)
	}
}

func TestStream(t *testing.T) {
	for _, f := range formats() {
		packed, _ := pack(t, f, someFiles())
		var got []file
		err := archive.Stream(t.Context(), bytes.NewReader(packed), f, archive.Limits{}, func(m archive.Member, content io.Reader) error {
			text, err := io.ReadAll(content)
			got = append(got, file{m.Name, string(text)})
			return err
		})
		if f == archive.Zip {
			check.ErrorIs(t, err, errs.Unsupported)
			continue
		}
		check.NoError(t, err)
		check.Equal(t, got, someFiles(), equalFiles())
	}
}
