package access

import (
	"errors"
	"fmt"

	"aistore/api/wire"
	"aistore/errs"
)

// BucketAccess is what a bucket allows to anybody.
type BucketAccess struct {
	Bucket wire.Bucket
	Access Bits
}

// OfBucket returns the access of a bucket with these properties.
func OfBucket(b wire.Bucket, props *wire.BucketProps) BucketAccess {
	return BucketAccess{Bucket: b, Access: Bits(props.Access)}
}

// Allowed returns nil when id may do all that need says. Bucket is nil when
// the request is not about one.
//
// A node may do everything. A user may do what its grants say. Anybody but a node
// is bound by what the bucket allows, with one exception: SetBucketACL is not the
// bucket's to refuse, or access once taken away could never be given back. Nothing
// gives IntraCluster to anybody but a node. Allowed does not allocate unless it
// refuses.
//
// Errors: Unauthenticated (only a known caller may do it), Forbidden.
func Allowed(id Identity, bucket *BucketAccess, need Bits) error {
	if id.Node() != "" {
		return nil
	}
	if need.Has(IntraCluster) {
		return errs.E("access.Allowed", id.String(), errs.Unauthenticated, errors.New("for nodes of the cluster only"))
	}
	if id.grants != nil {
		if missing := need &^ id.grants.allow(bucket); missing != 0 {
			return notGranted(id, bucket, missing)
		}
	}
	if bucket == nil {
		return nil
	}
	if missing := need &^ (bucket.Access | SetBucketACL); missing != 0 {
		e := errs.E("access.Allowed", id.String(), errs.Forbidden, nil)
		e.Public = fmt.Sprintf("bucket %q does not permit %s", bucket.Bucket.String(), missing)
		return e
	}
	return nil
}

func notGranted(id Identity, bucket *BucketAccess, missing Bits) error {
	e := errs.E("access.Allowed", id.String(), errs.Forbidden, nil)
	e.Public = fmt.Sprintf("%s is not granted %s", id, missing)
	if bucket != nil {
		e.Public += fmt.Sprintf(" on bucket %q", bucket.Bucket.String())
	}
	return e
}
