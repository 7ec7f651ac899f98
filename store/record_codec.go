package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"aistore/errs"
	"aistore/internal/checksum"
)

// The layout that this release writes.
const (
	layoutMajor = 1
	layoutMinor = 1

	recordHead = 1 + crc32.Size // bytes before the first field
)

// Field numbers; see the package comment.
const (
	fieldSize          = 1
	fieldChecksum      = 2
	fieldSums          = 3
	fieldETag          = 4
	fieldPartSizes     = 5
	fieldHeader        = 6
	fieldCustom        = 7
	fieldTags          = 8
	fieldVersionNumber = 9
	fieldVersionText   = 10
	fieldVersionID     = 11
	fieldDeleteMarker  = 12
	fieldRetention     = 13
	fieldHold          = 14
	fieldBucketID      = 15
	fieldOrder         = 16
	fieldPlacement     = 17
	fieldCopies        = 18
	fieldChunks        = 19
	fieldModified      = 20
	fieldAtime         = 21
	fieldETagDigest    = 22
	fieldSpill         = 23
	fieldUpload        = 24
)

// form is how the payload of a field is laid out.
type form uint8

const (
	formVarint form = 0
	formFixed  form = 1
	formBytes  form = 2
	formFlag   form = 3
)

var (
	errShortRecord   = errors.New("the record ends too early")
	errRecordSum     = errors.New("the record does not match its checksum")
	errRecordLayout  = errors.New("the record has a layout of another release")
	errRecordField   = errors.New("the record has a malformed field")
	errRecordTooLong = errors.New("the metadata takes too much space")
)

// section selects the fields of a record that go into one place.
type section uint8

const (
	wholeRecord  section = iota // all fields
	attrSection                 // what stays in the attribute beside a spill file
	spillSection                // what goes into the spill file
)

// spills tells whether a field goes into the spill file when there is one.
func spills(number uint64) bool {
	switch number {
	case fieldSums, fieldPartSizes, fieldHeader, fieldCustom, fieldTags, fieldVersionID, fieldRetention, fieldCopies, fieldChunks:
		return true
	}
	return number > fieldUpload // unknown: whoever knows it reads both parts
}

// Append appends the record's form on disk to dst.
func (r *Record) Append(dst []byte) []byte { return r.appendSection(dst, wholeRecord, spillRef{}) }

// ParseRecord reads what [Record.Append] has written. A record of a newer minor
// layout keeps the fields that this release does not know.
// Errors: Corrupt, Unsupported (another major layout).
func ParseRecord(src []byte) (*Record, error) {
	r := &Record{}
	spill, err := r.parseInto(src)
	if err == nil && !spill.isZero() {
		err = errRecordField // the caller asked for a record that is whole
	}
	if err != nil {
		return nil, recordError(err)
	}
	return r, nil
}

func recordError(err error) error {
	kind := errs.Corrupt
	if errors.Is(err, errRecordLayout) {
		kind = errs.Unsupported
	}
	return errs.E("store.ParseRecord", "", kind, err)
}

// appendSection appends the fields of one section as a record.
func (r *Record) appendSection(dst []byte, part section, spill spillRef) []byte {
	start := len(dst)
	dst = append(dst, layoutMajor<<4|max(layoutMinor, r.minor), 0, 0, 0, 0)
	e := encoder{dst: dst, part: part, unknown: r.unknown}
	r.encode(&e)
	e.spill(spill)
	e.bytes(fieldUpload, r.Upload.bytes())
	e.rest()
	binary.BigEndian.PutUint32(e.dst[start+1:], recordSum(e.dst[start:]))
	return e.dst
}

// recordSum is the checksum of a record, its own field left out.
func recordSum(record []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(record[:1], table), table, record[recordHead:])
}

const (
	maxDigest      = 64                        // bytes of the longest digest
	maxOrder       = 3 * binary.MaxVarintLen64 // bytes of the longest write order
	etagDigestSize = 16
)

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// appendSum appends kind and digest; none is kind 0.
func appendSum(dst []byte, sum checksum.Sum) []byte {
	if sum.IsZero() {
		return append(dst, 0)
	}
	return sum.Append(append(dst, mustChecksumCode(sum.Kind)))
}

// mustChecksumCode returns the number of a kind on disk.
func mustChecksumCode(kind checksum.Kind) byte {
	switch kind {
	case checksum.XXHash2:
		return 1
	case checksum.XXHash:
		return 2
	case checksum.MD5:
		return 3
	case checksum.CRC32C:
		return 4
	case checksum.SHA256:
		return 5
	case checksum.SHA512:
		return 6
	case checksum.CRC32:
		return 7
	case checksum.CRC64NVME:
		return 8
	case checksum.SHA1:
		return 9
	}
	panic(fmt.Sprintf("store: checksum kind %q has no number on disk", kind))
}

// checksumKind is the inverse of mustChecksumCode; "" if there is none.
func checksumKind(code byte) checksum.Kind {
	for _, kind := range checksum.All() {
		if kind != checksum.None && mustChecksumCode(kind) == code {
			return kind
		}
	}
	return ""
}

// versionNumber returns the number that a version text is, 0 if it is none
// whose decimal form is that text.
func versionNumber(version string) uint64 {
	if version == "" || version[0] < '1' || version[0] > '9' {
		return 0
	}
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// etagDigest returns the bytes of an entity tag that is 32 digits of hex.
func etagDigest(etag string) (digest [etagDigestSize]byte, ok bool) {
	if len(etag) != 2*etagDigestSize || strings.ToLower(etag) != etag {
		return digest, false
	}
	_, err := hex.Decode(digest[:], []byte(etag))
	return digest, err == nil
}

func unixNano(n uint64) time.Time { return time.Unix(0, int64(n)).UTC() }
