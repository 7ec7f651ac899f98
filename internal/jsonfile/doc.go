// Package jsonfile keeps small state on disk so that a crash leaves the old
// value or the new one, whole, and a damaged file is noticed.
//
// Save and Load keep one JSON value per file:
//
//	{"format":3,"checksum":"9ae16a3b","data":{…}}\n
//
// format is the version of the caller's layout; checksum is CRC32C, as eight
// hex digits, of the bytes of data as they stand in the file.
//
// A Journal keeps entries in order, one appended at a time:
//
//	header  8 bytes  "aisjrnl\n"
//	        4 bytes  version of the caller's layout
//	        4 bytes  CRC32C of the 12 bytes before
//	frame   4 bytes  length of the body
//	        4 bytes  CRC32C of the length and the body
//	        body     entries, each an unsigned varint length and its bytes
//
// Integers are little-endian. One Append is one frame, is one write, is one
// sync. A frame cut short or damaged at the end of the file is what a crash
// left of an Append that had not returned, and is dropped; damage with whole
// frames behind it is corruption, and an error.
//
// Files are reached through FS, so that tests can cut the power at any point.
package jsonfile
