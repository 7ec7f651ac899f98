package main

import (
	"archive/tar"
	"archive/zip"
	"encoding/hex"
	"io"
	"math/rand/v2"

	"aistore/internal/units"
)

// format is a kind of archive to compare.
type format struct {
	name  string // as the flag says it
	label string
	file  string // name of the object
	write func(w io.Writer, members int, source *source) error
}

func formats() []format {
	return []format{
		{"tar", "tar", "members.tar", writeTar},
		{"stored", "zip, stored", "stored.zip", func(w io.Writer, n int, s *source) error { return writeZip(w, n, s, zip.Store) }},
		{"deflated", "zip, deflated", "deflated.zip", func(w io.Writer, n int, s *source) error { return writeZip(w, n, s, zip.Deflate) }},
	}
}

func writeTar(w io.Writer, members int, source *source) error {
	archive := tar.NewWriter(w)
	for i := range members {
		data := source.next()
		if err := archive.WriteHeader(&tar.Header{Name: memberName(i), Size: int64(len(data)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	return archive.Close()
}

func writeZip(w io.Writer, members int, source *source, method uint16) error {
	archive := zip.NewWriter(w)
	for i := range members {
		member, err := archive.CreateHeader(&zip.FileHeader{Name: memberName(i), Method: method})
		if err != nil {
			return err
		}
		if _, err := member.Write(source.next()); err != nil {
			return err
		}
	}
	return archive.Close()
}

// source makes the content of members: hexadecimal digits, which deflate to a
// half.
type source struct {
	random *rand.ChaCha8
	raw    []byte
	digits []byte
	size   units.Size
}

func newSource(size units.Size) *source {
	half := (int(size) + 1) / 2
	return &source{random: rand.NewChaCha8([32]byte{}), raw: make([]byte, half), digits: make([]byte, 2*half), size: size}
}

// next returns the next content; it is valid until the one after.
func (s *source) next() []byte {
	_, _ = s.random.Read(s.raw) // never fails
	hex.Encode(s.digits, s.raw)
	return s.digits[:s.size]
}
