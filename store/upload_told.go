package store

import (
	"encoding/binary"
	"errors"
	"math"

	"aistore/errs"
	"aistore/internal/checksum"
)

// UploadState is what a target tells another of an upload: all of it but the
// content of its parts; or, once it is complete, the object that it has made.
type UploadState struct {
	Bucket uint64 // id of the bucket
	Info   UploadInfo
	Parts  []Part  // by number
	Made   *Record // nil while the upload is open; then there is nothing else
}

const (
	toldLayout = 1
	toldOpen   = 1
	toldMade   = 2
)

var (
	errTold      = errors.New("not what a target tells of an upload")
	errToldParts = errors.New("the parts are not in order, or lack a checksum")
)

// Append appends what ParseUploadState reads, but for the id of the upload:
//
//	offset  size
//	     0     1  layout: 1
//	     1     1  1: the upload is open
//	     2     …  varint length, and the content of the file of the upload
//	     …     …  varint number of parts, and of each: varint number, varint length, its record
//
//	     1     1  2: the upload is complete
//	     2     …  the record of the object
func (s *UploadState) Append(dst []byte) []byte {
	if s.Made != nil {
		r := *s.Made
		r.BucketID = s.Bucket
		return r.Append(append(dst, toldLayout, toldMade))
	}
	dst = append(dst, toldLayout, toldOpen)
	dst = appendText(dst, string(appendUpload(nil, &s.Info, s.Bucket)))
	dst = binary.AppendUvarint(dst, uint64(len(s.Parts)))
	for i := range s.Parts {
		p := &s.Parts[i]
		dst = binary.AppendUvarint(dst, uint64(p.Number))
		dst = appendText(dst, string(p.record(s.Bucket).Append(nil)))
	}
	return dst
}

// ParseUploadState reads what Append has written. Errors: Invalid.
func ParseUploadState(src []byte) (*UploadState, error) {
	s, err := parseTold(src)
	if err != nil {
		return nil, errs.E("store.ParseUploadState", "", errs.Invalid, err)
	}
	return s, nil
}

func parseTold(src []byte) (*UploadState, error) {
	if len(src) < 2 || src[0] != toldLayout {
		return nil, errTold
	}
	switch d := (decoder{rest: src[2:]}); src[1] {
	case toldMade:
		r, err := ParseRecord(d.rest)
		if err != nil {
			return nil, err
		}
		return &UploadState{Bucket: r.BucketID, Made: r}, nil
	case toldOpen:
		return d.told()
	}
	return nil, errTold
}

// told reads an open upload.
func (d *decoder) told() (*UploadState, error) {
	file, err := d.bytes()
	if err != nil {
		return nil, err
	}
	s := &UploadState{}
	if s.Info, s.Bucket, err = parseUpload(file); err != nil {
		return nil, err
	}
	count, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	for last := 0; count > 0; count-- {
		p, err := d.toldPart()
		if err != nil {
			return nil, err
		}
		if p.Number <= last || p.Number > maxPartNumber || p.Sum(checksum.CRC32C).IsZero() {
			return nil, errToldParts
		}
		last = p.Number
		s.Parts = append(s.Parts, p)
	}
	if len(d.rest) > 0 {
		return nil, errTold
	}
	return s, nil
}

func (d *decoder) toldPart() (Part, error) {
	number, err := d.uvarint()
	if err != nil || number > math.MaxInt32 {
		return Part{}, errTold
	}
	record, err := d.bytes()
	if err != nil {
		return Part{}, err
	}
	r, err := ParseRecord(record)
	if err != nil {
		return Part{}, err
	}
	return Part{Number: int(number), Size: r.Size, Modified: r.Modified, Sums: r.Sums}, nil
}

// record is what is recorded with the part.
func (p *Part) record(bucket uint64) *Record {
	return &Record{Size: p.Size, Sums: p.Sums, BucketID: bucket, Modified: p.Modified, Atime: p.Modified}
}
