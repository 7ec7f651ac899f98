package store_test

import (
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

func TestPutGetDelete(t *testing.T) {
	r := newRig(t, 3)
	o := r.mustPut(t, "dir/a", "hello")
	check.Equal(t, o.Version, "1")
	check.Equal(t, r.mustRead(t, "dir/a"), "hello")
	o = r.mustPut(t, "dir/a", "hello again")
	check.Equal(t, o.Version, "2")
	buf := make([]byte, 100)
	o, err := r.ReadSmall(t.Context(), r.name("dir/a"), buf)
	check.NoError(t, err)
	check.Equal(t, string(buf[:o.Size]), "hello again")
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{"dir/a"})
	check.NoError(t, r.Delete(t.Context(), r.name("dir/a"), store.DeleteOptions{}))
	_, err = r.Stat(t.Context(), r.name("dir/a"))
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
}

func TestObjectBesideDirectory(t *testing.T) {
	r := newRig(t, 1)
	r.mustPut(t, "a", "file")
	r.mustPut(t, "a/b", "below")
	r.mustPut(t, "a/b/c", "deep")
	check.Equal(t, r.mustRead(t, "a"), "file")
	check.Equal(t, r.mustRead(t, "a/b"), "below")
	check.Equal(t, r.mustRead(t, "a/b/c"), "deep")
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{"a", "a/b", "a/b/c"})
	r.mustPut(t, "a", "again")
	check.Equal(t, r.mustRead(t, "a"), "again")
	check.NoError(t, r.Delete(t.Context(), r.name("a/b/c"), store.DeleteOptions{}))
	check.NoError(t, r.Delete(t.Context(), r.name("a/b"), store.DeleteOptions{}))
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{"a"})
	check.Equal(t, r.mustRead(t, "a"), "again")
}
