package cluster

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"aistore/api/wire"
	"aistore/errs"
)

// shardCount is how many parts the buckets are divided into. A change copies
// one part and the table of all.
const shardCount = 256

// aisBucket marks the id of a bucket whose provider is ais.
const aisBucket uint64 = 1 << 63

// Buckets is every bucket that the cluster knows. It is immutable: a change is
// a new Buckets with the version one higher, which shares with the old one all
// but the part it changes. The zero value is empty, version 0: no bucket has
// ever been created.
type Buckets struct {
	version int64
	uuid    string
	count   int
	shards  [shardCount]*shard // by digest of the uname; nil when empty
	sorted  atomic.Pointer[[]*Bucket]
}

// shard is some of the buckets, in ascending order of digest. It is immutable.
type shard struct {
	entries []shardEntry
}

type shardEntry struct {
	digest uint64 // of the bucket's uname
	bucket *Bucket
}

// Version returns how many changes led to b.
func (b *Buckets) Version() int64 { return b.version }

// UUID returns the id of the cluster, "" if there is none yet.
func (b *Buckets) UUID() string { return b.uuid }

// Len returns the number of buckets.
func (b *Buckets) Len() int { return b.count }

// Get returns the bucket that a normal bucket, or one without provider, names.
// It does not allocate.
func (b *Buckets) Get(name wire.Bucket) (*Bucket, bool) {
	name = normal(name)
	digest := Digest(name, "")
	s := b.shards[digest%shardCount]
	i := s.find(digest, name)
	if i < 0 {
		return nil, false
	}
	return s.entries[i].bucket, true
}

// All returns the buckets in order of provider, namespace and name. The first
// call on a version sorts them.
func (b *Buckets) All() iter.Seq[*Bucket] {
	return slices.Values(b.list())
}

// List returns the buckets that a query names, in the order of All. An empty
// provider stands for any, an empty name for all. Namespace [wire.AnyRemote]
// stands for those of every other cluster, the zero namespace for those of
// this one, and any other for itself.
func (b *Buckets) List(query wire.Bucket) []*Bucket {
	list := make([]*Bucket, 0)
	for _, bucket := range b.list() {
		if matches(query, bucket) {
			list = append(list, bucket)
		}
	}
	return list
}

// WithBucket returns the buckets with bucket among them. Properties without ID
// create it, with the ID it gets from the version; properties with an ID take
// the place of those that bear the same. What bucket points to belongs to the
// result. Errors: Invalid, Exists (create), NotFound, Conflict (a bucket of
// this name and another ID exists).
func (b *Buckets) WithBucket(bucket *Bucket) (*Buckets, error) {
	const op = "cluster.Buckets.WithBucket"
	added := &Bucket{Bucket: normal(bucket.Bucket), Props: bucket.Props}
	if err := checkBucket(added); err != nil {
		return nil, errs.E(op, added.String(), "", err)
	}
	old, found := b.Get(added.Bucket)
	switch {
	case added.Props.ID == 0 && found:
		return nil, errs.BucketExists(op, added.String())
	case added.Props.ID == 0:
		props := *added.Props
		props.ID = newBucketID(added, b.version+1)
		added.Props = &props
	case !found:
		return nil, errs.BucketNotFound(op, added.String())
	case old.ID() != added.ID():
		return nil, recreated(op, added.Bucket)
	}
	next := b.next()
	next.put(added)
	if !found {
		next.count++
	}
	return next, nil
}

// WithoutBucket returns the buckets without one. Errors: NotFound.
func (b *Buckets) WithoutBucket(name wire.Bucket) (*Buckets, error) {
	name = normal(name)
	digest := Digest(name, "")
	s := b.shards[digest%shardCount]
	i := s.find(digest, name)
	if i < 0 {
		return nil, errs.BucketNotFound("cluster.Buckets.WithoutBucket", name.String())
	}
	next := b.next()
	next.count--
	next.shards[digest%shardCount] = &shard{slices.Concat(s.entries[:i], s.entries[i+1:])}
	return next, nil
}

// next returns a copy with the next version, in which whole shards may be replaced.
func (b *Buckets) next() *Buckets {
	return &Buckets{version: b.version + 1, uuid: b.uuid, count: b.count, shards: b.shards}
}

// put replaces the shard of bucket by one that has it.
func (b *Buckets) put(bucket *Bucket) {
	digest := Digest(bucket.Bucket, "")
	s := b.shards[digest%shardCount]
	if i := s.find(digest, bucket.Bucket); i >= 0 {
		entries := slices.Clone(s.entries)
		entries[i].bucket = bucket
		b.shards[digest%shardCount] = &shard{entries}
		return
	}
	i := s.lowerBound(digest)
	var before, after []shardEntry
	if s != nil {
		before, after = s.entries[:i], s.entries[i:]
	}
	b.shards[digest%shardCount] = &shard{slices.Concat(before, []shardEntry{{digest, bucket}}, after)}
}

// list returns the buckets, sorted, in a shared slice.
func (b *Buckets) list() []*Bucket {
	if list := b.sorted.Load(); list != nil {
		return *list
	}
	list := make([]*Bucket, 0, b.count)
	for _, s := range b.shards {
		if s == nil {
			continue
		}
		for _, e := range s.entries {
			list = append(list, e.bucket)
		}
	}
	slices.SortFunc(list, compareBuckets)
	b.sorted.Store(&list)
	return list
}

// lowerBound returns the index of the first entry whose digest is not below digest.
func (s *shard) lowerBound(digest uint64) int {
	if s == nil {
		return 0
	}
	i, _ := slices.BinarySearchFunc(s.entries, digest, func(e shardEntry, digest uint64) int {
		switch {
		case e.digest < digest:
			return -1
		case e.digest > digest:
			return 1
		}
		return 0
	})
	return i
}

// find returns the index of the bucket of that normal name, or -1.
func (s *shard) find(digest uint64, name wire.Bucket) int {
	if s == nil {
		return -1
	}
	for i := s.lowerBound(digest); i < len(s.entries) && s.entries[i].digest == digest; i++ {
		if s.entries[i].bucket.Bucket == name {
			return i
		}
	}
	return -1
}

func matches(query wire.Bucket, b *Bucket) bool {
	if query.Provider != "" && query.Provider != b.Provider || query.Name != "" && query.Name != b.Name {
		return false
	}
	switch {
	case query.Namespace.IsAnyRemote():
		return b.Namespace.IsRemote()
	case query.Namespace.IsGlobal():
		return !b.Namespace.IsRemote()
	}
	return query.Namespace == b.Namespace
}

// checkBucket checks what will always have to hold. Whether properties make
// sense is checked before they are proposed, see [CheckCreateBucket]: the rules
// for that may change, and a log written under the old ones must stay readable.
func checkBucket(b *Bucket) error {
	if err := b.Validate(); err != nil {
		return err
	}
	if b.Props == nil {
		return errs.E("", "", errs.Invalid, errors.New("a bucket has properties"))
	}
	if b.Props.Provider != b.Provider {
		return errs.E("", "", errs.Invalid, fmt.Errorf("its properties are for provider %.32q", b.Props.Provider))
	}
	return nil
}

func newBucketID(b *Bucket, version int64) uint64 {
	if b.IsAIS() {
		return uint64(version) | aisBucket
	}
	return uint64(version)
}

func recreated(op string, b wire.Bucket) error {
	return errs.E(op, b.String(), errs.Conflict, errors.New("the bucket was destroyed, and one of its name created"))
}

func normal(b wire.Bucket) wire.Bucket {
	if b.Provider == "" {
		b.Provider = wire.ProviderAIS
	}
	return b
}
