package archive

import (
	"encoding/binary"
	"time"
)

// Signatures and lengths of the records of a zip, by the published format
// (APPNOTE.TXT). Numbers are little-endian.
const (
	zipLocal        = 0x04034b50
	zipEntry        = 0x02014b50
	zipDescriptor   = 0x08074b50
	zipEnd          = 0x06054b50
	zipEnd64        = 0x06064b50
	zipEnd64Locator = 0x07064b50

	zipLocalSize   = 30
	zipEntrySize   = 46
	zipEndSize     = 22
	zipEnd64Size   = 56
	zipLocatorSize = 20

	zipExtra64   = 0x0001 // extra field: sizes and offset that do not fit 32 bits
	zipExtraTime = 0x5455 // extra field: times as unix seconds

	zipStored   = 0
	zipDeflated = 8

	zipFlagEncrypted  = 1 << 0
	zipFlagDescriptor = 1 << 3
	zipFlagUTF8       = 1 << 11

	zipMax16 = 1<<16 - 1
	zipMax32 = 1<<32 - 1
)

// fields reads numbers from the front of a record.
type fields []byte

func (f *fields) u16() uint16 {
	v := binary.LittleEndian.Uint16(*f)
	*f = (*f)[2:]
	return v
}

func (f *fields) u32() uint32 {
	v := binary.LittleEndian.Uint32(*f)
	*f = (*f)[4:]
	return v
}

func (f *fields) u64() uint64 {
	v := binary.LittleEndian.Uint64(*f)
	*f = (*f)[8:]
	return v
}

func (f *fields) skip(n int) { *f = (*f)[n:] }

// extraField returns the content of an extra field, nil if there is none.
func extraField(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		f := fields(extra)
		found, n := f.u16(), int(f.u16())
		if n > len(f) {
			return nil
		}
		if found == id {
			return f[:n]
		}
		extra = f[n:]
	}
	return nil
}

// fromDOS returns the time in a header, which has no zone: UTC is assumed.
func fromDOS(date, clock uint16) time.Time {
	if date == 0 {
		return time.Time{}
	}
	return time.Date(int(date>>9)+1980, time.Month(date>>5&0xf), int(date&0x1f),
		int(clock>>11), int(clock>>5&0x3f), int(clock&0x1f)*2, 0, time.UTC)
}

// toDOS returns the time of a header, zero for times that it cannot have.
func toDOS(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		return 1<<5 | 1, 0
	}
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	clock = uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
	return date, clock
}
