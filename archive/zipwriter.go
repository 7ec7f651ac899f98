package archive

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/flate"
)

// zipWide is the size from which a member has large numbers, with room for what
// deflate may add.
const zipWide = zipMax32 - 1<<20

// zipFormat writes a zip. Its directory is kept in memory as it will be written,
// about 60 bytes a member and the name.
type zipFormat struct {
	w         countingWriter
	old       io.Reader // directory of the archive that is continued; nil if none
	oldSize   int64
	members   uint64
	directory []byte
	deflate   *flate.Writer
}

func (z *zipFormat) add(m Member, content io.Reader) (Member, error) {
	m.Modified = m.Modified.Truncate(time.Second)
	m.Offset, m.Method = z.w.offset, zipDeflated
	wide := m.Size >= zipWide
	if _, err := z.w.Write(localHeader(&m, wide)); err != nil {
		return m, err
	}
	start := z.w.offset
	sum := crc32.NewIEEE()
	if err := z.compress(io.TeeReader(content, sum)); err != nil {
		return m, err
	}
	m.Stored, m.CRC = z.w.offset-start, sum.Sum32()
	if _, err := z.w.Write(descriptor(&m, wide)); err != nil {
		return m, err
	}
	z.directory = appendZipEntry(z.directory, &m)
	z.members++
	return m, nil
}

func (z *zipFormat) compress(content io.Reader) (err error) {
	if z.deflate == nil {
		z.deflate, err = flate.NewWriter(&z.w, flate.BestSpeed)
	} else {
		z.deflate.Reset(&z.w)
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(z.deflate, content); err != nil {
		return err
	}
	return z.deflate.Close()
}

func (z *zipFormat) close() (end int64, err error) {
	end = z.w.offset
	if z.old != nil {
		if _, err := io.CopyN(&z.w, z.old, z.oldSize); err != nil {
			return 0, endsEarly(err)
		}
	}
	if _, err := z.w.Write(z.directory); err != nil {
		return 0, err
	}
	_, err = z.w.Write(endOfZip(z.members, end, z.w.offset-end))
	return end, err
}

func timeExtra(t time.Time) []byte {
	if t.IsZero() || t.Unix() != int64(int32(t.Unix())) {
		return nil
	}
	extra := binary.LittleEndian.AppendUint16(nil, zipExtraTime)
	extra = append(extra, 5, 0, 1)
	return binary.LittleEndian.AppendUint32(extra, uint32(t.Unix()))
}

func zipFlags(wide bool) (version, flags uint16) {
	if wide {
		return 45, zipFlagDescriptor | zipFlagUTF8
	}
	return 20, zipFlagDescriptor | zipFlagUTF8
}

// localHeader is what stands before a content. Sizes and checksum follow in the
// descriptor behind it.
func localHeader(m *Member, wide bool) []byte {
	extra := timeExtra(m.Modified)
	if wide {
		extra = binary.LittleEndian.AppendUint16(extra, zipExtra64)
		extra = append(extra, 16, 0)
		extra = append(extra, make([]byte, 16)...)
	}
	version, flags := zipFlags(wide)
	date, clock := toDOS(m.Modified)
	dst := binary.LittleEndian.AppendUint32(nil, zipLocal)
	for _, v := range []uint16{version, flags, m.Method, clock, date} {
		dst = binary.LittleEndian.AppendUint16(dst, v)
	}
	sizes := uint32(0)
	if wide {
		sizes = zipMax32
	}
	for _, v := range []uint32{0, sizes, sizes} {
		dst = binary.LittleEndian.AppendUint32(dst, v)
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(m.Name)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(extra)))
	return append(append(dst, m.Name...), extra...)
}

func descriptor(m *Member, wide bool) []byte {
	dst := binary.LittleEndian.AppendUint32(nil, zipDescriptor)
	dst = binary.LittleEndian.AppendUint32(dst, m.CRC)
	if wide {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Stored))
		return binary.LittleEndian.AppendUint64(dst, uint64(m.Size))
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(m.Stored))
	return binary.LittleEndian.AppendUint32(dst, uint32(m.Size))
}

// appendZipEntry appends the record of a member in the directory.
func appendZipEntry(dst []byte, m *Member) []byte {
	const creator, regular = 3 << 8, 0o100644 << 16 // unix
	extra := timeExtra(m.Modified)
	wide := m.Size >= zipWide || m.Offset >= zipMax32
	size, stored, offset := uint32(m.Size), uint32(m.Stored), uint32(m.Offset)
	if wide {
		size, stored, offset = zipMax32, zipMax32, zipMax32
		extra = binary.LittleEndian.AppendUint16(extra, zipExtra64)
		extra = append(extra, 24, 0)
		for _, v := range []int64{m.Size, m.Stored, m.Offset} {
			extra = binary.LittleEndian.AppendUint64(extra, uint64(v))
		}
	}
	version, flags := zipFlags(wide)
	date, clock := toDOS(m.Modified)
	dst = binary.LittleEndian.AppendUint32(dst, zipEntry)
	for _, v := range []uint16{creator | version, version, flags, m.Method, clock, date} {
		dst = binary.LittleEndian.AppendUint16(dst, v)
	}
	for _, v := range []uint32{m.CRC, stored, size} {
		dst = binary.LittleEndian.AppendUint32(dst, v)
	}
	for _, v := range []uint16{uint16(len(m.Name)), uint16(len(extra)), 0, 0, 0} {
		dst = binary.LittleEndian.AppendUint16(dst, v)
	}
	dst = binary.LittleEndian.AppendUint32(dst, regular)
	dst = binary.LittleEndian.AppendUint32(dst, offset)
	return append(append(dst, m.Name...), extra...)
}

// endOfZip is what stands behind a directory of size bytes at offset.
func endOfZip(members uint64, offset, size int64) []byte {
	var dst []byte
	short, at, length := uint16(members), uint32(offset), uint32(size)
	if members >= zipMax16 || offset >= zipMax32 || size >= zipMax32 {
		short, at, length = zipMax16, zipMax32, zipMax32
		dst = binary.LittleEndian.AppendUint32(dst, zipEnd64)
		dst = binary.LittleEndian.AppendUint64(dst, zipEnd64Size-12)
		dst = append(dst, 45, 3, 45, 0)
		dst = append(dst, make([]byte, 8)...)
		for _, v := range []uint64{members, members, uint64(size), uint64(offset)} {
			dst = binary.LittleEndian.AppendUint64(dst, v)
		}
		dst = binary.LittleEndian.AppendUint32(dst, zipEnd64Locator)
		dst = binary.LittleEndian.AppendUint32(dst, 0)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(offset+size))
		dst = binary.LittleEndian.AppendUint32(dst, 1)
	}
	dst = binary.LittleEndian.AppendUint32(dst, zipEnd)
	for _, v := range []uint16{0, 0, short, short} {
		dst = binary.LittleEndian.AppendUint16(dst, v)
	}
	dst = binary.LittleEndian.AppendUint32(dst, length)
	dst = binary.LittleEndian.AppendUint32(dst, at)
	return binary.LittleEndian.AppendUint16(dst, 0)
}
