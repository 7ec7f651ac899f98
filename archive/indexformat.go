package archive

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"aistore/errs"
)

// The layout of an index; see the comment of the package.
const (
	indexMagic     = "aisx"
	indexVersion   = 1
	indexTrailer   = 112
	indexRepeats   = 1 // flag
	blockHead      = 6
	blockTarget    = 1 << 10
	blockMax       = 8 << 10
	tableEntry     = 16
	pageEntries    = 256
	pageBytes      = 4 + pageEntries*tableEntry
	maxIdentity    = 51
	trailerSummed  = indexTrailer - 4
	identityOffset = 56
)

func crc(p []byte) uint32 { return crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)) }

// trailer is the last part of an index.
type trailer struct {
	format   Format
	flags    uint16
	members  int64
	entries  int64
	size     int64 // of the archive
	end      int64
	blocks   int64 // bytes
	fence    uint32
	identity []byte
}

func (t *trailer) append(dst []byte) []byte {
	start := len(dst)
	dst = append(append(dst, indexMagic...), indexVersion, byte(t.format))
	dst = binary.LittleEndian.AppendUint16(dst, t.flags)
	for _, n := range []int64{t.members, t.entries, t.size, t.end, t.blocks} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	dst = binary.LittleEndian.AppendUint32(dst, t.fence)
	dst = append(dst, 0, 0, 0, 0, byte(len(t.identity)))
	dst = append(dst, t.identity...)
	dst = append(dst, make([]byte, trailerSummed-(len(dst)-start))...)
	return binary.LittleEndian.AppendUint32(dst, crc(dst[start:]))
}

// parseTrailer is the inverse of append, for a src of indexTrailer bytes.
func parseTrailer(src []byte) (t trailer, ok bool) {
	if string(src[:4]) != indexMagic || src[4] != indexVersion ||
		binary.LittleEndian.Uint32(src[trailerSummed:]) != crc(src[:trailerSummed]) {
		return t, false
	}
	t.format = Format(src[5])
	f := fields(src[6:])
	t.flags = f.u16()
	for _, n := range []*int64{&t.members, &t.entries, &t.size, &t.end, &t.blocks} {
		if *n = int64(f.u64()); *n < 0 {
			return t, false
		}
	}
	t.fence = f.u32()
	n := int(src[identityOffset])
	if n > maxIdentity || t.format < Tar || t.format > Zip {
		return t, false
	}
	t.identity = src[identityOffset+1 : identityOffset+1+n]
	return t, true
}

// pages returns how many pages the table has.
func (t *trailer) pages() int64 { return (t.entries + pageEntries - 1) / pageEntries }

// fits tells whether the parts add up to an index of size bytes.
func (t *trailer) fits(size int64) bool {
	if t.entries > size/tableEntry || t.blocks > size || t.members > size {
		return false
	}
	return t.blocks+t.entries*tableEntry+t.pages()*(4+8)+indexTrailer == size
}

// appendMember appends a member after the one before it in its block.
func appendMember(dst []byte, f Format, before, m *Member) []byte {
	shared := 0
	for shared < min(len(before.Name), len(m.Name)) && before.Name[shared] == m.Name[shared] {
		shared++
	}
	dst = binary.AppendUvarint(dst, uint64(shared))
	dst = binary.AppendUvarint(dst, uint64(len(m.Name)-shared))
	dst = append(dst, m.Name[shared:]...)
	dst = binary.AppendUvarint(dst, uint64(m.Size))
	dst = binary.AppendVarint(dst, m.Offset-before.Offset)
	dst = binary.AppendVarint(dst, seconds(m.Modified)-seconds(before.Modified))
	if f == Zip {
		dst = binary.AppendUvarint(dst, uint64(m.Stored))
		dst = append(dst, byte(m.Method))
		dst = binary.LittleEndian.AppendUint32(dst, m.CRC)
	}
	return dst
}

// seconds is a time as an index has it: 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

var errIndexDamaged = errors.New("the index of the archive is damaged")

func damagedIndex() error { return errs.E("archive.Index", "", errs.Corrupt, errIndexDamaged) }

// memberReader reads the members of one block.
type memberReader struct {
	rest   []byte
	format Format
	last   Member // without its name
	name   []byte // of last
}

// next returns the next member; ok is false at the end. Errors: Corrupt.
func (r *memberReader) next() (m Member, ok bool, err error) {
	if m, ok, err = r.nextUnnamed(); ok {
		m.Name = string(r.name)
	}
	return m, ok, err
}

// nextUnnamed is next, with the name in r.name only: of most members nobody
// wants it.
func (r *memberReader) nextUnnamed() (m Member, ok bool, err error) {
	if len(r.rest) == 0 {
		return m, false, nil
	}
	shared, err := r.uvarint(int64(len(r.name)))
	if err != nil {
		return m, false, err
	}
	n, err := r.uvarint(min(MaxName-shared, int64(len(r.rest))))
	if err != nil || n > int64(len(r.rest)) {
		return m, false, damagedIndex()
	}
	r.name = append(r.name[:shared], r.rest[:n]...)
	r.rest = r.rest[n:]
	if m.Size, err = r.uvarint(1<<63 - 1); err != nil {
		return m, false, err
	}
	m.Stored = m.Size
	step, err := r.varint()
	if err != nil {
		return m, false, err
	}
	if m.Offset = r.last.Offset + step; m.Offset < 0 {
		return m, false, damagedIndex()
	}
	if step, err = r.varint(); err != nil {
		return m, false, err
	}
	if at := seconds(r.last.Modified) + step; at != 0 {
		m.Modified = time.Unix(at, 0)
	}
	if r.format == Zip {
		err = r.zip(&m)
	}
	r.last = m
	return m, err == nil, err
}

func (r *memberReader) zip(m *Member) (err error) {
	if m.Stored, err = r.uvarint(1<<63 - 1); err != nil {
		return err
	}
	if len(r.rest) < 5 {
		return damagedIndex()
	}
	m.Method = uint16(r.rest[0])
	m.CRC = binary.LittleEndian.Uint32(r.rest[1:])
	r.rest = r.rest[5:]
	return nil
}

// uvarint reads a number of at most most.
func (r *memberReader) uvarint(most int64) (int64, error) {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(most) {
		return 0, damagedIndex()
	}
	r.rest = r.rest[n:]
	return int64(v), nil
}

func (r *memberReader) varint() (int64, error) {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		return 0, damagedIndex()
	}
	r.rest = r.rest[n:]
	return v, nil
}
