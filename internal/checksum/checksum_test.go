package checksum_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
)

// known are digests of "abc" from the standards of each function.
func known() map[checksum.Kind]string {
	return map[checksum.Kind]string{
		checksum.None:      "",
		checksum.XXHash:    "44bc2cf5ad770999",
		checksum.XXHash2:   "44bc2cf5ad770999",
		checksum.MD5:       "900150983cd24fb0d6963f7d28e17f72",
		checksum.CRC32C:    "364b3fb7",
		checksum.SHA256:    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		checksum.CRC32:     "352441c2",
		checksum.CRC64NVME: "05e5cabb3fc1faeb",
		checksum.SHA1:      "a9993e364706816aba3e25717850c26c9cd0d89d",
		checksum.SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	}
}

func TestKnownDigests(t *testing.T) {
	check.Equal(t, len(known()), len(checksum.All()))
	for kind, want := range known() {
		check.Equal(t, checksum.Of(kind, []byte("abc")).Hex(), want)
		for range 2 { // the second time the hasher comes from the pool
			h := checksum.Get(kind)
			_, err := io.WriteString(h, "ab")
			check.NoError(t, err)
			_ = h.Sum() // does not disturb
			_, err = io.WriteString(h, "c")
			check.NoError(t, err)
			check.Equal(t, h.Sum().Hex(), want)
			check.Equal(t, h.Sum() == checksum.Of(kind, []byte("abc")), true)
			check.Equal(t, h.Kind(), kind)
			checksum.Put(h)
		}
		check.Equal(t, len(want), 2*kind.Size())
	}
	checksum.Put(nil)
}

// TestCatalogue checks a function of which the standard gives the sum of another text.
func TestCatalogue(t *testing.T) {
	check.Equal(t, checksum.Of(checksum.CRC64NVME, []byte("123456789")).Hex(), "ae8b14860a799888")
}

func TestParse(t *testing.T) {
	for kind, hex := range known() {
		parsed, err := checksum.ParseKind(string(kind))
		if slices.Contains(checksum.Kinds(), kind) {
			check.NoError(t, err)
			check.Equal(t, parsed, kind)
		} else {
			check.ErrorIs(t, err, errs.Invalid)
		}
		for _, text := range []string{hex, strings.ToUpper(hex)} {
			sum, err := checksum.ParseSum(kind, text)
			check.NoError(t, err)
			check.Equal(t, sum.Equal(checksum.Of(kind, []byte("abc"))), true)
			check.Equal(t, string(sum.AppendHex(nil)), hex)
			raw, err := checksum.NewSum(kind, sum.Bytes())
			check.NoError(t, err)
			check.Equal(t, raw == sum, true)
		}
		for _, bad := range []string{hex + "0", hex + "00", "zz" + strings.TrimPrefix(hex, hex[:min(2, len(hex))])} {
			_, err := checksum.ParseSum(kind, bad)
			check.ErrorIs(t, err, errs.Invalid)
		}
		_, err = checksum.NewSum(kind, make([]byte, kind.Size()+1))
		check.ErrorIs(t, err, errs.Invalid)
	}
	_, err := checksum.ParseKind("crc64")
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, errs.PublicOf(err), "none, xxhash, xxhash2, md5, crc32c, sha256, sha512")
	_, err = checksum.ParseSum("crc64", "")
	check.ErrorIs(t, err, errs.Invalid)
	none, err := checksum.ParseKind("")
	check.NoError(t, err)
	check.Equal(t, none, checksum.None)
}

