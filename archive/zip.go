package archive

import (
	"bytes"
	"cmp"
	"context"
	"hash"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
)

// span is the part of a zip that a member takes, at least.
type span struct{ from, to int64 }

// walkZip walks the members in the order of the directory.
func (a *Archive) walkZip(ctx context.Context, visit Visit) (end int64, err error) {
	d, err := findZipDirectory(a.r, a.size)
	if err != nil {
		return 0, err
	}
	if d.members > uint64(a.limits.Members) {
		return 0, a.limits.tooMany()
	}
	directory := newWindow(ctx, a.r, d.offset+d.size)
	directory.offset = d.offset
	var spans []span
	var buf bytes.Buffer
	for count := uint64(0); directory.Position() < d.offset+d.size; count++ {
		if count == d.members {
			return 0, invalid("", "the directory of the archive has more members than it says")
		}
		z, err := readZipRecord(directory, &buf)
		if err != nil {
			return 0, err
		}
		if z.Stored > d.offset || z.Offset > d.offset-z.extent {
			return 0, truncated(z.Member)
		}
		spans = append(spans, span{z.Offset, z.Offset + z.extent})
		if !z.regular {
			continue
		}
		if z.Name, err = CleanName(z.Name); err != nil {
			return 0, err
		}
		if err := z.usable(); err != nil {
			return 0, err
		}
		if err := visit(z.Member, &lazyContent{ctx: ctx, archive: a, member: z.Member, end: d.offset}); err != nil {
			return 0, err
		}
	}
	if uint64(len(spans)) != d.members {
		return 0, invalid("", "the directory of the archive has fewer members than it says: it is truncated or damaged")
	}
	return d.offset, disjoint(spans)
}

// disjoint returns an error if members overlap: one byte of the archive would be
// decompressed many times.
func disjoint(spans []span) error {
	byOffset := func(a, b span) int { return cmp.Compare(a.from, b.from) }
	if !slices.IsSortedFunc(spans, byOffset) {
		slices.SortFunc(spans, byOffset)
	}
	for i := range len(spans) - 1 {
		if spans[i].to > spans[i+1].from {
			return invalid("", "members of the archive overlap")
		}
	}
	return nil
}

// lazyContent opens the content of a member when it is read.
type lazyContent struct {
	ctx     context.Context
	archive *Archive
	member  Member
	end     int64 // of all members
	r       io.Reader
}

// Read is io.Reader.
func (l *lazyContent) Read(p []byte) (int, error) {
	if l.r == nil {
		content, err := l.archive.openZip(l.ctx, l.member, l.end)
		if err != nil {
			return 0, err
		}
		l.r = content
	}
	return l.r.Read(p)
}

// openZip opens a member: its local header, which only says where the content
// begins, and what follows. That ends before end: behind it is the directory, whose
// place is another one when members are appended.
func (a *Archive) openZip(ctx context.Context, m Member, end int64) (io.ReadCloser, error) {
	if m.Offset < 0 || m.Stored < 0 || m.Size < 0 || m.Offset > a.size-zipLocalSize {
		return nil, truncated(m)
	}
	if limit := a.limits.expanded(m.Stored); m.Size > limit {
		return nil, tooExpanded("member "+shown(m.Name), limit)
	}
	w := newWindow(ctx, a.r, a.size)
	w.offset = m.Offset
	const around = zipLocalSize + 2*MaxName // header, name, usual extra fields
	w.buf = make([]byte, 0, min(windowBytes, around+m.Stored))
	var head [zipLocalSize]byte
	if _, err := io.ReadFull(w, head[:]); err != nil {
		return nil, endsEarly(err)
	}
	f := fields(head[:])
	if f.u32() != zipLocal {
		return nil, invalid("member "+shown(m.Name), "it is not where the directory of the archive says")
	}
	f.skip(zipLocalSize - 4 - 4)
	w.offset += int64(f.u16()) + int64(f.u16())
	if w.offset > end-m.Stored {
		return nil, truncated(m)
	}
	w.size = w.offset + m.Stored
	c := &zipContent{member: m, sum: crc32.NewIEEE(), left: m.Size, r: w}
	if m.Method == zipDeflated {
		inflate := flate.NewReader(w)
		c.r, c.inflate = damage{inflate}, inflate
	}
	return c, nil
}

// zipContent is the content of a member, checked at its end.
type zipContent struct {
	member  Member
	r       io.Reader
	inflate io.Closer // nil: stored
	sum     hash.Hash32
	left    int64
}

// Read is io.Reader. The last bytes are not given before the checksum of all is
// right. Errors: Invalid.
func (c *zipContent) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.finish()
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.sum.Write(p[:n])
	if c.left -= int64(n); c.left == 0 {
		if err := c.finish(); err != io.EOF {
			return 0, err
		}
		return n, nil
	}
	if err != nil {
		return n, endsEarly(err)
	}
	return n, nil
}

// finish returns io.EOF if the content was what the directory says.
func (c *zipContent) finish() error {
	var more [1]byte
	n, err := io.ReadFull(c.r, more[:])
	switch {
	case n > 0:
		return invalid("member "+shown(c.member.Name), "it has more content than the directory of the archive says")
	case err != io.EOF:
		return endsEarly(err)
	case c.sum.Sum32() != c.member.CRC:
		return invalid("member "+shown(c.member.Name), "its content does not match its checksum")
	}
	return io.EOF
}

// Close gives back what decompressing took.
func (c *zipContent) Close() error {
	if c.inflate == nil {
		return nil
	}
	return c.inflate.Close()
}
