// Package lifecycle deletes what has expired by the rules that clients of S3 have
// given a bucket: objects, older versions, delete markers behind
// which there is nothing, and uploads in parts that nobody completes.
//
// Each target works on the names that it owns. What goes is decided by [Plan], of
// the rules (wire.S3Lifecycle) and what is there, and a deletion counts only if that is still there: a write that
// came in between stays. In a bucket that keeps versions an object that expires
// becomes an older version, behind a delete marker. What is locked stays.
//
// The job may be stopped and begun again at any moment; what it has not come to,
// the next one does. Names that have not moved to their owner yet are left to it.
package lifecycle
