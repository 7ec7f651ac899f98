package archive

import (
	"errors"
	"io"
	"time"

	"aistore/errs"
	"aistore/internal/hrw"
)

// Writer makes an archive, front to back. It is for one goroutine. Its Close
// ends the archive.
type Writer struct {
	format  format
	index   *IndexBuilder // nil: nobody wants one
	limits  Limits
	seen    map[uint64]struct{} // digests of the names so far
	members int
	err     error // of the first call that failed
}

// format writes members in one format.
type format interface {
	// add writes a member and returns it as an index knows it.
	add(m Member, content io.Reader) (Member, error)
	// close ends the archive and returns where its members end.
	close() (end int64, err error)
}

// WriterOptions changes what a Writer does. The zero value makes no index.
type WriterOptions struct {
	Index  *IndexBuilder // gets the members; the caller finishes it, with what Close returns
	Limits Limits
}

// NewWriter returns a Writer of an archive to w, which stays the caller's.
// Errors: Invalid (no format).
func NewWriter(w io.Writer, f Format, o WriterOptions) (*Writer, error) {
	out := &Writer{index: o.Index, limits: o.Limits.withDefaults(), seen: map[uint64]struct{}{}}
	var err error
	switch f {
	case Tar, TarGzip, TarLZ4:
		out.format, err = newTarFormat(w, f)
	case Zip:
		out.format = &zipFormat{w: countingWriter{w: w}}
	default:
		err = invalid("", "the format of the archive is not set")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Add writes a member of size bytes, which content has, no more and no less. A
// modified of zero is 1970 in a tar and 1980 in a zip. After an error other than
// Exists, and Invalid for the name, the archive is broken and Close returns it.
// Errors: Exists (the archive has a member of that name), Invalid (the name, the
// size), TooLarge (too many members), those of content and of the writer.
func (w *Writer) Add(name string, size int64, modified time.Time, content io.Reader) error {
	if w.err != nil {
		return w.err
	}
	clean, err := CleanName(name)
	if err != nil {
		return err
	}
	hash := hrw.Digest(clean)
	if _, ok := w.seen[hash]; ok {
		return errs.E("archive.Add", "member "+shown(clean), errs.Exists,
			errors.New("the archive has a member of that name: give it another one"))
	}
	if size < 0 {
		return invalid("member "+shown(clean), "its size is not known")
	}
	if w.members == w.limits.Members {
		return w.limits.tooMany()
	}
	w.err = w.add(Member{Name: clean, Size: size, Modified: modified}, content)
	if w.err == nil {
		w.seen[hash] = struct{}{}
		w.members++
	}
	return w.err
}

func (w *Writer) add(m Member, content io.Reader) error {
	sized := &sizedContent{r: content, name: m.Name, left: m.Size}
	written, err := w.format.add(m, sized)
	if sized.err != nil {
		return sized.err
	}
	if err == nil {
		err = sized.end()
	}
	if err == nil && w.index != nil {
		err = w.index.Add(written)
	}
	return err
}

// Close ends the archive and returns where its members end, for the index.
// Without it what was written is no archive. Errors: what an Add returned, and
// those of the writer.
func (w *Writer) Close() (end int64, err error) {
	if w.err != nil {
		return 0, w.err
	}
	end, w.err = w.format.close()
	if w.err != nil {
		return 0, w.err
	}
	w.err = errs.E("archive.Writer", "", errs.Internal, errors.New("the writer is closed"))
	return end, nil
}

// sizedContent gives as many bytes as a member has, and remembers an error.
type sizedContent struct {
	r    io.Reader
	name string
	left int64
	err  error
}

// Read is io.Reader. Errors: Invalid (it ends before).
func (s *sizedContent) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	if err == io.EOF {
		err = nil
		if s.left > 0 {
			err = invalid("member "+shown(s.name), "it has %d bytes less than its size says", s.left)
		}
	}
	s.err = err
	return n, err
}

// end returns Invalid if there is more.
func (s *sizedContent) end() error {
	var more [1]byte
	switch n, err := io.ReadFull(s.r, more[:]); {
	case n > 0:
		return invalid("member "+shown(s.name), "it has more bytes than its size says")
	case err != io.EOF:
		return err
	}
	return nil
}

// countingWriter knows how many bytes were written.
type countingWriter struct {
	w      io.Writer
	offset int64
}

// Write is io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.offset += int64(n)
	return n, err
}
