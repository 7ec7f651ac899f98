package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/run"
	"aistore/store"
)

// TestSumsBesideTheWrite writes large objects, more at the same time than have their
// slow sums computed beside them: all sums are those of the content.
func TestSumsBesideTheWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	kinds := []checksum.Kind{checksum.MD5, checksum.SHA256, checksum.CRC32C}
	content := make([]byte, 3<<20+17)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content)
	skipped := make([]int, 4*runtime.GOMAXPROCS(0)) // bytes, by object
	for i := range skipped {
		skipped[i] = 1000 * i
	}
	check.NoError(t, run.Each(t.Context(), len(skipped), skipped, func(ctx context.Context, skip int) error {
		mine := content[skip:]
		w, err := r.Create(ctx, r.name(strconv.Itoa(skip)), store.WriteOptions{
			Size: int64(len(mine)), Hash: kinds, Expect: checksum.Of(checksum.SHA1, mine),
		})
		if err != nil {
			return err
		}
		defer w.Abort()
		if _, err := w.ReadFrom(iotest.HalfReader(bytes.NewReader(mine))); err != nil {
			return err
		}
		for _, kind := range kinds {
			if got, want := w.Sum(kind), checksum.Of(kind, mine); !got.Equal(want) {
				t.Errorf("%v without %d bytes: got %v, want %v", kind, skip, got, want)
			}
		}
		_, err = w.Commit(ctx)
		return err
	}))
}

// TestABodyThatBreaksEndsItsSums breaks a large write off: nothing of it stays, and
// what was written before the end of a shorter one counts.
func TestABodyThatBreaksEndsItsSums(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	gone := errors.New("the client has gone")
	for range 2 * runtime.GOMAXPROCS(0) { // as often as not to leave a place taken
		w, err := r.Create(t.Context(), r.name("a"), store.WriteOptions{Size: 2 << 20, Hash: []checksum.Kind{checksum.MD5}})
		check.NoError(t, err)
		_, err = w.ReadFrom(io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(gone)))
		check.ErrorIs(t, err, gone)
		w.Abort()
	}
	w, err := r.Create(t.Context(), r.name("a"), store.WriteOptions{Size: 2 << 20, Hash: []checksum.Kind{checksum.MD5}})
	check.NoError(t, err)
	defer w.Abort()
	half := strings.Repeat("x", 1<<20)
	for range 2 { // in two goes
		_, err = w.ReadFrom(strings.NewReader(half))
		check.NoError(t, err)
	}
	check.Equal(t, w.Sum(checksum.MD5).Hex(), checksum.Of(checksum.MD5, []byte(half+half)).Hex())
}
