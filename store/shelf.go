package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"sync/atomic"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

const bucketAttr = "user.ais.bucket" // on the directory of a bucket

// shelf is the directory of one bucket on one mountpath, known to carry the
// bucket's id.
type shelf struct {
	*volume
	bucket wire.Bucket
	id     uint64
	dir    string
	buried atomic.Bool // whether there may be tombstones; once true it stays
	beside atomic.Bool // whether there may be sidecars; once true it stays

	versioned atomic.Bool // whether there may be older versions; once true it stays
}

// top returns the directory of a content type.
func (s *shelf) top(content fs.Content) string { return s.dir + "/%" + string(content) }

// path returns the path of an encoded name.
func (s *shelf) path(content fs.Content, rel string) string {
	return s.dir + "/%" + string(content) + "/" + rel
}

// diskBucket says where a bucket is on a mountpath.
func diskBucket(b wire.Bucket) fs.Bucket {
	provider := b.Provider
	if provider == "" {
		provider = wire.ProviderAIS
	}
	return fs.Bucket{Provider: provider, UUID: b.Namespace.UUID, Namespace: b.Namespace.Name, Name: b.Name}
}

// bucketDir is a bucket's directory on one volume, before its id is known.
func bucketDir(v *volume, b wire.Bucket) string { return v.root + "/" + diskBucket(b).Dir() }

// The attribute of a bucket's directory: layout 1, 8 bytes id, CRC32C of both.
const (
	bucketAttrLayout = 1
	bucketAttrSize   = 1 + 8 + 4
)

// readBucketID returns the id that a bucket's directory carries; 0 if the
// directory has none, ErrNotExist if there is no directory.
func (v *volume) readBucketID(dir string) (uint64, error) {
	var attr [bucketAttrSize + 1]byte
	n, err := v.fsys.GetXattr(dir, bucketAttr, attr[:])
	switch {
	case errors.Is(err, fs.ErrNoXattr):
		return 0, nil
	case err != nil:
		return 0, err
	case n != bucketAttrSize || attr[0] != bucketAttrLayout ||
		binary.BigEndian.Uint32(attr[9:]) != crc32.Checksum(attr[:9], crc32.MakeTable(crc32.Castagnoli)):
		return 0, errs.E("store.bucket", dir, errs.Corrupt, errors.New("the id of the bucket's directory is damaged"))
	}
	return binary.BigEndian.Uint64(attr[1:]), nil
}

func (v *volume) writeBucketID(dir string, id uint64) error {
	attr := append(make([]byte, 0, bucketAttrSize), bucketAttrLayout)
	attr = binary.BigEndian.AppendUint64(attr, id)
	attr = binary.BigEndian.AppendUint32(attr, crc32.Checksum(attr, crc32.MakeTable(crc32.Castagnoli)))
	return v.fsys.SetXattr(dir, bucketAttr, attr)
}

// makeShelf makes the directory of b on v, with its id, durable. Doing it
// again changes nothing; id is what is there. What was there whole may not be durable
// yet, if its maker has died: the first write to the bucket makes it so. The caller
// holds the bucket's lock.
func makeShelf(v *volume, b *cluster.Bucket, id uint64) (*shelf, error) {
	s := &shelf{volume: v, bucket: b.Bucket, id: b.ID(), dir: bucketDir(v, b.Bucket)}
	if _, err := fs.MakeDirs(v.fsys, v.root, diskBucket(b.Bucket).Dir()); err != nil {
		return nil, v.fail("store.makeShelf", b.String(), err)
	}
	whole := id == s.id
	if !whole {
		if err := v.writeBucketID(s.dir, s.id); err != nil {
			return nil, v.fail("store.makeShelf", b.String(), err)
		}
	}
	for _, content := range []fs.Content{fs.Objects, fs.Work} {
		err := v.fsys.Mkdir(s.top(content))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, v.fail("store.makeShelf", b.String(), err)
		}
		whole = whole && err != nil
	}
	if whole {
		return s, nil
	}
	return s, v.settle(s.dir)
}

// findBuried sets whether there may be tombstones, sidecars, and older versions.
func (s *shelf) findBuried() error {
	entries, err := s.fsys.ReadDir(s.top(fs.Tombstones))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.fail("store.tombstones", s.bucket.String(), err)
	}
	s.buried.Store(len(entries) > 0)
	return errors.Join(s.findSidecars(), s.findVersions())
}
