package store

import (
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"aistore/internal/checksum"
)

// Object describes a stored object. It is shared with the metadata cache:
// nobody changes one that the store has returned. Only its access time moves.
type Object struct {
	Record
	Mountpath string // root of the mountpath that holds it; "" if it is not of this store

	volume   *volume // that holds it
	path     string  // of its file
	inode    uint64  // of its file
	spill    spillRef
	older    bool         // it is not the latest version
	accessed atomic.Int64 // unix nanoseconds of the last access; 0 is Record.Atime
	flushed  atomic.Int64 // access time on disk, unix nanoseconds
}

// Atime returns the time of the last access that this node knows of. It is
// kept in memory and written to disk now and then: a crash may turn it back.
func (o *Object) Atime() time.Time {
	if ns := o.accessed.Load(); ns != 0 {
		return time.Unix(0, ns).UTC()
	}
	return o.Record.Atime
}

// Portable returns the record as another node, or mountpath, is to store it,
// with the access time known here. See WriteOptions.Record.
func (o *Object) Portable() *Record {
	r := o.Record
	r.Atime = o.Atime()
	return &r
}

// EntityTag returns the entity tag of the content, without quotes: the stored
// one if there is one, else the MD5 of the content if that is its checksum,
// else a text made of checksum and size. It never changes while the content
// does not, also when the object moves.
func (o *Object) EntityTag() string {
	sum := o.Checksum
	switch {
	case o.ETag != "":
		return o.ETag
	case sum.Kind == checksum.MD5 && !sum.IsZero():
		return sum.Hex()
	}
	return "v1-" + sum.Hex() + "-" + strconv.FormatInt(o.Size, 36)
}

// Pieces says in how many parts an object came, and how many bytes the longest
// had; none for one that came whole.
func (o *Object) Pieces() (pieces int, longest int64) {
	if len(o.PartSizes) < 2 && len(o.Chunks) == 0 {
		return 0, 0
	}
	for _, size := range o.PartSizes {
		longest = max(longest, size)
	}
	return len(o.PartSizes), longest
}

// touch records an access.
func (o *Object) touch(now time.Time) { o.accessed.Store(now.UnixNano()) }

// touched tells whether the access time on disk is too old by what is worth a
// write.
func (o *Object) touched() bool {
	const worth = int64(time.Minute)
	return o.accessed.Load()-o.flushed.Load() > worth
}

// memory estimates what o takes in the cache, in bytes, strings included.
func (o *Object) memory() int64 {
	n := int(unsafe.Sizeof(*o)) + len(o.path) + len(o.ETag) + len(o.Version) + len(o.VersionID)
	n += len(o.PartSizes) * int(unsafe.Sizeof(int64(0)))
	n += len(o.Sums) * int(unsafe.Sizeof(checksum.Sum{}))
	n += len(o.Chunks) * int(unsafe.Sizeof(Chunk{}))
	for _, pairs := range [][]Pair{o.Header, o.Custom, o.Tags} {
		for _, p := range pairs {
			n += int(unsafe.Sizeof(p)) + len(p.Key) + len(p.Value)
		}
	}
	for _, c := range o.Copies {
		n += int(unsafe.Sizeof(c)) + len(c)
	}
	for _, f := range o.unknown {
		n += int(unsafe.Sizeof(f)) + len(f.bytes)
	}
	return int64(n)
}
