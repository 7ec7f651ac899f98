package store

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
	"time"

	"aistore/cluster"
	"aistore/internal/checksum"
)

// parseInto adds the fields of one record to r, and returns the spill file
// that it names, if any.
func (r *Record) parseInto(src []byte) (spillRef, error) {
	if len(src) < recordHead {
		return spillRef{}, errShortRecord
	}
	if binary.BigEndian.Uint32(src[1:]) != recordSum(src) {
		return spillRef{}, errRecordSum
	}
	if src[0]>>4 != layoutMajor {
		return spillRef{}, errRecordLayout
	}
	r.minor = max(r.minor, src[0]&0x0f)
	d := decoder{record: r, rest: src[recordHead:]}
	var last uint64
	for len(d.rest) > 0 {
		number, err := d.field(last)
		if err != nil {
			return spillRef{}, err
		}
		last = number
	}
	return d.spill, r.complete()
}

// complete fills what is left out because another field says it.
func (r *Record) complete() error {
	if r.Placement == 0 {
		r.Placement = r.Order.Map
	}
	if r.Atime.IsZero() {
		r.Atime = r.Modified
	}
	r.unpackKey()
	if r.Size < 0 || r.Placement < 0 {
		return errRecordField
	}
	return nil
}

// decoder reads fields into a record.
type decoder struct {
	record *Record
	rest   []byte
	spill  spillRef
}

// payload is what one field carries, by its form.
type payload struct {
	form   form
	number uint64 // formVarint, formFixed
	bytes  []byte // formBytes
}

// field reads one field, whose number must be above last.
func (d *decoder) field(last uint64) (uint64, error) {
	before := d.rest
	tag, err := d.uvarint()
	if err != nil {
		return 0, err
	}
	number, p := tag>>2, payload{form: form(tag & 3)}
	if number <= last {
		return 0, errRecordField
	}
	switch p.form {
	case formVarint:
		p.number, err = d.uvarint()
	case formFixed:
		p.number, err = d.fixed()
	case formBytes:
		p.bytes, err = d.bytes()
	}
	if err != nil {
		return 0, err
	}
	known, err := d.assign(number, p)
	if err == nil && !known {
		d.record.keep(rawField{number: number, bytes: string(before[:len(before)-len(d.rest)])})
	}
	return number, err
}

// keep adds an unknown field, in ascending order over both parts of a record.
func (r *Record) keep(f rawField) {
	at := len(r.unknown)
	for at > 0 && r.unknown[at-1].number > f.number {
		at--
	}
	r.unknown = append(r.unknown[:at:at], append([]rawField{f}, r.unknown[at:]...)...)
}

// assign sets the field of the record. False for a number that is not known.
func (d *decoder) assign(number uint64, p payload) (known bool, err error) {
	r := d.record
	switch number {
	case fieldSize:
		r.Size, err = p.size()
	case fieldChecksum:
		r.Checksum, err = p.checksum()
	case fieldSums:
		r.Sums, err = p.sums()
	case fieldETag:
		r.ETag, err = p.text()
	case fieldPartSizes:
		r.PartSizes, err = p.sizes()
	case fieldHeader:
		r.Header, err = p.pairs()
	case fieldCustom:
		r.Custom, err = p.pairs()
	case fieldTags:
		r.Tags, err = p.pairs()
	case fieldVersionNumber:
		r.Version, err = p.versionNumber()
	case fieldVersionText:
		r.Version, err = p.text()
	case fieldVersionID:
		r.VersionID, err = p.text()
	case fieldDeleteMarker:
		r.DeleteMarker, err = p.flag()
	case fieldRetention:
		err = p.retention(&r.Retention)
	case fieldHold:
		r.Retention.Hold, err = p.flag()
	case fieldBucketID:
		r.BucketID, err = p.varint()
		r.BucketID = bits.RotateLeft64(r.BucketID, -1)
	case fieldOrder:
		r.Order, err = p.order()
	case fieldPlacement:
		r.Placement, err = p.size()
	case fieldCopies:
		r.Copies, err = p.texts()
	case fieldChunks:
		r.Chunks, err = p.chunks()
	case fieldModified:
		r.Modified, err = p.time()
	case fieldAtime:
		r.Atime, err = p.time()
	case fieldETagDigest:
		r.ETag, err = p.etagDigest()
	case fieldSpill:
		d.spill, err = p.spill()
	case fieldUpload:
		r.Upload, err = p.upload()
	default:
		return false, nil
	}
	return true, err
}

func (d *decoder) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		return 0, errShortRecord
	}
	d.rest = d.rest[n:]
	return v, nil
}

