package store

import (
	"encoding/binary"

	"aistore/cluster"
)

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

// HoldBucket keeps others from opening a bucket, until release is called;
// waiting tells how many wait for that.
func (s *Store) HoldBucket(b *cluster.Bucket) (release func(), waiting func() int) {
	held, _ := s.buckets.tryAcquire(cluster.Digest(b.Bucket, ""), exclusive)
	return held.release, func() (n int) {
		held.shard.mu.Lock()
		defer held.shard.mu.Unlock()
		for w := held.shard.held[held.key].first; w != nil; w = w.next {
			n++
		}
		return n
	}
}

// SetLarge changes the size from which objects are large, in bytes.
func (s *Store) SetLarge(bytes int64) { s.large = bytes }

// SetJoin changes the sizes in bytes up to which an upload becomes one file,
// and below which parts are joined.
func (s *Store) SetJoin(whole, chunk int64) { s.joinBelow, s.minChunk = whole, chunk }

// ForgetUploads takes all uploads out of memory.
func (s *Store) ForgetUploads() {
	s.uploads.mu.Lock()
	defer s.uploads.mu.Unlock()
	clear(s.uploads.known)
}

// ParseUpload reads the file of an upload and writes it again.
func ParseUpload(src []byte) (UploadInfo, []byte, error) {
	info, bucket, err := parseUpload(src)
	if err != nil {
		return info, nil, err
	}
	return info, appendUpload(nil, &info, bucket), nil
}

// SealUpload makes the checksum of the file of an upload right.
func SealUpload(content []byte) []byte {
	binary.BigEndian.PutUint32(content[1:], recordSum(content))
	return content
}

// VersionKeyOrder returns the order in the key of a version, and the key made of it;
// false for what is no key.
func VersionKeyOrder(key string) (o cluster.Order, again string, ok bool) {
	o, ok = orderOfKey(key)
	if key == "" || !ok {
		return o, key, ok
	}
	again = versionKey(o)
	if isNullKey(key) {
		again += nullSuffix
	}
	return o, again, true
}

// CheckVersionID returns what is wrong with a version id.
func CheckVersionID(n Name, id string) error { return checkVersionID("store.test", n, id) }

// ParseSpill reads a spill file and writes it again.
func ParseSpill(src []byte) (again []byte, err error) {
	r := &Record{}
	object, err := r.parseSpill(src)
	if err != nil {
		return nil, err
	}
	return r.appendSpill(nil, object), nil
}

// SealSpill makes the checksum of a spill file of an object right.
func SealSpill(object string, layout byte, fields []byte) []byte {
	return append(appendText([]byte{spillLayout}, object), RawRecord(layout, fields)...)
}

// SidecarHead writes the head of a sidecar, ParseSidecarHead reads it.
func SidecarHead(n Name, o cluster.Order) []byte { return appendSidecarHead(nil, n, o) }
func ParseSidecarHead(src []byte) (object string, o cluster.Order, ok bool) {
	return parseSidecarHead(src)
}
