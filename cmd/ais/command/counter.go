package command

import (
	"encoding/hex"
	"math/rand/v2"
	"sync/atomic"
)

// counter is a sum that several goroutines add to.
type counter = atomic.Int64

// randomName returns a name that nobody else uses.
func randomName() string {
	var bytes [8]byte
	for i := range bytes {
		bytes[i] = byte(rand.IntN(256))
	}
	return hex.EncodeToString(bytes[:])
}
