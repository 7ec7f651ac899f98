package store_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/store"
)

// makeSidecar writes a sidecar of o.
func makeSidecar(t testing.TB, r *rig, object string, o *store.Object, text string) error {
	t.Helper()
	w, err := r.CreateSidecar(t.Context(), r.name(object))
	check.NoError(t, err)
	_, err = io.WriteString(w, text)
	check.NoError(t, err)
	return w.Commit(t.Context(), o)
}

// sidecar returns what the sidecar of an object says, and whether there is one.
func sidecar(t testing.TB, r *rig, object string, o *store.Object) (string, bool) {
	t.Helper()
	c, err := r.OpenSidecar(t.Context(), r.name(object), o)
	if errors.Is(err, errs.NotFound) {
		return "", false
	}
	check.NoError(t, err)
	defer c.Close()
	text, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	check.NoError(t, err)
	return string(text), true
}

// sidecarFiles counts the files of sidecars.
func sidecarFiles(t testing.TB, r *rig) (count int) {
	t.Helper()
	for _, root := range paths(1) {
		entries, err := r.fsys.ReadDir(root + "/@ais/b/%sc")
		if !errors.Is(err, fs.ErrNotExist) {
			check.NoError(t, err)
		}
		count += len(entries)
	}
	return count
}

func TestSidecarIsOfOneGeneration(t *testing.T) {
	r := newRig(t, 1)
	one, err := r.put(t.Context(), "a", []byte("one"), store.WriteOptions{})
	check.NoError(t, err)
	_, found := sidecar(t, r, "a", one)
	check.Equal(t, found, false)
	check.NoError(t, makeSidecar(t, r, "a", one, "of one"))
	text, found := sidecar(t, r, "a", one)
	check.Equal(t, found, true)
	check.Equal(t, text, "of one")

	two, err := r.put(t.Context(), "a", []byte("two"), store.WriteOptions{})
	check.NoError(t, err)
	check.Equal(t, sidecarFiles(t, r), 0)
	_, found = sidecar(t, r, "a", two)
	check.Equal(t, found, false)
	check.ErrorIs(t, makeSidecar(t, r, "a", one, "of one"), errs.Conflict)
	check.Equal(t, sidecarFiles(t, r), 0)

	check.NoError(t, makeSidecar(t, r, "a", two, "of two"))
	check.NoError(t, makeSidecar(t, r, "a", two, "of two again"))
	text, _ = sidecar(t, r, "a", two)
	check.Equal(t, text, "of two again")
	check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
	check.Equal(t, sidecarFiles(t, r), 0)
	check.ErrorIs(t, makeSidecar(t, r, "a", two, "of two"), errs.Conflict)
}

func TestSidecarOfAnOlderOrderIsCollected(t *testing.T) {
	r := newRig(t, 1)
	for _, object := range []string{"kept", "changed", "d/kept"} {
		o, err := r.put(t.Context(), object, []byte("content"), store.WriteOptions{})
		check.NoError(t, err)
		check.NoError(t, makeSidecar(t, r, object, o, object))
	}
	changed, err := r.Update(t.Context(), r.name("changed"), store.UpdateOptions{}, func(rec *store.Record) error {
		rec.Custom = small("new")
		return nil
	})
	check.NoError(t, err)
	_, found := sidecar(t, r, "changed", changed)
	check.Equal(t, found, false)

	r = reopen(t, r)
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, sidecarFiles(t, r), 2)
	for _, object := range []string{"kept", "d/kept"} {
		o, err := r.Stat(t.Context(), r.name(object))
		check.NoError(t, err)
		text, found := sidecar(t, r, object, o)
		check.Equal(t, found, true)
		check.Equal(t, text, object)
	}
}

// reopen starts the store again on the same disks.
func reopen(t testing.TB, r *rig) *rig {
	t.Helper()
	check.NoError(t, r.mounts.Close())
	again := open(t, r.fsys, 1, store.Options{Incarnation: 2})
	again.bucket = r.bucket
	return again
}

func TestAbortedSidecarLeavesNothing(t *testing.T) {
	r := newRig(t, 1)
	w, err := r.CreateSidecar(t.Context(), r.name("a"))
	check.NoError(t, err)
	w.Abort()
	_, err = w.Write([]byte("late"))
	check.ErrorIs(t, err, errs.Invalid)
	work, err := r.fsys.ReadDir("/mp1/@ais/b/%wk")
	check.NoError(t, err)
	check.Equal(t, len(work), 0)
}

// sidecarStep makes a sidecar of an object that is there.
func sidecarStep(object string) step {
	return step{
		do: func(r *rig) error {
			o, err := r.Stat(context.Background(), r.name(object))
			if err != nil {
				return err
			}
			w, err := r.CreateSidecar(context.Background(), r.name(object))
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, "derived"); err != nil {
				w.Abort()
				return err
			}
			return w.Commit(context.Background(), o)
		},
	}
}
