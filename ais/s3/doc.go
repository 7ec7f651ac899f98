// Package s3 is the S3 dialect of a node: what the Amazon S3 API says, over the
// same verbs as every other door.
//
// Start with [New]; [Dialect.Routes] declares what it serves. Any node answers
// any request. An object's own operations are done at the target that owns it,
// changes of buckets at the primary, everything else where it came in. A node that
// is not the place passes the request on whole, as it came, and the answer back;
// the place checks the client's signature itself, so that a node's rights never
// become a client's. What concerns many targets (a listing, many deletions) is
// asked of each of them by the node that the request came to.
//
// # What is recorded
//
// Of an object's record, Header holds the content headers under their canonical
// names, and under names in lower case what the API says of the content:
// x-amz-storage-class, x-amz-checksum-algorithm and x-amz-checksum-type of an
// upload, and x-amz-checksum-<algorithm> where that is the checksum of checksums.
// A version id is the key of the version, see package store; a marker of a page of
// versions too. Custom is the user metadata, without x-amz-meta-. Checksums of the whole content
// are in Sums, the MD5 is the entity tag.
//
// # What the package does not do
//
// It keeps no keys and no state: whose key it is, it is told.
package s3
