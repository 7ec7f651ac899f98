package tests

import (
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/run"
)

// TestAGibibyteWhileTargetsJoin puts objects of 1 GiB, again and again until they
// are stored, while targets join.
func TestAGibibyteWhileTargetsJoin(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("writes gibibytes: set AIS_SOAK=1m, or run make soak")
	}
	const size, joins = 1 << 30, 3
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	var group run.Group
	sums := make([]checksum.Sum, 2)
	for i := range sums {
		group.Go(func() {
			var hash *checksum.Hasher
			for try := 1; ; try++ {
				hash = checksum.New(checksum.XXHash2)
				body := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{byte(i)}), size), hash)
				_, err := c.Client().Put(t.Context(), b, string(rune('a'+i)), body, api.PutOptions{Size: size})
				if err == nil {
					t.Logf("object %d is stored at attempt %d", i, try)
					break
				}
				t.Logf("object %d, attempt %d: %v", i, try, err)
				<-time.After(time.Second)
			}
			sums[i] = hash.Sum()
		})
	}
	for range joins {
		<-time.After(time.Second)
		c.AddTarget()
	}
	group.Wait()
	for i, want := range sums {
		hash := checksum.New(checksum.XXHash2)
		r, err := c.Client().Get(t.Context(), b, string(rune('a'+i)), api.GetOptions{})
		check.NoError(t, err)
		_, err = io.Copy(hash, r)
		check.NoError(t, err)
		check.NoError(t, r.Close())
		check.Equal(t, hash.Sum(), want)
	}
}
