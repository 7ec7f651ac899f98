// Package listing lists the objects of a bucket: the module that answers on
// each target, and the merge that any node runs over all of them.
//
// # Order and exactness
//
// A target walks its mountpaths in byte order of the names and keeps the walk
// open between the pages of one listing; a page that asks for something else
// than what comes next opens a new walk there, at the cost of a few directory
// reads. The merging node reads one stream per target and puts them together by
// name, so the pages are in byte order, and a name that exists during the whole
// listing appears exactly once, however small the pages are.
//
// Members of archives come where their names, "shard/path", belong in that order:
// after their shard, though not always right after it. An object hides a member
// of its name. What is named like an archive and cannot be read as one is listed
// as the object it is. Without recursion archives stay closed.
//
// While the cluster map carries earlier placements, targets also send the write
// order of each entry and their tombstones; of entries with one name the newest
// counts, and a tombstone hides what is older. A target that has had one or the
// other all the time tells of it, also if one became the other meanwhile: what is
// listed is never as it was before the listing began.
package listing
