// Package checksum holds the checksum kinds of objects, their values, and a
// reader that verifies.
//
// XXHash and XXHash2 are two names of one function, XXH64 with seed 0, and
// their sums compare equal. All digests are big-endian; as text they are
// lower-case hex of fixed length.
package checksum
