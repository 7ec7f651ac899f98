package store_test

import (
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// A frozen bucket is read and not changed, and Freeze waits for a change that is
// under way.
func TestAFrozenBucketDoesNotChange(t *testing.T) {
	t.Parallel()
	s, b := freezeRig(t)
	n := store.Name{Bucket: b, Object: "o"}
	put := func(text string) error {
		w, err := s.Create(t.Context(), n, store.WriteOptions{Size: int64(len(text))})
		check.NoError(t, err)
		defer w.Abort()
		_, err = w.ReadFrom(strings.NewReader(text))
		check.NoError(t, err)
		_, err = w.Commit(t.Context())
		return err
	}
	check.NoError(t, put("before"))
	check.NoError(t, s.Freeze(t.Context(), b))
	check.ErrorIs(t, put("after"), errs.Busy)
	check.ErrorIs(t, s.Delete(t.Context(), n, store.DeleteOptions{}), errs.Busy)
	_, err := s.Update(t.Context(), n, store.UpdateOptions{}, func(*store.Record) error { return nil })
	check.ErrorIs(t, err, errs.Busy)
	o, err := s.Stat(t.Context(), n)
	check.NoError(t, err)
	check.Equal(t, o.Size, 6)
	s.Thaw(b)
	check.NoError(t, put("again"))
}

// A write that has passed the check before the bucket was frozen is over when
// Freeze returns.
func TestFreezeWaitsForWritesUnderWay(t *testing.T) {
	t.Parallel()
	s, b := freezeRig(t)
	inFence, release := make(chan struct{}), make(chan struct{})
	n := store.Name{Bucket: b, Object: "o"}
	var group run.Group
	defer group.Wait()
	group.Go(func() {
		w, err := s.Create(t.Context(), n, store.WriteOptions{Fence: func() error {
			close(inFence)
			<-release
			return nil
		}})
		if err == nil {
			_, err = w.Commit(t.Context())
		}
		if err != nil {
			t.Error(err)
		}
	})
	<-inFence
	ended := make(chan struct{})
	group.Go(func() {
		defer close(ended)
		if err := s.Freeze(t.Context(), b); err != nil {
			t.Error(err)
		}
		if _, err := s.Stat(t.Context(), n); err != nil {
			t.Errorf("frozen while a write goes on: %v", err)
		}
	})
	close(release)
	<-ended
}

func freezeRig(t *testing.T) (*store.Store, *cluster.Bucket) {
	t.Helper()
	r := open(t, memfs.New(memfs.Options{}), 2, store.Options{Incarnation: 1, Pool: testPool(t)})
	b := newBucket("b", 7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), b))
	return r.Store, b
}
