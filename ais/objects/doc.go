// Package objects holds the verbs of a target on objects: get, head, put,
// delete, append, copy, rename, uploads, without HTTP.
//
// A verb works on the local store first. While the cluster map carries earlier
// placements, an object that is not here may still be at an earlier owner:
// reads go there before they answer "not found", writes take its version from
// there, deletes leave a tombstone that hides it. Conflicts between the copies
// are decided by [cluster.Order] alone.
//
// Open uploads, and with them appends, follow their objects: the owner in force
// takes an upload over from the earlier one before anything more is done with it,
// see [Claim].
package objects
