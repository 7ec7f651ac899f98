// Package store holds the objects of one target: their bytes, their metadata,
// and the one way in which either changes.
//
// Start with [Store]. [Store.Create] returns a [Writer], whose Commit makes an
// object; [Store.CreateUpload] returns an [Upload], whose Complete makes one of
// parts; [Store.Open], [Store.ReadSmall] and [Store.Stat] read one;
// [Store.Delete], [Store.Update] and [Store.Walk] do what they say. The store
// knows disks and buckets, not clients and not the cluster.
//
// # What always holds
//
// An object is one file with the user's bytes at
// <mountpath>/@<provider>/<bucket>/%ob/<name>, and one attribute on that file.
// A write makes a work file in %wk of the same mountpath, sets the attribute,
// syncs the file, and under the lock of the name checks conditions and fence,
// renames it over the final name, and syncs the directory, with every ancestor
// whose entry is not known to be durable. Only then do readers see the object
// and the writer its success. So a crash leaves the old object or the new one,
// whole, and what was acknowledged stays. A bucket that is not durable skips
// the syncs; it survives the death of the process.
//
// After a failed sync of a file the write fails and its mountpath is suspect.
// After a failed sync of a directory the outcome is unknown: Unavailable.
//
// Readers hold the lock of a name while they look the object up and open it,
// never while they read. The metadata cache changes only under the exclusive
// lock, after the syncs.
//
// # Names that are in each other's way
//
// While a directory stands where an object's file belongs (`a` beside `a/b`),
// the file has the path of fs.Beside. Who holds the lock of the name exclusively
// sees to it that the object has one file; if a crash has left both, the higher
// write order is the object. Directories emptied by a delete are removed; a
// writer that misses its directory makes it again.
//
// # Uploads and chunks
//
// What is known of an open upload is the file %up/<id>; its parts are the files
// of %ch/<id>, a directory that carries the name of the object in the attribute
// user.ais.chunks. A part is a work file with a record of its sums, synced and
// renamed to its number. Completed, a small upload becomes one file like any
// other object. The parts of a large one stay where they are (runs of small
// ones are joined) and are the object's chunks; the object's own file lists
// them, and its record names upload, chunks, sizes and sums. So one rename
// decides here too. Then %up/<id> goes. After a crash in between the object
// names the upload, which so is known to be complete.
//
// An upload can be told to another store, which adopts it: first its parts come,
// in the same directory, as they were; then %up/<id> makes it an upload there. A
// crash before leaves parts of no upload, which are collected. Both stores have
// it then: its file says by which cluster map, and the callers, that the later
// one counts.
//
// Readers of an object in chunks open them as they come to them, and pin them:
// the chunks of an object that is replaced or deleted go when its last reader
// has closed, or, if the process dies, with the next collection.
//
// # Lock order
//
// The lock of an upload comes before that of its object's name. Of names, longer before shorter: a write of `a/b` that finds the file `a` in
// its way takes the lock of `a` while it holds that of `a/b`. Then the lock of
// a directory of objects, and then that of the same directory of tombstones: who
// reads them holds both shared, so that no file moves aside meanwhile, and no
// tombstone goes whose object has come.
// Mutexes are leaves: nothing is called with one held, but a rename with that of
// arrivals, shared: who reads a directory waits for the renames under way.
//
// # Older versions
//
// In a bucket that keeps a history (versioning.history) an object that is replaced
// or deleted stays, as the file %ov/<name>%v/<key>; null is the name of the one
// from before the history. A delete marker is an empty file there. Keys sort by
// age; they are the version ids that clients know, but for null versions. What is
// in %ob is the latest version, and if nothing is, the latest key of %ov, which is
// a delete marker.
//
//	put              link the object into %ov, rename the new one over it
//	delete           link the object into %ov, rename a delete marker there, remove the object
//	delete latest    link the version before into %wk, rename it over the object, remove its older name
//	delete older     remove the file
//
// Every step is durable before the next. The change of %ob decides. What a crash
// leaves in %ov before it does not count, is never shown, and goes with the next
// change of the name, or with the first collection: a second name of the object,
// a delete marker later than the object, null versions but for the latest. A
// version that is locked is not deleted, by whomever.
//
// # The record
//
// The attribute user.ais, and the body of a spill file:
//
//	offset  size
//	     0     1  layout: major version in the high nibble, minor in the low
//	     1     4  CRC32C (Castagnoli, big-endian) of byte 0 and of bytes 5 on
//	     5     …  fields in ascending order of their numbers
//
//	field:   varint tag = number<<2 | form, then by form
//	         0  a varint
//	         1  8 bytes, big-endian
//	         2  a varint length and that many bytes
//	         3  nothing: the field is a flag
//
//	number  form  what
//	     1     0  size in bytes
//	     2     1  XXH64 of the content, named xxhash2
//	     2     2  another checksum: kind, digest (kinds: 1 xxhash2, 2 xxhash,
//	              3 md5, 4 crc32c, 5 sha256, 6 sha512, 7 crc32,
//	                  8 crc64nvme, 9 sha1; each has its length)
//	     3     2  further checksums, one after the other: kind, digest
//	     4     2  entity tag: text
//	     5     2  part sizes: varints
//	     6     2  content headers: pairs of (varint length, text)
//	     7     2  user metadata: pairs
//	     8     2  tags: pairs
//	     9     0  version that is a decimal number without leading zeros
//	    10     2  any other version: text
//	    11     2  key of the version: text; "=" stands for that of the write order
//	    12     3  delete marker
//	    13     2  retention: mode, until (8 bytes, unix nanoseconds)
//	    14     3  legal hold
//	    15     0  bucket id, rotated left by one bit
//	    16     2  write order: three varints
//	    17     0  placement version, if not the map version of the write order
//	    18     2  copies: (varint length, text) each
//	    19     2  chunks: varint id, varint size, kind (0 none), digest each
//	    20     1  modified: unix nanoseconds
//	    21     1  access time, if not equal to modified
//	    22     2  entity tag that is 32 digits of lower-case hex: 16 bytes
//	    23     2  spill: 16 bytes name, 8 bytes XXH64 of the spill file
//	    24     2  upload that made it: 16 bytes; since layout 1.1
//
// Version rule. The first five bytes mean the same in every layout, so that
// damage is told from novelty. A release refuses another major version. It reads every minor
// version of its major; what it adds gets a new field number and raises the
// minor; numbers and the inside of a field never change. Fields that it does
// not know it keeps, with their minor version, whenever it rewrites the record.
//
// An ordinary object (fields 1, 2, 9, 15, 16, 20, 21) takes at most 68 bytes,
// which keeps the attribute inside a 256-byte inode of ext4.
//
// A record over 4,000 bytes, or over what the file system takes, leaves fields
// 3, 5 to 8, 11, 13, 18, 19 and the unknown ones to a spill file and names it in
// field 23. %sp/<32 hex digits> is written and synced before the attribute that
// names it, is never changed, and its name is never used again:
//
//	offset  size
//	     0     1  layout of the spill file: 1
//	     1     …  varint length and text of the object's name
//	     …     …  a record with the fields that were left out
//
// # Tombstones
//
// %td/<name> is an empty file whose attribute is a record with fields 12, 15,
// 16, 20. It is durable before the object's file is removed. An object whose
// order is below that of its tombstone is deleted.
//
// # Sidecars
//
// What somebody derives from an object, to have it at hand next time, is a file
// in %sc, named by the 16 hex digits of the digest of the object's name. It is
// not synced, and can be lost or torn: whoever writes it puts checksums into it.
// It is never taken for that of another generation of the object, and goes with
// its object, or is collected after a crash:
//
//	offset  size
//	     0     1  layout of the head: 1
//	     1     4  CRC32C (Castagnoli, big-endian) of the head from byte 5 on
//	     5     8  bucket id, big-endian as all that follows
//	    13    24  write order of the object: map version, incarnation, counter
//	    37     2  length of the object's name
//	    39     …  the name, then what was written
//
// # What the package does not do
//
// It makes no copies, talks to no other node and knows
// no rights.
package store
