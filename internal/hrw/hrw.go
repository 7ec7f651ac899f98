package hrw

import (
	"math/bits"
	"slices"

	"github.com/OneOfOne/xxhash"
)

// Seed is the seed of every digest here. It is part of the protocol.
const Seed = 1103515245

// Candidate is a node or mountpath that may own a name.
type Candidate struct {
	Digest uint64
	Skip   bool // not an owner now: in maintenance, disabled
}

// Digest returns the digest of a name or an id. It does not allocate.
func Digest(s string) uint64 { return xxhash.ChecksumString64S(s, Seed) }

// DigestBytes is Digest of bytes.
func DigestBytes(b []byte) uint64 { return xxhash.Checksum64S(b, Seed) }

// Mix is the first output of xoshiro256** after seeding it with x by
// splitmix64: a fixed, well-mixed function of x.
func Mix(x uint64) uint64 {
	const golden = 0x9e3779b97f4a7c15
	second := splitMix(splitMix(x+golden) + golden)
	return bits.RotateLeft64(second*5, 7) * 9
}

func splitMix(v uint64) uint64 {
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Owner returns the index of the candidate that owns the name with this
// digest, or -1 if there is none. Of equal weights the later one wins.
func Owner(candidates []Candidate, digest uint64) int {
	owner, highest := -1, uint64(0)
	for i, c := range candidates {
		if c.Skip {
			continue
		}
		if weight := Mix(c.Digest ^ digest); weight >= highest {
			owner, highest = i, weight
		}
	}
	return owner
}

// Ranked returns the indices of the n candidates of highest weight, highest
// first, fewer if there are fewer. The first is Owner's answer.
func Ranked(candidates []Candidate, digest uint64, n int) []int {
	type entry struct {
		index  int
		weight uint64
	}
	entries := make([]entry, 0, len(candidates))
	for i, c := range candidates {
		if !c.Skip {
			entries = append(entries, entry{i, Mix(c.Digest ^ digest)})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return b.index - a.index
	})
	ranked := make([]int, 0, max(0, min(n, len(entries))))
	for _, e := range entries[:cap(ranked)] {
		ranked = append(ranked, e.index)
	}
	return ranked
}
