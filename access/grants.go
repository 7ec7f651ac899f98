package access

import "aistore/api/wire"

// Grants are the permissions of a user: on everything, and beyond that on single
// buckets. They are immutable; nil and the zero value are none.
type Grants struct {
	Everywhere Bits                 // on the cluster and on all buckets
	Buckets    map[wire.Bucket]Bits // by normal names
}

// allow returns what g permits on a bucket; nil is the cluster itself.
func (g *Grants) allow(b *BucketAccess) Bits {
	if g == nil {
		return None
	}
	bits := g.Everywhere
	if b != nil {
		bits |= g.Buckets[b.Bucket]
	}
	return bits &^ IntraCluster
}
