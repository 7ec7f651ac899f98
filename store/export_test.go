package store

import "encoding/binary"

// RawRecord returns a record of any layout, with fields as they are given.
func RawRecord(layout byte, fields []byte) []byte {
	record := append([]byte{layout, 0, 0, 0, 0}, fields...)
	binary.BigEndian.PutUint32(record[1:], recordSum(record))
	return record
}

// SplitRecord writes r as attribute and spill file and reads it back.
func SplitRecord(r *Record, object string) (*Record, string, error) {
	want := spillRef{name: [16]byte{1}, sum: [8]byte{2}}
	attr, spill := r.appendSection(nil, attrSection, want), r.appendSpill(nil, object)
	got := &Record{}
	ref, err := got.parseInto(attr)
	if err != nil {
		return nil, "", err
	}
	if ref != want {
		return nil, "", errRecordField
	}
	object, err = got.parseSpill(spill)
	return got, object, err
}

// Forget takes an object out of the cache.
func (s *Store) Forget(n Name) { s.cache.remove(n.Digest()) }

// Hold takes the lock of a name exclusively, until release is called.
func (s *Store) Hold(n Name) (release func()) {
	held, _ := s.names.tryAcquire(n.Digest(), exclusive)
	return held.release
}

// SetLarge changes the size from which objects are large, in bytes.
func (s *Store) SetLarge(bytes int64) { s.large = bytes }
