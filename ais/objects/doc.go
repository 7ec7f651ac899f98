// Package objects holds the verbs of a target on objects: get, head, put,
// delete, append, copy, rename, uploads, without HTTP.
//
// A verb works on the local store first. While the cluster map carries earlier
// placements, an object that is not here may still be at an earlier owner:
// reads go there before they answer "not found", writes take its version from
// there, deletes leave a tombstone that hides it. Conflicts between the copies
// are decided by [cluster.Order] alone.
//
// Open uploads, and with them appends, stay with the target that began them: when
// their object belongs to another, they are not found, and begin again there.
package objects
