// Package bucketcopy copies a bucket, and renames one.
//
// A copy goes object by object: each target sends those that it holds to their
// owners under the new name. Written and deleted objects meanwhile may be in
// the copy or not.
//
// A rename is a copy into a bucket that nobody sees, while the source takes no
// writes. When every target has told that its share is there, the primary puts
// the one into the place of the other with one entry of the log. Readers see the
// old name or the new one, whole. A rename that is stopped, or fails, leaves the
// source as it was.
package bucketcopy
