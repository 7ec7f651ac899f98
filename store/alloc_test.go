package store_test

import (
	"context"
	"testing"

	"aistore/api/wire"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/store"
)

// osRig opens a store on the real file system, in a directory of the test.
func osRig(t testing.TB) *rig {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{Paths: []string{t.TempDir() + "/mp1"}, TargetID: "t1", Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	s, err := store.New(mounts, store.Options{Incarnation: 1, Pool: testPool(t)})
	check.NoError(t, err)
	r := &rig{Store: s, mounts: mounts, bucket: newBucket("b", 1<<63|7, wire.DurabilityFsync)}
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	return r
}

// TestHotPathsAllocateLittle holds what a warm read costs: the file of the
// seam, the path as the kernel wants it, the reader.
func TestHotPathsAllocateLittle(t *testing.T) {
	r := osRig(t)
	r.mustPut(t, "dir/object", content("text", 4096))
	name := r.name("dir/object")
	ctx := context.Background()
	buf := make([]byte, 64<<10+1)
	rows := []struct {
		what string
		most float64
		do   func() error
	}{
		{"Stat", 0, func() error {
			_, err := r.Stat(ctx, name)
			return err
		}},
		{"ReadSmall", 2, func() error {
			_, err := r.ReadSmall(ctx, name, buf)
			return err
		}},
		{"Open", 3, func() error {
			reader, err := r.Open(ctx, name)
			if err != nil {
				return err
			}
			return reader.Close()
		}},
	}
	for _, row := range rows {
		var failed error
		got := testing.AllocsPerRun(200, func() {
			if err := row.do(); err != nil {
				failed = err
			}
		})
		check.NoError(t, failed)
		if got > row.most {
			t.Errorf("%s: %v allocations, want at most %v", row.what, got, row.most)
		}
	}
}

func BenchmarkStat(b *testing.B) {
	r := osRig(b)
	r.mustPut(b, "dir/object", content("text", 4096))
	for b.Loop() {
		if _, err := r.Stat(b.Context(), r.name("dir/object")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSmall(b *testing.B) {
	r := osRig(b)
	r.mustPut(b, "dir/object", content("text", 4096))
	buf := make([]byte, 64<<10)
	for b.Loop() {
		if _, err := r.ReadSmall(b.Context(), r.name("dir/object"), buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSmallCold(b *testing.B) {
	r := osRig(b)
	r.mustPut(b, "dir/object", content("text", 4096))
	buf := make([]byte, 64<<10)
	for b.Loop() {
		r.Forget(r.name("dir/object"))
		if _, err := r.ReadSmall(b.Context(), r.name("dir/object"), buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	for _, durability := range []string{wire.DurabilityFsync, wire.DurabilityRelaxed} {
		b.Run(durability, func(b *testing.B) {
			r := osRig(b)
			r.bucket = newBucket("bench", 1<<63|8, durability)
			text := []byte(content("text", 4096))
			for b.Loop() {
				if _, err := r.put(b.Context(), "dir/object", text, store.WriteOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
