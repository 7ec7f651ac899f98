package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"slices"
	"sort"

	"aistore/errs"
	"aistore/internal/hrw"
)

// Index says where the members of one archive are. It keeps 8 bytes for 256
// members in memory and reads the rest when it is asked. All methods may be
// called from any goroutine, if its reader may.
type Index struct {
	r       io.ReaderAt
	trailer trailer
	fence   []uint64
}

// OpenIndex opens the index of size bytes that r holds, if it is that of the
// archive with this identity and archiveSize; r stays the caller's. Errors:
// Corrupt (damaged, of another version), Conflict (it is that of another
// archive), and those of the reader. Whoever gets one of the two makes the index
// again.
func OpenIndex(r io.ReaderAt, size, archiveSize int64, identity []byte) (*Index, error) {
	if size < indexTrailer {
		return nil, damagedIndex()
	}
	buf := make([]byte, indexTrailer)
	if err := readFullAt(r, buf, size-indexTrailer); err != nil {
		return nil, err
	}
	t, ok := parseTrailer(buf)
	if !ok || !t.fits(size) {
		return nil, damagedIndex()
	}
	if t.size != archiveSize || !bytes.Equal(t.identity, identity) {
		return nil, errs.E("archive.Index", "", errs.Conflict, errors.New("the index is that of another archive"))
	}
	x := &Index{r: r, trailer: t}
	fence := make([]byte, t.pages()*8)
	if err := readFullAt(r, fence, size-indexTrailer-int64(len(fence))); err != nil {
		return nil, err
	}
	if crc(fence) != t.fence {
		return nil, damagedIndex()
	}
	x.fence = make([]uint64, t.pages())
	f := fields(fence)
	for i := range x.fence {
		x.fence[i] = f.u64()
	}
	return x, nil
}

// readFullAt fills p. Errors: Corrupt (it ends before), and those of r.
func readFullAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damagedIndex()
	}
	return err
}

// Format returns the format of the archive.
func (x *Index) Format() Format { return x.trailer.format }

// Len returns the number of members, those included that do not count since a
// later one has their name.
func (x *Index) Len() int { return int(x.trailer.members) }

// End returns where the members of the archive end, and its mark or directory
// begins: in a compressed tar, the offset in what is decompressed.
func (x *Index) End() int64 { return x.trailer.end }

// Memory returns about how many bytes the Index takes.
func (x *Index) Memory() int64 { return int64(len(x.fence))*8 + 200 }

// Find returns the member of that name; false if there is none. The name is one
// that CleanName has returned. Errors: Corrupt, and those of the reader.
func (x *Index) Find(name string) (Member, bool, error) {
	slots, err := x.slots(hrw.Digest(name))
	if err != nil {
		return Member{}, false, err
	}
	for _, s := range slices.Backward(slots) {
		found, ok, err := x.findIn(s, name)
		if ok || err != nil {
			return found, ok, err
		}
	}
	return Member{}, false, nil
}

// Counts tells whether m is the member that its name means: the last one of that
// name. Errors: as Find.
func (x *Index) Counts(m Member) (bool, error) {
	if x.trailer.flags&indexRepeats == 0 {
		return true, nil
	}
	last, ok, err := x.Find(m.Name)
	return ok && last.Offset == m.Offset, err
}

// slots returns the entries of the table for a hash, in the order of blocks.
func (x *Index) slots(hash uint64) ([]slot, error) {
	first := sort.Search(len(x.fence), func(i int) bool { return x.fence[i] >= hash })
	var found []slot
	for page := max(first-1, 0); page < len(x.fence) && x.fence[page] <= hash; page++ {
		entries, err := x.page(page)
		if err != nil {
			return nil, err
		}
		for f := fields(entries); len(f) > 0; {
			h, at := f.u64(), f.u64()
			if h == hash {
				found = append(found, slot{hash: h, block: int64(at & (1<<48 - 1)), length: uint16(at >> 48)})
			}
		}
	}
	return found, nil
}

// page returns the entries of a page of the table.
func (x *Index) page(i int) ([]byte, error) {
	entries := min(x.trailer.entries-int64(i)*pageEntries, pageEntries)
	return x.summed(x.trailer.blocks+int64(i)*pageBytes, 4+entries*tableEntry)
}

// summed reads n bytes from offset and returns what follows their checksum.
func (x *Index) summed(offset, n int64) ([]byte, error) {
	buf := make([]byte, n)
	if err := readFullAt(x.r, buf, offset); err != nil {
		return nil, err
	}
	if crc(buf[4:]) != binary.LittleEndian.Uint32(buf) {
		return nil, damagedIndex()
	}
	return buf[4:], nil
}

// findIn returns the last member of that name in a block.
func (x *Index) findIn(s slot, name string) (found Member, ok bool, err error) {
	if s.block+int64(s.length) > x.trailer.blocks || s.length <= blockHead {
		return found, false, damagedIndex()
	}
	block, err := x.summed(s.block, int64(s.length))
	if err != nil {
		return found, false, err
	}
	r := memberReader{rest: block[blockHead-4:], format: x.trailer.format}
	for {
		m, more, err := r.nextUnnamed()
		if err != nil || !more {
			return found, ok, err
		}
		if string(r.name) == name {
			m.Name = name
			found, ok = m, true
		}
	}
}

// Members goes through all members in the order of the archive. The error, of
// the last pair, is as those of Find.
func (x *Index) Members() iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		if err := x.each(yield); err != nil {
			yield(Member{}, err)
		}
	}
}

// each calls yield for each member.
func (x *Index) each(yield func(Member, error) bool) error {
	const readAhead = 64 << 10
	blocks := bufio.NewReaderSize(io.NewSectionReader(x.r, 0, x.trailer.blocks), int(min(readAhead, x.trailer.blocks)))
	count, buf := int64(0), make([]byte, blockMax)
	for {
		block, err := nextBlock(blocks, buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		r := memberReader{rest: block, format: x.trailer.format}
		for {
			m, more, err := r.next()
			if err != nil {
				return err
			}
			if !more {
				break
			}
			count++
			if !yield(m, nil) {
				return nil
			}
		}
	}
	if count != x.trailer.members {
		return damagedIndex()
	}
	return nil
}

// nextBlock reads a block into buf and returns what follows its head; io.EOF
// after the last.
func nextBlock(r io.Reader, buf []byte) ([]byte, error) {
	if _, err := io.ReadFull(r, buf[:blockHead]); err != nil {
		return nil, indexEnds(err)
	}
	n := blockHead + int(binary.LittleEndian.Uint16(buf[4:]))
	if n > len(buf) {
		return nil, damagedIndex()
	}
	if _, err := io.ReadFull(r, buf[blockHead:n]); err != nil {
		return nil, damagedIndex()
	}
	if crc(buf[4:n]) != binary.LittleEndian.Uint32(buf) {
		return nil, damagedIndex()
	}
	return buf[blockHead:n], nil
}

// indexEnds is Corrupt for an index that ends within something.
func indexEnds(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return damagedIndex()
	}
	return err
}
