package checksum

import "hash/crc32"

// polynomialNVME is that of CRC64NVME, from its lowest coefficient on.
const polynomialNVME = 0x9a6c9329ac4bc9b5

// Joiner makes the sum of a whole out of the sums of its pieces, in order,
// without their bytes. Only cyclic redundancy checks can do that: see
// [Joinable]. The zero Joiner is the sum of nothing.
type Joiner struct {
	sum    Sum
	size   int64  // bytes that shift stands for
	shift  matrix // what size zero bytes do to a sum
	failed bool
}

// Joinable tells whether sums of a kind can be joined.
func Joinable(kind Kind) bool { return polynomial(kind) != 0 }

// polynomial returns that of a kind, from its lowest coefficient on; 0 if it is no
// cyclic redundancy check.
func polynomial(kind Kind) uint64 {
	switch kind {
	case CRC32:
		return crc32.IEEE
	case CRC32C:
		return crc32.Castagnoli
	case CRC64NVME:
		return polynomialNVME
	}
	return 0
}

// Add appends a piece of size bytes. A sum of a kind that cannot be joined, or
// of another kind than those before, makes the result zero.
func (j *Joiner) Add(piece Sum, size int64) {
	switch {
	case !Joinable(piece.Kind) || piece.IsZero() || (!j.sum.IsZero() && j.sum.Kind != piece.Kind):
		j.failed = true
	case j.sum.IsZero():
		j.sum = piece
	case size > 0:
		if size != j.size {
			j.size, j.shift = size, zeroBytes(piece.Kind, size)
		}
		j.sum.setNumber(j.shift.times(j.sum.number()) ^ piece.number())
	}
}

// number is the digest as a number, big-endian.
func (s *Sum) number() (n uint64) {
	for _, b := range s.raw[:s.size] {
		n = n<<8 | uint64(b)
	}
	return n
}

func (s *Sum) setNumber(n uint64) {
	for i := int(s.size) - 1; i >= 0; i-- {
		s.raw[i] = byte(n)
		n >>= 8
	}
}

// Sum returns the sum of all pieces, zero if they have none.
func (j *Joiner) Sum() Sum {
	if j.failed {
		return Sum{}
	}
	return j.sum
}

// matrix is a linear map of the bits of a sum over GF(2): what becomes of each
// single bit.
type matrix [64]uint64

// times applies m to v.
func (m *matrix) times(v uint64) (product uint64) {
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			product ^= m[i]
		}
	}
	return product
}

// after returns the map that applies m first and then next.
func (m *matrix) after(next *matrix) (both matrix) {
	for i := range m {
		both[i] = next.times(m[i])
	}
	return both
}

// zeroBytes returns what size bytes of zero do to a sum of a kind: the map of one
// zero bit, squared as often as size has bits.
func zeroBytes(kind Kind, size int64) matrix {
	var power, result matrix // power is the map of one bit, then 2, 4, 8, …
	power[0] = polynomial(kind)
	for i := range 8 * kind.Size() {
		result[i] = 1 << i
		if i > 0 {
			power[i] = 1 << (i - 1)
		}
	}
	for range 3 { // from one bit to one byte
		power = power.after(&power)
	}
	for ; size > 0; size >>= 1 {
		if size&1 != 0 {
			result = result.after(&power)
		}
		power = power.after(&power)
	}
	return result
}
