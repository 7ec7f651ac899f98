package store_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// leave makes a file as an interrupted write of an earlier start has.
func (r *rig) leave(t testing.TB, path, text string) {
	t.Helper()
	f, err := r.fsys.Create(path)
	check.NoError(t, err)
	_, err = io.WriteString(f, text)
	check.NoError(t, err)
	check.NoError(t, f.Close())
}

func (r *rig) exists(t testing.TB, path string) bool {
	t.Helper()
	_, err := r.fsys.Lstat(path)
	if err != nil {
		check.ErrorIs(t, err, fs.ErrNotExist)
	}
	return err == nil
}

func TestCollectTakesLeftoversOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	_, err := r.put(t.Context(), "a", []byte("x"), store.WriteOptions{Custom: large("kept")})
	check.NoError(t, err)
	w, err := r.Create(t.Context(), r.name("b"), store.WriteOptions{Size: 1})
	check.NoError(t, err)
	const work, torn = "/mp1/@ais/b/%wk/0.1", "/mp1/@ais/b/%sp/00"
	r.leave(t, work, "x")
	r.leave(t, torn, "torn")
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, r.exists(t, work), false)
	check.Equal(t, r.exists(t, torn), false)

	_, err = io.WriteString(w, "x")
	check.NoError(t, err)
	_, err = w.Commit(t.Context())
	check.NoError(t, err)
	r.Forget(r.name("a"))
	o, err := r.Stat(t.Context(), r.name("a"))
	check.NoError(t, err)
	check.Equal(t, o.Custom, large("kept"))
}

func TestRunCollectsAndWritesAccessTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	const work = "/mp1/@ais/b/%wk/0.1"
	r.leave(t, work, "x")
	_, err := r.put(t.Context(), "a", []byte("x"), store.WriteOptions{Atime: time.Unix(1e9, 0)})
	check.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	var ended error
	group.Go(func() { ended = r.Run(ctx) })
	check.Eventually(t, func() bool { return !r.exists(t, work) })
	r.mustRead(t, "a")
	cancel()
	group.Wait()
	check.NoError(t, ended)
	info, err := r.fsys.Lstat(fileA)
	check.NoError(t, err)
	if info.Atime.Unix() == 1e9 {
		t.Fatal("the access time was not written at the end")
	}
}

func TestSpillThatIsGoneIsLookedForOnceMore(t *testing.T) {
	t.Parallel()
	r, faulty, _ := newFaultyRig(t)
	_, err := r.put(t.Context(), "a", []byte("x"), store.WriteOptions{Custom: large("x")})
	check.NoError(t, err)
	for times, want := range map[int]error{1: nil, 2: errs.Corrupt} {
		r.Forget(r.name("a"))
		fault := faulty.Inject(faultfs.Rule{Op: faultfs.Open, Path: "/%sp/", Err: fs.ErrNotExist, Times: times})
		_, err := r.Stat(t.Context(), r.name("a"))
		fault.End()
		if !errors.Is(err, want) {
			t.Errorf("gone %d times: error %v, want %v", times, err, want)
		}
	}
}
