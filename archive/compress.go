package archive

import (
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/pierrec/lz4/v4"

	"aistore/errs"
)

// decompress returns what a compressed tar holds.
func decompress(r io.Reader, f Format) (io.Reader, error) {
	if f == TarLZ4 {
		return damage{lz4.NewReader(r)}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, endsEarly(err)
	}
	return damage{z}, nil
}

// damage makes Invalid of the errors of a decompressor.
type damage struct{ r io.Reader }

// Read is io.Reader. Errors: Invalid.
func (d damage) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	return n, damaged(err)
}

// damaged returns err as Invalid, unless it has a kind already or is io.EOF.
func damaged(err error) error {
	var known *errs.Error
	switch {
	case err == nil, err == io.EOF, errors.As(err, &known), errs.KindOf(err) != errs.Internal:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errs.E("archive", "", errs.Invalid, errors.New("the archive ends too early: it is truncated"))
	}
	return errs.E("archive", "the archive is damaged", errs.Invalid, err)
}

// compress returns a writer that compresses into w. Its Close ends the
// compressed stream, not w.
func compress(w io.Writer, f Format) (io.WriteCloser, error) {
	switch f {
	case TarGzip:
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case TarLZ4:
		z := lz4.NewWriter(w)
		return z, z.Apply(lz4.BlockSizeOption(lz4.Block256Kb)) // the usual 4 MiB are memory of each write and read
	}
	return unclosed{w}, nil
}

// unclosed is a writer without an end of its own.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }
