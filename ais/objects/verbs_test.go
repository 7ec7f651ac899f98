package objects_test

import (
	"io"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

func TestPutGetHeadDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	v, n := r.verbs["target01"], r.name("dir/o")
	made, err := r.put(t, "target01", "dir/o", "content", store.WriteOptions{})
	check.NoError(t, err)
	check.Equal(t, made.Version, "1")
	check.Equal(t, made.Order.Map, r.state.Map.Version())

	head, err := v.Head(t.Context(), n)
	check.NoError(t, err)
	check.Equal(t, head.Size, int64(7))
	got, err := r.read(t, "target01", "dir/o")
	check.NoError(t, err)
	check.Equal(t, got, "content")

	check.NoError(t, v.Delete(t.Context(), n, store.DeleteOptions{}))
	_, err = v.Head(t.Context(), n)
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, v.Delete(t.Context(), n, store.DeleteOptions{}), errs.NotFound)
	check.Equal(t, len(r.asked), 0) // nothing has ever moved
}

func TestSmallReadsWhatFits(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	v := r.verbs["target01"]
	for _, content := range []string{"", "x", strings.Repeat("y", 16)} {
		_, err := r.put(t, "target01", "o", content, store.WriteOptions{})
		check.NoError(t, err)
		buf := make([]byte, 16)
		o, ok, err := v.Small(t.Context(), r.name("o"), buf)
		check.NoError(t, err)
		check.Equal(t, ok, true)
		check.Equal(t, string(buf[:o.Size]), content)
	}
	_, err := r.put(t, "target01", "large", strings.Repeat("z", 17), store.WriteOptions{})
	check.NoError(t, err)
	for _, name := range []string{"large", "none"} {
		_, ok, err := v.Small(t.Context(), r.name(name), make([]byte, 16))
		check.NoError(t, err)
		check.Equal(t, ok, false)
	}
}

func TestSection(t *testing.T) {
	t.Parallel()
	here, away := newRig(t, "target01"), movedRig(t, "target01", "target02")
	here.had(t, "target01", "o", "0123456789", store.WriteOptions{})
	away.had(t, "target01", "o", "0123456789", store.WriteOptions{})
	for at, r := range map[string]*rig{"target01": here, "target02": away} {
		c, err := r.verbs[at].Open(t.Context(), r.name("o"))
		check.NoError(t, err)
		check.Equal(t, c.Local != nil, at == "target01")
		for _, span := range [][2]int64{{0, 10}, {0, 0}, {3, 4}, {9, 1}, {10, 0}} {
			body, err := c.Section(t.Context(), r.name("o"), span[0], span[1])
			check.NoError(t, err)
			got, err := io.ReadAll(body)
			check.NoError(t, err)
			check.NoError(t, body.Close())
			check.Equal(t, string(got), "0123456789"[span[0]:span[0]+span[1]])
		}
		check.NoError(t, c.Close())
	}
}

func TestPutThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body string
		o    store.WriteOptions
		want error
	}{
		{"fewer bytes than announced", "short", store.WriteOptions{Size: 99}, errs.Invalid},
		{"more bytes than announced", "long", store.WriteOptions{Size: 2}, errs.Invalid},
		{"another checksum", "body", store.WriteOptions{Size: 4, Expect: checksum.Of(checksum.MD5, []byte("other"))}, errs.Invalid},
		{"another object expected", "body", store.WriteOptions{Size: 4, Conditions: store.Conditions{IfMatch: []string{"none"}}}, errs.Precondition},
		{"no object expected", "body", store.WriteOptions{Size: 4, Conditions: store.Conditions{IfNoneMatch: []string{"*"}}}, errs.Precondition},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "target01")
			_, err := r.put(t, "target01", "o", "before", store.WriteOptions{})
			check.NoError(t, err)
			_, err = r.verbs["target01"].Put(t.Context(), r.name("o"), strings.NewReader(test.body), test.o)
			check.ErrorIs(t, err, test.want)
			got, err := r.read(t, "target01", "o")
			check.NoError(t, err)
			check.Equal(t, got, "before")
		})
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	b, err := r.verbs["target01"].Bucket(r.bucket.Bucket)
	check.NoError(t, err)
	check.Equal(t, b.ID(), r.bucket.ID())
	_, err = r.verbs["target01"].Bucket(wire.Bucket{Name: "other", Provider: wire.ProviderAIS})
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, errs.PublicOf(err), `bucket "ais://other" does not exist`)
}
