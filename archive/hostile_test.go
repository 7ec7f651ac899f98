package archive_test

import (
	stdtar "archive/tar"
	stdzip "archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/check"
)

// rawTar makes a tar of headers as they are, with as much content as given.
func rawTar(t testing.TB, headers ...*stdtar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := stdtar.NewWriter(&out)
	for _, h := range headers {
		check.NoError(t, w.WriteHeader(h))
		_, err := io.CopyN(w, zeros{}, h.Size)
		check.NoError(t, err)
	}
	check.NoError(t, w.Close())
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// inFormat compresses a tar.
func inFormat(t testing.TB, f archive.Format, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch f {
	case archive.TarGzip:
		w = gzip.NewWriter(&out)
	case archive.TarLZ4:
		w = lz4.NewWriter(&out)
	default:
		return plain
	}
	_, err := w.Write(plain)
	check.NoError(t, err)
	check.NoError(t, w.Close())
	return out.Bytes()
}

func rawZip(t testing.TB, headers ...*stdzip.FileHeader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := stdzip.NewWriter(&out)
	for _, h := range headers {
		m, err := w.CreateRaw(h)
		check.NoError(t, err)
		_, err = m.Write(make([]byte, min(h.CompressedSize64, 100)))
		check.NoError(t, err)
	}
	check.NoError(t, w.Close())
	return out.Bytes()
}

// refused checks that an archive is refused: by walking and reading all of it,
// by making its index, and as a stream.
func refused(t *testing.T, f archive.Format, packed []byte, l archive.Limits, want errs.Kind, words string) {
	t.Helper()
	a, err := archive.New(bytes.NewReader(packed), int64(len(packed)), f, l)
	check.NoError(t, err)
	err = a.Walk(t.Context(), func(_ archive.Member, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
	check.ErrorIs(t, err, want)
	check.Contains(t, err.Error(), words)
}

func TestHostileNamesAreRefused(t *testing.T) {
	for _, row := range []struct{ name, words string }{
		{"/etc/passwd", "absolute"},
		{"./../x", `".."`},
		{"a/../../x", `".."`},
		{"a/..", `".."`},
		{".", "empty name"},
		{".///etc", ""},
		{strings.Repeat("n/", 600) + "x", "more than 1024"},
	} {
		for _, f := range formats() {
			var packed []byte
			if f == archive.Zip {
				packed = rawZip(t, &stdzip.FileHeader{Name: row.name})
			} else {
				packed = inFormat(t, f, rawTar(t, &stdtar.Header{Typeflag: stdtar.TypeReg, Name: row.name}))
			}
			got, err := unpack(t.Context(), open(t, f, packed))
			switch {
			case row.words == "":
				check.NoError(t, err)
				check.Equal(t, got[0].name, "etc")
			default:
				refused(t, f, packed, archive.Limits{}, errs.Invalid, row.words)
			}
		}
	}
}

func TestTruncatedArchivesAreRefused(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.String(), func(t *testing.T) {
			packed, _ := pack(t, f, someFiles()[:3])
			for n := 0; n < len(packed); n += 1 + len(packed)/200 {
				if f == archive.Tar && n >= len(packed)-512 {
					break // of two blocks at the end one is enough
				}
				if f == archive.TarLZ4 && n >= len(packed)-4 {
					break // its checksum
				}
				_, err := unpack(t.Context(), open(t, f, packed[:n]))
				if err == nil || errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.Unsupported {
					t.Fatalf("cut to %d of %d bytes: %v", n, len(packed), err)
				}
			}
		})
	}
}

func TestLyingHeadersAreRefused(t *testing.T) {
	tarOf := func(size int64) []byte {
		whole := rawTar(t, &stdtar.Header{Typeflag: stdtar.TypeReg, Name: "a", Size: 10}, &stdtar.Header{Typeflag: stdtar.TypeReg, Name: "b"})
		octal := fmt.Appendf(nil, "%011o\x00", size)
		if size >= 1<<33 {
			octal = make([]byte, 12)
			binary.BigEndian.PutUint64(octal[4:], uint64(size))
			octal[0] = 0x80
		}
		copy(whole[124:], octal)
		copy(whole[148:], "        ")
		sum := 0
		for _, b := range whole[:512] {
			sum += int(b)
		}
		copy(whole[148:], fmt.Sprintf("%06o\x00 ", sum))
		return whole
	}
	for _, size := range []int64{1 << 20, 1 << 33, 1 << 62} {
		for _, f := range formats()[:3] {
			refused(t, f, inFormat(t, f, tarOf(size)), archive.Limits{}, errs.Invalid, "truncated")
		}
	}
	for _, h := range []*stdzip.FileHeader{
		{Name: "a", Method: 0, UncompressedSize64: 1 << 40, CompressedSize64: 1 << 40},
		{Name: "a", Method: 8, UncompressedSize64: 10, CompressedSize64: 1 << 62},
		{Name: "a", Method: 0, UncompressedSize64: 10, CompressedSize64: 5},
		{Name: "a", Method: 8, UncompressedSize64: 10, CompressedSize64: 5},
		{Name: "a", Method: 0, UncompressedSize64: 5, CompressedSize64: 5, CRC32: 1},
	} {
		refused(t, archive.Zip, rawZip(t, h), archive.Limits{}, errs.Invalid, "")
	}
	refused(t, archive.Zip, rawZip(t, &stdzip.FileHeader{Name: "a", Flags: 1}), archive.Limits{}, errs.Unsupported, "encrypted")
	refused(t, archive.Zip, rawZip(t, &stdzip.FileHeader{Name: "a", Method: 12}), archive.Limits{}, errs.Unsupported, "deflate")
}

func TestZipMembersThatOverlapAreRefused(t *testing.T) {
	packed, _ := pack(t, archive.Zip, []file{{"a", strings.Repeat("a", 5000)}, {"b", strings.Repeat("b", 5000)}})
	at := bytes.LastIndex(packed, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(packed[at+42:], 0) // b is where a is
	err := archive.BuildIndex(t.Context(), open(t, archive.Zip, packed), io.Discard, nil)
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, err.Error(), "overlap")
}

func TestZipDirectoryMustHaveAsManyMembersAsItSays(t *testing.T) {
	for _, count := range []uint16{0, 1, 3, 60000} {
		packed, _ := pack(t, archive.Zip, []file{{"a", "a"}, {"b", "b"}})
		binary.LittleEndian.PutUint16(packed[len(packed)-12:], count)
		refused(t, archive.Zip, packed, archive.Limits{}, errs.Invalid, "members than it says")
	}
}

func TestBombsAreRefused(t *testing.T) {
	small := archive.Limits{Expansion: 10, Free: 1 << 20}
	for _, f := range []archive.Format{archive.TarGzip, archive.TarLZ4, archive.Zip} {
		var out bytes.Buffer
		w, err := archive.NewWriter(&out, f, archive.WriterOptions{})
		check.NoError(t, err)
		check.NoError(t, w.Add("zeros", 8<<20, noon(), io.LimitReader(zeros{}, 8<<20)))
		_, err = w.Close()
		check.NoError(t, err)
		refused(t, f, out.Bytes(), small, errs.TooLarge, "decompressed")
		got, err := unpack(t.Context(), open(t, f, out.Bytes()))
		check.NoError(t, err)
		check.Equal(t, len(got[0].content), 8<<20)
	}
}

func TestTooManyMembersAreRefused(t *testing.T) {
	for _, f := range formats() {
		packed, _ := pack(t, f, someFiles())
		refused(t, f, packed, archive.Limits{Members: 8}, errs.TooLarge, "more than 8 members")
		w, err := archive.NewWriter(io.Discard, f, archive.WriterOptions{Limits: archive.Limits{Members: 1}})
		check.NoError(t, err)
		check.NoError(t, w.Add("a", 0, noon(), strings.NewReader("")))
		check.ErrorIs(t, w.Add("b", 0, noon(), strings.NewReader("")), errs.TooLarge)
	}
}

func TestSparseMembersAreRefused(t *testing.T) {
	packed := rawTar(t, &stdtar.Header{
		Typeflag: stdtar.TypeReg, Name: "a", Size: 512, Format: stdtar.FormatPAX,
		PAXRecords: map[string]string{"SCHILY.note": "x"},
	})
	packed = bytes.Replace(packed, []byte("22 SCHILY.note=x\n"), []byte("22 GNU.sparse.x=1\n"), 1)
	packed = bytes.Replace(packed, []byte("17 SCHILY.note=x\n"), []byte("17 GNU.sparse.x=1"), 1)
	if !bytes.Contains(packed, []byte("GNU.sparse")) {
		t.Fatal("the header was not changed")
	}
	_, err := unpack(t.Context(), open(t, archive.Tar, packed))
	if err == nil {
		t.Fatal("a sparse member was read")
	}
}

func TestGarbageIsRefused(t *testing.T) {
	for _, f := range formats() {
		for _, garbage := range []string{"", "x", strings.Repeat("garbage ", 1000)} {
			refused(t, f, []byte(garbage), archive.Limits{}, errs.Invalid, "")
		}
	}
}
