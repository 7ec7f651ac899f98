package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"sync"

	"github.com/OneOfOne/xxhash"
)

// Hasher computes a Sum of the bytes written to it. It is for one goroutine
// at a time.
type Hasher struct {
	kind  Kind
	state hash.Hash // nil for None
}

// New returns a Hasher of a kind that ParseKind has accepted.
func New(kind Kind) *Hasher {
	return &Hasher{kind: kind, state: mustState(kind)}
}

// Get returns a Hasher from the pool, ready for the first Write. Give it back
// with Put.
func Get(kind Kind) *Hasher {
	if pooled, ok := pools[poolIndex(kind)].Get().(*Hasher); ok {
		pooled.kind = kind
		return pooled
	}
	return New(kind)
}

// Put gives h back to the pool; the caller must not use it again. Nil is fine.
func Put(h *Hasher) {
	if h != nil {
		h.Reset()
		pools[poolIndex(h.kind)].Put(h)
	}
}

// Kind returns the kind of sums that h makes.
func (h *Hasher) Kind() Kind { return h.kind }

// Write adds p. It never fails.
func (h *Hasher) Write(p []byte) (int, error) {
	if h.state == nil {
		return len(p), nil
	}
	return h.state.Write(p)
}

// Sum returns the checksum of everything written since New or Reset, zero for
// kind None. More may be written after it.
func (h *Hasher) Sum() Sum {
	fast, ok := h.state.(*xxhash.XXHash64)
	if !ok {
		return h.sumOfState()
	}
	sum := Sum{Kind: h.kind, size: uint8(h.kind.Size())}
	binary.BigEndian.PutUint64(sum.raw[:], fast.Sum64())
	return sum
}

// sumOfState is apart from Sum because its result escapes to the heap.
func (h *Hasher) sumOfState() Sum {
	if h.state == nil {
		return Sum{}
	}
	sum := Sum{Kind: h.kind, size: uint8(h.kind.Size())}
	h.state.Sum(sum.raw[:0])
	return sum
}

// Reset forgets everything written.
func (h *Hasher) Reset() {
	if h.state != nil {
		h.state.Reset()
	}
}

// Of returns the checksum of data, of a kind that ParseKind has accepted.
// It does not allocate.
func Of(kind Kind, data []byte) Sum {
	sum := Sum{Kind: kind, size: uint8(kind.Size())}
	switch kind {
	case None, "":
		return Sum{}
	case XXHash, XXHash2:
		binary.BigEndian.PutUint64(sum.raw[:], xxhash.Checksum64(data))
	case CRC32C:
		binary.BigEndian.PutUint32(sum.raw[:], crc32.Checksum(data, castagnoli()))
	case MD5:
		digest := md5.Sum(data)
		copy(sum.raw[:], digest[:])
	case SHA256:
		digest := sha256.Sum256(data)
		copy(sum.raw[:], digest[:])
	case SHA512:
		sum.raw = sha512.Sum512(data)
	default:
		return ofState(kind, data)
	}
	return sum
}

// ofState is Of for the kinds that are rarely asked for.
func ofState(kind Kind, data []byte) Sum {
	h := Get(kind)
	defer Put(h)
	_, _ = h.Write(data) // never fails
	return h.Sum()
}

// pools holds idle hashers by function; a cache without behaviour.
var pools [9]sync.Pool

func poolIndex(kind Kind) int {
	switch kind {
	case XXHash, XXHash2:
		return 0
	case MD5:
		return 1
	case CRC32C:
		return 2
	case SHA256:
		return 3
	case SHA512:
		return 4
	case CRC32:
		return 5
	case CRC64NVME:
		return 6
	case SHA1:
		return 7
	}
	return 8 // None
}

// castagnoli returns the table of CRC32C; the standard library keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// mustState panics on a kind that ParseKind would have refused.
func mustState(kind Kind) hash.Hash {
	switch kind {
	case None, "":
		return nil
	case XXHash, XXHash2:
		return xxhash.NewS64(0)
	case MD5:
		return md5.New()
	case CRC32C:
		return crc32.New(castagnoli())
	case CRC32:
		return crc32.NewIEEE()
	case CRC64NVME:
		return crc64.New(crc64.MakeTable(polynomialNVME))
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	}
	panic("checksum: kind " + string(kind) + " was never parsed")
}
