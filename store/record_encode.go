package store

import (
	"encoding/binary"
	"math/bits"
	"time"

	"aistore/cluster"
	"aistore/internal/checksum"
)

// encode emits the fields in ascending order of their numbers.
func (r *Record) encode(e *encoder) {
	e.varint(fieldSize, uint64(r.Size))
	e.checksum(r.Checksum)
	e.sums(r.Sums)
	digest, isDigest := etagDigest(r.ETag)
	if !isDigest {
		e.text(fieldETag, r.ETag)
	}
	e.sizes(r.PartSizes)
	e.pairs(fieldHeader, r.Header)
	e.pairs(fieldCustom, r.Custom)
	e.pairs(fieldTags, r.Tags)
	number := versionNumber(r.Version)
	e.varint(fieldVersionNumber, number)
	if number == 0 {
		e.text(fieldVersionText, r.Version)
	}
	e.text(fieldVersionID, r.packKey())
	e.flag(fieldDeleteMarker, r.DeleteMarker)
	e.retention(r.Retention)
	e.flag(fieldHold, r.Retention.Hold)
	e.varint(fieldBucketID, bits.RotateLeft64(r.BucketID, 1))
	e.order(r.Order)
	if r.Placement != r.Order.Map {
		e.varint(fieldPlacement, uint64(r.Placement))
	}
	e.copies(r.Copies)
	e.chunks(r.Chunks)
	e.time(fieldModified, r.Modified)
	if !r.Atime.Equal(r.Modified) {
		e.time(fieldAtime, r.Atime)
	}
	if isDigest {
		e.bytes(fieldETagDigest, digest[:])
	}
}

// encoder appends fields; each call leaves out what is zero or belongs to
// another section.
type encoder struct {
	dst     []byte
	part    section
	unknown []rawField // not yet emitted, ascending
}

// tag begins a field, after the unknown ones with lower numbers. False if the
// field is not of this section.
func (e *encoder) tag(number uint64, f form) bool {
	for len(e.unknown) > 0 && e.unknown[0].number < number {
		e.raw()
	}
	if !e.wants(number) {
		return false
	}
	e.dst = binary.AppendUvarint(e.dst, number<<2|uint64(f))
	return true
}

func (e *encoder) wants(number uint64) bool {
	return e.part == wholeRecord || spills(number) == (e.part == spillSection)
}

// raw emits the first unknown field.
func (e *encoder) raw() {
	if e.wants(e.unknown[0].number) {
		e.dst = append(e.dst, e.unknown[0].bytes...)
	}
	e.unknown = e.unknown[1:]
}

// rest emits the unknown fields that remain.
func (e *encoder) rest() {
	for len(e.unknown) > 0 {
		e.raw()
	}
}

func (e *encoder) varint(number, value uint64) {
	if value != 0 && e.tag(number, formVarint) {
		e.dst = binary.AppendUvarint(e.dst, value)
	}
}

func (e *encoder) flag(number uint64, set bool) {
	if set {
		e.tag(number, formFlag)
	}
}

func (e *encoder) bytes(number uint64, value []byte) {
	if len(value) > 0 && e.tag(number, formBytes) {
		e.dst = binary.AppendUvarint(e.dst, uint64(len(value)))
		e.dst = append(e.dst, value...)
	}
}

func (e *encoder) text(number uint64, value string) {
	if value != "" && e.tag(number, formBytes) {
		e.dst = appendText(e.dst, value)
	}
}

func (e *encoder) time(number uint64, t time.Time) {
	if !t.IsZero() && e.tag(number, formFixed) {
		e.dst = binary.BigEndian.AppendUint64(e.dst, uint64(t.UnixNano()))
	}
}

func (e *encoder) checksum(sum checksum.Sum) {
	switch {
	case sum.IsZero():
	case sum.Kind == checksum.XXHash2:
		if e.tag(fieldChecksum, formFixed) {
			e.dst = sum.Append(e.dst)
		}
	default:
		var buf [1 + maxDigest]byte
		e.bytes(fieldChecksum, appendSum(buf[:0], sum))
	}
}

func (e *encoder) sums(sums []checksum.Sum) {
	var payload []byte
	for _, sum := range sums {
		if !sum.IsZero() {
			payload = appendSum(payload, sum)
		}
	}
	e.bytes(fieldSums, payload)
}

func (e *encoder) sizes(sizes []int64) {
	var payload []byte
	for _, size := range sizes {
		payload = binary.AppendUvarint(payload, uint64(size))
	}
	e.bytes(fieldPartSizes, payload)
}

func (e *encoder) pairs(number uint64, pairs []Pair) {
	var payload []byte
	for _, p := range pairs {
		payload = appendText(appendText(payload, p.Key), p.Value)
	}
	e.bytes(number, payload)
}

func (e *encoder) retention(r Retention) {
	if r.Mode == RetentionNone {
		return
	}
	payload := []byte{byte(r.Mode)}
	e.bytes(fieldRetention, binary.BigEndian.AppendUint64(payload, uint64(r.Until.UnixNano())))
}

func (e *encoder) order(o cluster.Order) {
	if !o.IsZero() {
		var buf [maxOrder]byte
		e.bytes(fieldOrder, o.Append(buf[:0]))
	}
}

func (e *encoder) copies(copies []string) {
	var payload []byte
	for _, c := range copies {
		payload = appendText(payload, c)
	}
	e.bytes(fieldCopies, payload)
}

func (e *encoder) chunks(chunks []Chunk) {
	var payload []byte
	for _, c := range chunks {
		payload = binary.AppendUvarint(payload, c.ID)
		payload = binary.AppendUvarint(payload, uint64(c.Size))
		payload = appendSum(payload, c.Checksum)
	}
	e.bytes(fieldChunks, payload)
}

func (e *encoder) spill(ref spillRef) {
	if !ref.isZero() {
		var buf [spillRefSize]byte
		e.bytes(fieldSpill, ref.append(buf[:0]))
	}
}
