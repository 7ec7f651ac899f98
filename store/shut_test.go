package store_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// A bucket that is shut does not change, and opens again by itself.
func TestABucketThatIsShut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := freezeRig(t)
		n := store.Name{Bucket: b, Object: "o"}
		put := func() error {
			w, err := s.Create(t.Context(), n, store.WriteOptions{Size: 1})
			check.NoError(t, err)
			defer w.Abort()
			_, err = w.ReadFrom(strings.NewReader("x"))
			check.NoError(t, err)
			_, err = w.Commit(t.Context())
			return err
		}
		refused := func() {
			t.Helper()
			err := put()
			check.ErrorIs(t, err, errs.Unavailable)
			check.Equal(t, errs.CodeOf(err), errs.CodeNotNow)
			check.Equal(t, errs.RetryAfterOf(err), time.Second)
		}
		check.NoError(t, put())
		check.NoError(t, s.Shut(t.Context(), b, time.Minute))
		refused()
		check.ErrorIs(t, s.Delete(t.Context(), n, store.DeleteOptions{}), errs.Unavailable)
		_, err := s.Stat(t.Context(), n)
		check.NoError(t, err)
		s.Reopen(b)
		s.Reopen(b)
		check.NoError(t, put())
		check.NoError(t, s.Shut(t.Context(), b, time.Minute))
		refused()
		time.Sleep(time.Minute)
		check.NoError(t, put())
	})
}

func TestEmpty(t *testing.T) {
	empty := func(r *rig) bool {
		is, err := r.Empty(t.Context(), r.bucket)
		check.NoError(t, err)
		return is
	}
	r := newRig(t, 2)
	check.Equal(t, empty(r), true)
	r.mustPut(t, "d/o", "x")
	check.Equal(t, empty(r), false)
	check.NoError(t, r.Delete(t.Context(), r.name("d/o"), store.DeleteOptions{Tombstone: true}))
	check.Equal(t, empty(r), true)

	r = newVersionedRig(t, nil)
	check.Equal(t, empty(r), true)
	o := r.mustPut(t, "d/o", "x")
	check.Equal(t, empty(r), false)
	gone, err := r.Remove(t.Context(), r.name("d/o"), store.DeleteOptions{})
	check.NoError(t, err)
	check.Equal(t, empty(r), false) // an older version, and a delete marker
	for _, id := range []string{o.PublicVersion(), gone.Version} {
		_, err := r.Remove(t.Context(), r.name("d/o"), store.DeleteOptions{Version: id})
		check.NoError(t, err)
	}
	check.Equal(t, empty(r), true)
}