func (d *decoder) fixed() (uint64, error) {
	if len(d.rest) < 8 {
		return 0, errShortRecord
	}
	v := binary.BigEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return v, nil
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	if n > uint64(len(d.rest)) {
		return nil, errShortRecord
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b, nil
}

// text reads a length and that many bytes.
func (d *decoder) text() (string, error) {
	b, err := d.bytes()
	return string(b), err
}

// sum reads a kind and its digest; kind 0 has none.
func (d *decoder) sum() (checksum.Sum, error) {
	if len(d.rest) == 0 {
		return checksum.Sum{}, errShortRecord
	}
	code := d.rest[0]
	d.rest = d.rest[1:]
	if code == 0 {
		return checksum.Sum{}, nil
	}
	kind := checksumKind(code)
	size := kind.Size()
	if size == 0 {
		return checksum.Sum{}, errRecordField
	}
	if len(d.rest) < size {
		return checksum.Sum{}, errShortRecord
	}
	raw := d.rest[:size]
	d.rest = d.rest[size:]
	return checksum.NewSum(kind, raw)
}

// someSum reads a kind other than 0 and its digest.
func (d *decoder) someSum() (checksum.Sum, error) {
	sum, err := d.sum()
	if err == nil && sum.IsZero() {
		err = errRecordField
	}
	return sum, err
}

func (p payload) varint() (uint64, error) {
	if p.form != formVarint {
		return 0, errRecordField
	}
	return p.number, nil
}

func (p payload) size() (int64, error) {
	n, err := p.varint()
	if n > math.MaxInt64 {
		return 0, errRecordField
	}
	return int64(n), err
}

func (p payload) flag() (bool, error) {
	if p.form != formFlag {
		return false, errRecordField
	}
	return true, nil
}

func (p payload) text() (string, error) {
	if p.form != formBytes {
		return "", errRecordField
	}
	return string(p.bytes), nil
}

func (p payload) time() (time.Time, error) {
	if p.form != formFixed {
		return time.Time{}, errRecordField
	}
	return unixNano(p.number), nil
}

func (p payload) versionNumber() (string, error) {
	n, err := p.varint()
	return strconv.FormatUint(n, 10), err
}

func (p payload) checksum() (checksum.Sum, error) {
	if p.form == formFixed {
		var raw [8]byte
		binary.BigEndian.PutUint64(raw[:], p.number)
		return checksum.NewSum(checksum.XXHash2, raw[:])
	}
	sums, err := p.sums()
	if err != nil || len(sums) != 1 {
		return checksum.Sum{}, errRecordField
	}
	return sums[0], nil
}

func (p payload) etagDigest() (string, error) {
	if p.form != formBytes || len(p.bytes) != etagDigestSize {
		return "", errRecordField
	}
	return hex.EncodeToString(p.bytes), nil
}

func (p payload) retention(r *Retention) error {
	if p.form != formBytes || len(p.bytes) != 1+8 {
		return errRecordField
	}
	r.Mode = RetentionMode(p.bytes[0])
	r.Until = unixNano(binary.BigEndian.Uint64(p.bytes[1:]))
	return nil
}

func (p payload) order() (cluster.Order, error) {
	if p.form != formBytes {
		return cluster.Order{}, errRecordField
	}
	order, rest, err := cluster.ParseOrder(p.bytes)
	if err == nil && len(rest) > 0 {
		err = errRecordField
	}
	return order, err
}

func (p payload) spill() (spillRef, error) {
	if p.form != formBytes {
		return spillRef{}, errRecordField
	}
	return parseSpillRef(p.bytes)
}

func (p payload) upload() (id UploadID, err error) {
	if p.form != formBytes || len(p.bytes) != len(id) {
		return id, errRecordField
	}
	return UploadID(p.bytes), nil
}

func (p payload) sums() ([]checksum.Sum, error) {
	return listOf(p, (*decoder).someSum)
}

func (p payload) sizes() ([]int64, error) {
	return listOf(p, (*decoder).size)
}

func (p payload) texts() ([]string, error) {
	return listOf(p, (*decoder).text)
}

func (p payload) pairs() ([]Pair, error) {
	return listOf(p, (*decoder).pair)
}

func (p payload) chunks() ([]Chunk, error) {
	return listOf(p, (*decoder).chunk)
}

func (d *decoder) size() (int64, error) {
	n, err := d.uvarint()
	if n > math.MaxInt64 {
		return 0, errRecordField
	}
	return int64(n), err
}

func (d *decoder) pair() (Pair, error) {
	key, err := d.text()
	if err != nil {
		return Pair{}, err
	}
	value, err := d.text()
	return Pair{Key: key, Value: value}, err
}

func (d *decoder) chunk() (Chunk, error) {
	id, err := d.uvarint()
	if err != nil {
		return Chunk{}, err
	}
	size, err := d.size()
	if err != nil {
		return Chunk{}, err
	}
	sum, err := d.sum()
	return Chunk{ID: id, Size: size, Checksum: sum}, err
}

// listOf reads items until the payload ends.
func listOf[T any](p payload, read func(*decoder) (T, error)) ([]T, error) {
	if p.form != formBytes {
		return nil, errRecordField
	}
	var list []T
	for d := (decoder{rest: p.bytes}); len(d.rest) > 0; {
		item, err := read(&d)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}
