package cluster

import (
	"cmp"
	"strings"

	"aistore/api/wire"
	"aistore/internal/hrw"
)

// Bucket is a bucket and its properties, immutable.
type Bucket struct {
	wire.Bucket
	Props *wire.BucketProps // shared: must not be changed
}

// ID returns what tells b from an earlier or later bucket of the same name:
// the version of the [Buckets] that b first appeared in, with bit 63 set where
// the provider is ais. It is never 0 for a bucket that exists.
func (b *Bucket) ID() uint64 { return b.Props.ID }

// Durable tells whether an acknowledged write to b must survive power loss.
func (b *Bucket) Durable() bool { return b.Props.Durability == wire.DurabilityFsync }

// Digest returns the digest of the unique name of an object, by which
// [Map.Owner] finds its target. It does not allocate for names that are legal.
func Digest(bucket wire.Bucket, object string) uint64 {
	const usual = 256
	if bucket.UnameLen(object) > usual {
		return longDigest(bucket, object)
	}
	var buf [usual]byte
	return hrw.DigestBytes(bucket.AppendUname(buf[:0], object))
}

func longDigest(bucket wire.Bucket, object string) uint64 {
	var buf [wire.MaxObjectName + 256]byte
	return hrw.DigestBytes(bucket.AppendUname(buf[:0], object))
}

// compareBuckets orders by provider, namespace and name.
func compareBuckets(a, b *Bucket) int {
	return cmp.Or(
		strings.Compare(a.Provider, b.Provider),
		strings.Compare(a.Namespace.UUID, b.Namespace.UUID),
		strings.Compare(a.Namespace.Name, b.Namespace.Name),
		strings.Compare(a.Name, b.Name),
	)
}
