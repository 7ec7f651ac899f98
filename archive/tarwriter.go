package archive

import (
	"archive/tar"
	"errors"
	"io"
	"time"
)

// tarFormat writes a tar, compressed or not.
type tarFormat struct {
	file  io.WriteCloser // compresses
	plain countingWriter
	t     *tar.Writer
}

func newTarFormat(w io.Writer, f Format) (*tarFormat, error) {
	file, err := compress(w, f)
	if err != nil {
		return nil, err
	}
	t := &tarFormat{file: file, plain: countingWriter{w: file}}
	t.t = tar.NewWriter(&t.plain)
	return t, nil
}

func (t *tarFormat) add(m Member, content io.Reader) (Member, error) {
	m.Modified = m.Modified.Truncate(time.Second)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: m.Name, Size: m.Size, ModTime: m.Modified, Mode: 0o644}
	if err := t.t.WriteHeader(header); err != nil {
		return m, err
	}
	m.Offset = t.plain.offset
	_, err := io.CopyN(t.t, content, m.Size)
	return m, err
}

func (t *tarFormat) close() (end int64, err error) {
	if err := t.t.Flush(); err != nil {
		return 0, err
	}
	end = t.plain.offset
	return end, errors.Join(t.t.Close(), t.file.Close())
}
