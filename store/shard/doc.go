// Package shard reads and writes the archives among the objects of a store, and
// keeps an index beside each, so that reading one member of a large tar or zip
// costs one seek.
//
// Start with [Shards]. [Shards.Open] opens an archive with its index, made now if
// there is none yet; [Shards.Create] and [Shards.Append] write one, with its
// index made on the way.
//
// The index is a sidecar of the object (see package store): it belongs to one
// generation, named by its write order, and is never used for another. It is no
// promise: one that is missing, damaged or stale is made again, one that cannot be
// stored serves the request that has made it and is forgotten.
//
// An archive is an object like any other. To append means to write it anew, old
// members first, since readers must see the old archive or the new one, whole.
package shard
