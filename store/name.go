package store

import (
	"aistore/cluster"
)

// Name names an object. The bucket is a snapshot: its properties say how to
// write, its id which generation of the bucket is meant.
type Name struct {
	Bucket *cluster.Bucket
	Object string
}

// String returns the display name, "ais://bucket/object".
func (n Name) String() string { return n.Bucket.ObjectString(n.Object) }

// Digest returns the digest that decides who owns the object, among targets
// and among mountpaths. It does not allocate.
func (n Name) Digest() uint64 {
	return cluster.Digest(n.Bucket.Bucket, n.Object)
}
