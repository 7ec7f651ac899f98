package archive

import (
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"slices"

	"aistore/errs"
	"aistore/internal/hrw"
)

// IndexBuilder writes an index as the members of an archive become known. It
// keeps 16 bytes a member. It is for one goroutine.
type IndexBuilder struct {
	w       io.Writer
	format  Format
	limits  Limits
	table   []slot
	block   []byte // being filled, with room for its head
	names   []uint64
	last    Member // in block
	written int64
	members int64
}

// slot is an entry of the table.
type slot struct {
	hash   uint64
	block  int64 // offset
	length uint16
}

// NewIndexBuilder returns a builder that writes to w, front to back.
func NewIndexBuilder(w io.Writer, f Format, l Limits) *IndexBuilder {
	return &IndexBuilder{w: w, format: f, limits: l.withDefaults(), block: make([]byte, blockHead, blockMax)}
}

// Add appends a member. Errors: TooLarge (too many members), Invalid (the name),
// and those of the writer.
func (b *IndexBuilder) Add(m Member) error {
	if b.members >= int64(b.limits.Members) {
		return b.limits.tooMany()
	}
	if m.Name == "" || len(m.Name) > MaxName {
		return invalid("member "+shown(m.Name), "an index takes names of 1 to %d bytes", MaxName)
	}
	b.members++
	b.block = appendMember(b.block, b.format, &b.last, &m)
	b.last = m
	b.names = append(b.names, hrw.Digest(m.Name))
	if len(b.block) >= blockTarget {
		return b.flush()
	}
	return nil
}

// flush writes the block and notes what is in it.
func (b *IndexBuilder) flush() error {
	if len(b.names) == 0 {
		return nil
	}
	binary.LittleEndian.PutUint16(b.block[4:], uint16(len(b.block)-blockHead))
	binary.LittleEndian.PutUint32(b.block, crc(b.block[4:]))
	slices.Sort(b.names)
	for i, hash := range b.names {
		if i == 0 || hash != b.names[i-1] {
			b.table = append(b.table, slot{hash: hash, block: b.written, length: uint16(len(b.block))})
		}
	}
	err := b.write(b.block)
	b.block, b.names, b.last = b.block[:blockHead], b.names[:0], Member{}
	return err
}

func (b *IndexBuilder) write(p []byte) error {
	n, err := b.w.Write(p)
	b.written += int64(n)
	return err
}

// Finish ends the index of an archive of size bytes whose members end at end
// (see [Index.End]). Identity, of at most 51 bytes, tells this very archive from
// every other.
func (b *IndexBuilder) Finish(size, end int64, identity []byte) error {
	if len(identity) > maxIdentity {
		return errs.E("archive.Index", "", errs.Invalid, nil)
	}
	if err := b.flush(); err != nil {
		return err
	}
	repeated := b.members > int64(len(b.table)) // within one block
	slices.SortFunc(b.table, func(x, y slot) int {
		return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.block, y.block))
	})
	t := trailer{
		format: b.format, members: b.members, entries: int64(len(b.table)),
		size: size, end: end, blocks: b.written, identity: identity,
	}
	for i := 1; i < len(b.table) && !repeated; i++ {
		repeated = b.table[i].hash == b.table[i-1].hash
	}
	if repeated {
		t.flags |= indexRepeats
	}
	fence, err := b.writeTable()
	if err != nil {
		return err
	}
	t.fence = crc(fence)
	return b.write(t.append(fence))
}

// writeTable writes the pages and returns the fence.
func (b *IndexBuilder) writeTable() (fence []byte, err error) {
	page := make([]byte, 4, pageBytes)
	for slots := range slices.Chunk(b.table, pageEntries) {
		page = page[:4]
		for _, s := range slots {
			page = binary.LittleEndian.AppendUint64(page, s.hash)
			page = binary.LittleEndian.AppendUint64(page, uint64(s.block)|uint64(s.length)<<48)
		}
		binary.LittleEndian.PutUint32(page, crc(page[4:]))
		if err := b.write(page); err != nil {
			return nil, err
		}
		fence = binary.LittleEndian.AppendUint64(fence, slots[0].hash)
	}
	return fence, nil
}

// BuildIndex writes the index of an archive to w. For a tar it reads the headers
// and the blocks around them, for a zip the directory, for a compressed tar all
// of it. Errors: as of Archive.Walk, and those of the writer.
func BuildIndex(ctx context.Context, a *Archive, w io.Writer, identity []byte) error {
	b := NewIndexBuilder(w, a.format, a.limits)
	end, err := a.walk(ctx, func(m Member, _ io.Reader) error { return b.Add(m) })
	if err != nil {
		return err
	}
	return b.Finish(a.size, end, identity)
}
