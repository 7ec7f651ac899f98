package checksum_test

import (
	"math/rand/v2"
	"testing"

	"aistore/internal/check"
	"aistore/internal/checksum"
)

func TestJoinedSumsAreTheSumOfTheWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []checksum.Kind{checksum.CRC32C, checksum.CRC32, checksum.CRC64NVME}
	for i := range 300 {
		kind := kinds[i%len(kinds)]
		var whole []byte
		var joiner checksum.Joiner
		for range 1 + random.IntN(6) {
			piece := make([]byte, random.IntN(3)*random.IntN(5000))
			for i := range piece {
				piece[i] = byte(random.Uint32())
			}
			whole = append(whole, piece...)
			joiner.Add(checksum.Of(kind, piece), int64(len(piece)))
		}
		check.Equal(t, joiner.Sum().String(), checksum.Of(kind, whole).String())
	}
}

func TestWhatCannotBeJoinedHasNoSum(t *testing.T) {
	t.Parallel()
	var joiner checksum.Joiner
	check.Equal(t, joiner.Sum().IsZero(), true)
	joiner.Add(checksum.Of(checksum.CRC32C, []byte("x")), 1)
	joiner.Add(checksum.Of(checksum.MD5, []byte("x")), 1)
	check.Equal(t, joiner.Sum().IsZero(), true)
	check.Equal(t, checksum.Joinable(checksum.XXHash2), false)
}
