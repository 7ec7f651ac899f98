package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"

	"aistore/errs"
)

// tarBlock is the unit of tars in bytes: headers have one, contents are padded.
const tarBlock = 512

// positioned is a reader that knows how many bytes it has given.
type positioned interface {
	io.Reader
	Position() int64
}

// walkStream walks a tar as it comes, decompressed on the way, to its very end,
// so that the checksum of what is compressed is compared.
func walkStream(r io.Reader, f Format, l Limits, limit int64, visit Visit) (end int64, err error) {
	if f.IsCompressedTar() {
		if r, err = decompress(r, f); err != nil {
			return 0, err
		}
	}
	whole := &counter{r: r, limit: limit}
	if end, err = walkTar(whole, l, -1, visit); err != nil {
		return end, err
	}
	if f.IsCompressedTar() {
		_, err = io.Copy(io.Discard, whole)
	}
	return end, damaged(err)
}

// walkTar walks the tar that r is at the beginning of; size is that of the tar,
// -1 if not known. It returns where the next member would go.
func walkTar(r positioned, l Limits, size int64, visit Visit) (end int64, err error) {
	t := tar.NewReader(r)
	for count := 0; ; {
		header, err := t.Next()
		if err == io.EOF {
			if r.Position()-end < tarBlock {
				return end, invalid("", "the archive has no mark at its end: it is truncated")
			}
			return end, nil
		}
		if err != nil {
			return end, tarError(err)
		}
		if isSparse(header) {
			return end, unsupported("member "+shown(header.Name), "it is a sparse file: pack it without holes (tar without --sparse)")
		}
		m := Member{Size: header.Size, Modified: header.ModTime, Offset: r.Position()}
		physical := bodyOf(header)
		if size >= 0 && physical > size-m.Offset {
			return end, truncated(Member{Name: header.Name})
		}
		end = (m.Offset + physical + tarBlock - 1) &^ (tarBlock - 1)
		if !isFile(header) {
			continue
		}
		if count++; count > l.Members {
			return end, l.tooMany()
		}
		if m.Name, err = CleanName(header.Name); err != nil {
			return end, err
		}
		if err := visit(m, tarContent{t}); err != nil {
			return end, err
		}
	}
}

// bodyOf returns the bytes that follow a header, without padding.
func bodyOf(h *tar.Header) int64 {
	switch h.Typeflag {
	case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo, tar.TypeXGlobalHeader:
		return 0
	}
	return max(h.Size, 0)
}

func isFile(h *tar.Header) bool {
	return h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeCont || h.Typeflag == tar.TypeGNUSparse
}

func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// tarContent is the content of a member as its tar is walked.
type tarContent struct{ t *tar.Reader }

// Read is io.Reader. Errors: Invalid.
func (c tarContent) Read(p []byte) (int, error) {
	n, err := c.t.Read(p)
	if err != nil && err != io.EOF {
		err = tarError(err)
	}
	return n, err
}

// tarError words an error of the tar reader.
func tarError(err error) error {
	var known *errs.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, tar.ErrHeader):
		return errs.E("archive", "", errs.Invalid, fmt.Errorf("the archive is no tar, or damaged: a header makes no sense"))
	case errors.Is(err, tar.ErrFieldTooLong):
		return errs.E("archive", "", errs.TooLarge, fmt.Errorf("a header of the archive is too long"))
	}
	return damaged(err)
}
