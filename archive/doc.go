// Package archive reads, lists, appends to and indexes archives: tar, tar
// compressed with gzip or LZ4, and zip. It knows no objects and no files, only
// readers and writers.
//
// Start with [New], which makes an [Archive] of an [io.ReaderAt], and with
// [NewWriter]. [Archive.Walk] goes through the members in their order,
// [BuildIndex] makes an [Index] of them, and with an index [Archive.Open] reads
// one member. [Stream] goes through a tar that comes from elsewhere, [Append]
// continues an archive in a copy of it.
//
// # What reading one member costs
//
//	format    with an index
//	tar       one seek: the content stands in the file as it is
//	zip       one seek: a header of some 30 bytes, then the content, inflated
//	          where it is deflated
//	tar.gz    everything before the member is decompressed and thrown away; a
//	tar.lz4   member that is not there costs nothing
//
// # What is a member
//
// Regular files only: directories, links and devices are passed over. Names are
// relative, with "/"; a leading "./" is cut off. Of several members with one
// name the last counts, as for tar itself; a [Writer] makes no second one.
//
// # What is refused
//
// An archive is somebody's input. Absolute names, names with "..", archives that
// end too early, headers that promise more than there is, members that overlap,
// sparse and encrypted members, more members than [Limits] allows, and content
// that grows beyond them when it is decompressed are Invalid, TooLarge or
// Unsupported, with a sentence that says which. Memory stays within what Limits
// say, whatever an archive claims: an index takes 16 bytes a member while it is
// built.
//
// # The index
//
// Numbers are little-endian; varints are those of encoding/binary.
//
//	blocks   one after the other, about 1 KiB each:
//	           4  CRC32C of what follows
//	           2  length of what follows this
//	           …  members in archive order
//	table    pages of up to 256 entries, in ascending order of hash, then block:
//	           4  CRC32C of what follows
//	          16  each entry: 8 hash of the name (hrw.Digest), 6 offset of the
//	              block, 2 its length
//	fence    8 bytes a page: the hash of its first entry
//	trailer  112 bytes:
//	           4  "aisx"
//	           1  version: 1
//	           1  format: 1 tar, 2 tar.gz, 3 tar.lz4, 4 zip
//	           2  flags: 1 hashes occur twice, so names may
//	           8  number of members
//	           8  number of entries in the table
//	           8  size of the archive in bytes
//	           8  where its members end (see [Index.End])
//	           8  length of the blocks
//	           4  CRC32C of the fence
//	           4  zero
//	          52  identity of the archive: 1 length, the rest its bytes
//	           4  CRC32C of the trailer before this
//
//	member   varint shared: bytes of the name that are those of the member before
//	         varint n, n bytes: the rest of the name
//	         varint size
//	         varint zigzag offset, less the offset of the member before
//	         varint zigzag modified: unix seconds, less those of the member before
//	         zip only: varint bytes stored, 1 method, 4 CRC-32
//
// In each block the member before the first is empty. Version rule: a reader
// takes another version for damage, and the index is made again.
package archive