func TestEqual(t *testing.T) {
	of := func(kind checksum.Kind, text string) checksum.Sum { return checksum.Of(kind, []byte(text)) }
	check.Equal(t, of(checksum.XXHash, "a").Equal(of(checksum.XXHash2, "a")), true)
	check.Equal(t, of(checksum.XXHash, "a").Equal(of(checksum.XXHash2, "b")), false)
	check.Equal(t, of(checksum.MD5, "a").Equal(of(checksum.XXHash2, "a")), false)
	check.Equal(t, of(checksum.None, "a").Equal(checksum.Sum{}), true)
	check.Equal(t, of(checksum.MD5, "a").Equal(checksum.Sum{}), false)
	check.Equal(t, of(checksum.None, "a").IsZero(), true)
	check.Equal(t, of(checksum.CRC32C, "abc").String(), "crc32c 364b3fb7")
	check.Equal(t, checksum.Sum{}.String(), "none")
}

func TestVerifierGivesGoodBytesAndKeepsTheLastOfBadOnes(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 300)
	broken := errors.New("broken")
	sources := map[string]func(string) io.Reader{
		"plain":    func(s string) io.Reader { return strings.NewReader(s) },
		"one byte": func(s string) io.Reader { return iotest.OneByteReader(strings.NewReader(s)) },
		"halves":   func(s string) io.Reader { return iotest.HalfReader(strings.NewReader(s)) },
		"data+EOF": func(s string) io.Reader { return iotest.DataErrReader(strings.NewReader(s)) },
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			for _, kind := range checksum.All() {
				for _, length := range []int{0, 1, 2, 511, 512, 513, len(text)} {
					want := checksum.Of(kind, []byte(text[:length]))
					for _, size := range []int{1, 2, 7, 512, 8192} {
						got, err := readBy(checksum.NewVerifier(source(text[:length]), want), size)
						check.NoError(t, err)
						check.Equal(t, string(got), text[:length])
						if kind == checksum.None {
							continue
						}
						got, err = readBy(checksum.NewVerifier(source(text[:length]+"x"), want), size)
						check.ErrorIs(t, err, errs.Corrupt)
						check.Equal(t, errs.CodeOf(err), errs.CodeChecksum)
						check.Equal(t, len(got) <= length, true)
					}
				}
			}
			want := checksum.Of(checksum.XXHash2, []byte(text))
			_, err := readBy(checksum.NewVerifier(io.MultiReader(source(text), iotest.ErrReader(broken)), want), 512)
			check.ErrorIs(t, err, broken)
		})
	}
}

func TestVerifierIsAGoodReader(t *testing.T) {
	for _, text := range []string{"", "a", strings.Repeat("ab", 1000)} {
		want := checksum.Of(checksum.CRC32C, []byte(text))
		check.NoError(t, iotest.TestReader(checksum.NewVerifier(strings.NewReader(text), want), []byte(text)))
	}
}

func TestXXHashDoesNotAllocate(t *testing.T) {
	data := make([]byte, 4096)
	hasher := checksum.New(checksum.XXHash2)
	dst := make([]byte, 0, 16)
	for name, fn := range map[string]func(){
		"Of":     func() { _ = checksum.Of(checksum.XXHash2, data) },
		"Of MD5": func() { _ = checksum.Of(checksum.MD5, data) },
		"Hasher": func() {
			hasher.Reset()
			_, _ = hasher.Write(data)
			_ = hasher.Sum().AppendHex(dst)
		},
	} {
		if n := testing.AllocsPerRun(100, fn); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzParseSum(f *testing.F) {
	for kind, hex := range known() {
		f.Add(string(kind), hex)
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		sum, err := checksum.ParseSum(checksum.Kind(kind), text)
		if err != nil {
			check.ErrorIs(t, err, errs.Invalid)
			return
		}
		check.Equal(t, sum.Hex(), strings.ToLower(text))
	})
}

// readBy reads all of r in pieces of size bytes.
func readBy(r io.Reader, size int) ([]byte, error) {
	var all bytes.Buffer
	piece := make([]byte, size)
	for {
		n, err := r.Read(piece)
		all.Write(piece[:n])
		if err == io.EOF {
			return all.Bytes(), nil
		}
		if err != nil {
			return all.Bytes(), err
		}
	}
}
