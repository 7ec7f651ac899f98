package store

import (
	"time"

	"aistore/cluster"
	"aistore/internal/checksum"
)

// Record is what is stored about an object beside its bytes. On disk it is one
// attribute of the object's file (see the package comment). A zero field says
// nothing and takes no space.
type Record struct {
	Size      int64          // bytes of content
	Checksum  checksum.Sum   // of the content, of the bucket's kind; zero where the bucket has none
	Sums      []checksum.Sum // further checksums of the content
	ETag      string         // entity tag without quotes, as the writer gave it
	PartSizes []int64        // bytes of each part of an object uploaded in parts
	Header    []Pair         // content headers, as the client sent them
	Custom    []Pair         // user metadata
	Tags      []Pair

	Version      string // "1", "2", …, or the text of a remote backend
	VersionID    string // key of this version in a bucket that keeps older ones, see PublicVersion; "" is from before
	DeleteMarker bool   // this version says that the object was deleted
	Retention    Retention

	BucketID  uint64        // of the bucket that it was written into
	Order     cluster.Order // place of this write among all writes of the object
	Placement int64         // map version of the placement it was written for; 0 becomes Order.Map
	Copies    []string      // mountpaths that hold a copy
	Chunks    []Chunk       // where the content is if not in the object's file
	Upload    UploadID      // the upload that made it, whose directory holds the chunks; zero if none did

	Modified time.Time // when the content was written; travels with the object
	Atime    time.Time // last access known when the record was written; zero is Modified

	unknown []rawField // fields of a newer layout, kept as they are
	minor   uint8      // minor layout version that unknown came with
}

// Retention forbids changing or deleting a version.
type Retention struct {
	Mode  RetentionMode
	Until time.Time // end of Mode; of no meaning without one
	Hold  bool      // legal hold: until somebody lifts it
}

// IsZero tells whether r forbids nothing.
func (r Retention) IsZero() bool { return r.Mode == RetentionNone && !r.Hold }

// RetentionMode says who may shorten a retention.
type RetentionMode uint8

// The modes; their numbers are on disk.
const (
	RetentionNone       RetentionMode = 0
	RetentionGovernance RetentionMode = 1 // those with the permission may
	RetentionCompliance RetentionMode = 2 // nobody may
)

// Chunk is one piece of an object whose content is in several files.
type Chunk struct {
	ID       uint64 // names its file in the directory of the upload
	Size     int64  // bytes
	Checksum checksum.Sum
}

// rawField is a field that this release does not know.
type rawField struct {
	number uint64
	bytes  string // tag and payload, as read
}
