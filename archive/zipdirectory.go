package archive

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"time"
)

// zipDirectory says where the directory of a zip is.
type zipDirectory struct {
	offset  int64 // of its first record: where the members end
	size    int64
	members uint64
}

// findZipDirectory reads the end of a zip.
func findZipDirectory(r io.ReaderAt, size int64) (zipDirectory, error) {
	var d zipDirectory
	tail := make([]byte, min(size, zipEndSize+zipMax16))
	if err := readExactly(r, tail, size-int64(len(tail))); err != nil {
		return d, err
	}
	at := endRecord(tail)
	if at < 0 {
		return d, invalid("", "the archive is no zip, or truncated: it has no directory at its end")
	}
	f := fields(tail[at+4:])
	disk, first := f.u16(), f.u16()
	f.skip(2)
	d.members = uint64(f.u16())
	d.size, d.offset = int64(f.u32()), int64(f.u32())
	end := size - int64(len(tail)) + int64(at)
	if d.members == zipMax16 || d.size == zipMax32 || d.offset == zipMax32 {
		found, err := findZip64Directory(r, end)
		if err != nil {
			return d, err
		}
		if found != nil {
			d, end = found.zipDirectory, found.at
		}
	}
	switch {
	case disk != first:
		return d, unsupported("", "the archive is one of several parts")
	case d.offset < 0 || d.size < 0 || d.offset > end-d.size:
		return d, invalid("", "the directory of the archive is not where the archive says: it is truncated or damaged")
	case d.offset+d.size != end:
		return d, unsupported("", "the archive has other data before or after it: cut that off")
	}
	return d, nil
}

// endRecord returns where the last record that can be the end of a zip begins,
// -1 if there is none.
func endRecord(tail []byte) int {
	for at := len(tail) - zipEndSize; at >= 0; at-- {
		if binary.LittleEndian.Uint32(tail[at:]) == zipEnd &&
			at+zipEndSize+int(binary.LittleEndian.Uint16(tail[at+20:])) == len(tail) {
			return at
		}
	}
	return -1
}

// zip64Directory is a directory with the place of the record that says so.
type zip64Directory struct {
	zipDirectory
	at int64
}

// findZip64Directory reads the end of a zip with large numbers, whose plain end
// record is at offset end; nil if it has none.
func findZip64Directory(r io.ReaderAt, end int64) (*zip64Directory, error) {
	if end < zipLocatorSize {
		return nil, nil
	}
	var locator [zipLocatorSize]byte
	if err := readExactly(r, locator[:], end-zipLocatorSize); err != nil {
		return nil, err
	}
	f := fields(locator[:])
	if f.u32() != zipEnd64Locator {
		return nil, nil
	}
	f.skip(4)
	at := int64(f.u64())
	if at < 0 || at > end-zipLocatorSize-zipEnd64Size {
		return nil, invalid("", "the directory of the archive is not where the archive says: it is truncated or damaged")
	}
	var record [zipEnd64Size]byte
	if err := readExactly(r, record[:], at); err != nil {
		return nil, err
	}
	f = fields(record[:])
	if f.u32() != zipEnd64 {
		return nil, invalid("", "the end of the archive is damaged")
	}
	f.skip(8 + 2 + 2 + 4 + 4 + 8)
	d := &zip64Directory{at: at}
	d.members, d.size, d.offset = f.u64(), int64(f.u64()), int64(f.u64())
	return d, nil
}

// zipRecord is what the directory says of one entry.
type zipRecord struct {
	Member
	flags   uint16
	regular bool
	extent  int64 // bytes that header and content have at least
}

// readZipRecord reads the next record of a directory. buf is memory to use.
func readZipRecord(r io.Reader, buf *bytes.Buffer) (zipRecord, error) {
	var z zipRecord
	var head [zipEntrySize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return z, endsEarly(err)
	}
	f := fields(head[:])
	if f.u32() != zipEntry {
		return z, invalid("", "the directory of the archive is damaged")
	}
	creator := f.u16() >> 8
	f.skip(2)
	z.flags, z.Method = f.u16(), f.u16()
	clock, date := f.u16(), f.u16()
	z.CRC = f.u32()
	z.Stored, z.Size = int64(f.u32()), int64(f.u32())
	nameLen, extraLen, commentLen := int(f.u16()), int(f.u16()), int(f.u16())
	f.skip(2 + 2)
	attributes := f.u32()
	z.Offset = int64(f.u32())
	buf.Reset()
	if _, err := io.CopyN(buf, r, int64(nameLen+extraLen+commentLen)); err != nil {
		return z, endsEarly(err)
	}
	z.Name = string(buf.Bytes()[:nameLen])
	extra := buf.Bytes()[nameLen : nameLen+extraLen]
	if !z.widen(extra) {
		return z, invalid("member "+shown(z.Name), "its record in the directory is damaged")
	}
	z.Modified = fromDOS(date, clock)
	if times := extraField(extra, zipExtraTime); len(times) >= 5 && times[0]&1 != 0 {
		z.Modified = time.Unix(int64(int32(binary.LittleEndian.Uint32(times[1:]))), 0)
	}
	z.regular = isZipFile(z.Name, creator, attributes)
	z.extent = zipLocalSize + int64(nameLen) + z.Stored
	return z, nil
}

// widen takes the numbers that do not fit a record from its extra field.
func (z *zipRecord) widen(extra []byte) bool {
	wide := fields(extraField(extra, zipExtra64))
	for _, number := range []*int64{&z.Size, &z.Stored, &z.Offset} {
		if *number != zipMax32 || len(wide) == 0 {
			continue
		}
		if len(wide) < 8 {
			return false
		}
		if *number = int64(wide.u64()); *number < 0 {
			return false
		}
	}
	return true
}

// isZipFile tells regular files from directories, links and devices.
func isZipFile(name string, creator uint16, attributes uint32) bool {
	const unix, darwin, typeMask, regular = 3, 19, 0xf000, 0x8000
	if strings.HasSuffix(name, "/") {
		return false
	}
	kind := attributes >> 16 & typeMask
	return creator != unix && creator != darwin || kind == 0 || kind == regular
}

// usable returns an error for a member that cannot be read.
func (z *zipRecord) usable() error {
	switch {
	case z.flags&zipFlagEncrypted != 0:
		return unsupported("member "+shown(z.Name), "it is encrypted")
	case z.Method != zipStored && z.Method != zipDeflated:
		return unsupported("member "+shown(z.Name), "it is compressed in another way than deflate")
	case z.Method == zipStored && z.Stored != z.Size:
		return invalid("member "+shown(z.Name), "it is stored as it is, yet has two sizes")
	}
	return nil
}
