package archive

import (
	"context"
	"errors"
	"io"

	"aistore/errs"
	"aistore/internal/hrw"
)

// Append copies the members of an archive, whose index x is, to w and returns a
// Writer that continues the copy. A tar and a zip are copied as they are; a
// compressed tar is decompressed and compressed anew.
// Errors: Conflict (x is of another format), TooLarge (the members of the old),
// Invalid, Corrupt (of the index), Canceled, and those of reader and writer.
func Append(ctx context.Context, a *Archive, x *Index, w io.Writer, o WriterOptions) (*Writer, error) {
	if x.Format() != a.format {
		return nil, errs.E("archive.Append", "", errs.Conflict, errIndexFormat{})
	}
	out, err := NewWriter(w, a.format, o)
	if err != nil {
		return nil, err
	}
	for m, err := range x.Members() {
		if err != nil {
			return nil, err
		}
		if out.members++; out.members > out.limits.Members {
			return nil, out.limits.tooMany()
		}
		out.seen[hrw.Digest(m.Name)] = struct{}{}
		if out.index == nil {
			continue
		}
		if err := out.index.Add(m); err != nil {
			return nil, err
		}
	}
	if z, ok := out.format.(*zipFormat); ok {
		return out, z.resume(ctx, a)
	}
	return out, out.format.(*tarFormat).resume(ctx, a, x.End())
}

// errIndexFormat says why an index does not fit.
type errIndexFormat struct{}

func (errIndexFormat) Error() string { return "the index is that of an archive of another format" }

// resume copies the first end bytes of the tar in a.
func (t *tarFormat) resume(ctx context.Context, a *Archive, end int64) error {
	var content io.Reader = newWindow(ctx, a.r, a.size)
	if a.format.IsCompressedTar() {
		plain, err := decompress(content, a.format)
		if err != nil {
			return err
		}
		content = &counter{r: plain, limit: a.limits.expanded(a.size)}
	}
	return copyExactly(&t.plain, content, end)
}

// resume copies the members of the zip in a, and keeps its directory.
func (z *zipFormat) resume(ctx context.Context, a *Archive) error {
	d, err := findZipDirectory(a.r, a.size)
	if err != nil {
		return err
	}
	z.members = d.members
	z.old, z.oldSize = io.NewSectionReader(a.r, d.offset, d.size), d.size
	return copyExactly(&z.w, newWindow(ctx, a.r, a.size), d.offset)
}

// copyExactly copies n bytes. Errors: Invalid (there are less).
func copyExactly(w io.Writer, r io.Reader, n int64) error {
	const piece = 256 << 10
	copied, err := io.CopyBuffer(onlyWriter{w}, io.LimitReader(r, n), make([]byte, min(piece, max(n, 1))))
	if copied < n && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) {
		return damaged(io.ErrUnexpectedEOF)
	}
	return err
}

// onlyWriter hides all but Write, so that the buffer is used.
type onlyWriter struct{ io.Writer }
