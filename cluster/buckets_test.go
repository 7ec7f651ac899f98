package cluster_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func TestBucketsAgreeWithAMap(t *testing.T) {
	t.Parallel()
	names := make([]wire.Bucket, 40)
	for i := range names {
		names[i] = wire.Bucket{Name: fmt.Sprintf("b%d", i%10), Provider: []string{"ais", "aws", "gcp", "ais"}[i/10]}
		if i >= 30 {
			names[i].Namespace = wire.Namespace{Name: "ns"}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		buckets, oracle := new(cluster.Buckets), make(map[wire.Bucket]uint64)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "bucket")
			var next *cluster.Buckets
			var err error
			_, exists := oracle[name]
			if rapid.Bool().Draw(t, "put") {
				next, err = buckets.WithBucket(newBucket(name))
				exists = !exists
			} else {
				next, err = buckets.WithoutBucket(name)
			}
			if (err == nil) != exists {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				continue
			}
			if next.Version() != buckets.Version()+1 {
				t.Fatalf("version %d after %d", next.Version(), buckets.Version())
			}
			if b, found := next.Get(name); found {
				oracle[name] = b.ID()
			} else {
				delete(oracle, name)
			}
			buckets = next
			compareToOracle(t, buckets, oracle)
		}
	})
}

func compareToOracle(t *rapid.T, b *cluster.Buckets, oracle map[wire.Bucket]uint64) {
	if b.Len() != len(oracle) {
		t.Fatalf("%d buckets, want %d", b.Len(), len(oracle))
	}
	for name, id := range oracle {
		if got, found := b.Get(name); !found || got.ID() != id {
			t.Fatalf("bucket %v is %v", name, got)
		}
	}
	previous := ""
	for bucket := range b.All() {
		key := fmt.Sprintf("%s %s %s", bucket.Provider, bucket.Namespace.Uname(), bucket.Name)
		if key <= previous {
			t.Fatalf("%q comes after %q", key, previous)
		}
		previous = key
	}
}

func TestOldBucketsStayAsTheyWere(t *testing.T) {
	t.Parallel()
	one := withBucket(t, new(cluster.Buckets), "ais://one")
	two := withBucket(t, one, "ais://two")
	none, err := two.WithoutBucket(uri(t, "ais://one"))
	check.NoError(t, err)
	check.Equal(t, []int{one.Len(), two.Len(), none.Len()}, []int{1, 2, 1})
	_, found := two.Get(uri(t, "ais://one"))
	check.Equal(t, found, true)
}

func TestBucketIDIsTheVersionThatCreatedIt(t *testing.T) {
	t.Parallel()
	b := withBucket(t, withBucket(t, new(cluster.Buckets), "ais://b"), "s3://c")
	ais, _ := b.Get(uri(t, "ais://b"))
	aws, _ := b.Get(uri(t, "s3://c"))
	check.Equal(t, []uint64{ais.ID(), aws.ID()}, []uint64{1<<63 | 1, 2})

	props := *ais.Props
	props.Mirror.Enabled = true
	b, err := b.WithBucket(&cluster.Bucket{Bucket: ais.Bucket, Props: &props})
	check.NoError(t, err)
	changed, _ := b.Get(wire.Bucket{Name: "b"})
	check.Equal(t, changed.ID(), ais.ID())
	check.Equal(t, changed.Props.Mirror.Enabled, true)
	check.Equal(t, ais.Props.Mirror.Enabled, false)

	b, err = b.WithoutBucket(ais.Bucket)
	check.NoError(t, err)
	b = withBucket(t, b, "ais://b")
	_, err = b.WithBucket(changed)
	check.ErrorIs(t, err, errs.Conflict)
}

func TestListFollowsTheQuery(t *testing.T) {
	t.Parallel()
	b := new(cluster.Buckets)
	for _, name := range []string{"s3://c", "ais://b", "ais://#ns/b", "ais://@remote#ns/b", "ais://@remote/b", "ais://a"} {
		b = withBucket(t, b, name)
	}
	tests := []struct {
		query wire.Bucket
		want  []string
	}{
		{wire.Bucket{}, []string{"ais://a", "ais://b", "ais://#ns/b", "s3://c"}},
		{wire.Bucket{Provider: "ais"}, []string{"ais://a", "ais://b", "ais://#ns/b"}},
		{wire.Bucket{Provider: "aws"}, []string{"s3://c"}},
		{wire.Bucket{Provider: "gcp"}, []string{}},
		{wire.Bucket{Name: "a"}, []string{"ais://a"}},
		{wire.Bucket{Namespace: wire.Namespace{Name: "ns"}}, []string{"ais://#ns/b"}},
		{wire.Bucket{Namespace: wire.AnyRemote()}, []string{"ais://@remote/b", "ais://@remote#ns/b"}},
	}
	for _, test := range tests {
		got := make([]string, 0)
		for _, bucket := range b.List(test.query) {
			got = append(got, bucket.String())
		}
		check.Equal(t, got, test.want)
	}
	check.Equal(t, len(slices.Collect(b.All())), 6)
}

func TestBucketsSurviveTheWire(t *testing.T) {
	t.Parallel()
	b := new(cluster.Buckets)
	for _, name := range []string{"s3://c", "ais://b", "ais://#ns/b", "ais://@remote#ns/b"} {
		b = withBucket(t, b, name)
	}
	got, err := cluster.BucketsFromWire(b.WireBMD())
	check.NoError(t, err)
	check.Equal(t, got.WireBMD(), b.WireBMD())
	check.Equal(t, got.Len(), 4)
}

func TestBucketsFromWireRefusesWhatIsNoMetadata(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*wire.BMD){
		"negative version": func(w *wire.BMD) { w.Version = -1 },
		"no id":            func(w *wire.BMD) { w.Providers["ais"]["@#"]["b"].ID = 0 },
		"id of the future": func(w *wire.BMD) { w.Providers["ais"]["@#"]["b"].ID = 1<<63 | 2 },
		"id of the cloud":  func(w *wire.BMD) { w.Providers["ais"]["@#"]["b"].ID = 1 },
		"nil properties":   func(w *wire.BMD) { w.Providers["ais"]["@#"]["c"] = nil },
		"bad name":         func(w *wire.BMD) { w.Providers["ais"]["@#"][".."] = w.Providers["ais"]["@#"]["b"] },
		"bad namespace":    func(w *wire.BMD) { w.Providers["ais"]["#"] = w.Providers["ais"]["@#"] },
		"bad provider":     func(w *wire.BMD) { w.Providers["s3"] = w.Providers["ais"] },
		"empty provider":   func(w *wire.BMD) { w.Providers[""] = w.Providers["ais"] },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withBucket(t, new(cluster.Buckets), "ais://b").WireBMD()
			damage(w)
			_, err := cluster.BucketsFromWire(w)
			check.ErrorIs(t, err, errs.Invalid)
		})
	}
}

// The cost is counted in bytes allocated, which a busy machine does not change.
func TestCreatingABucketCostsTheSameAmongTenThousand(t *testing.T) {
	const total, measured = 10_000, 500
	s := newState(t)
	costs := make(map[int]uint64)
	for i := 0; i < total; i += measured {
		before := allocated()
		for k := range measured {
			next, err := s.Apply(cluster.CreateBucket(bucketNumber(i+k), wire.DefaultProps("ais")))
			check.NoError(t, err)
			s = next
		}
		costs[i] = allocated() - before
	}
	check.Equal(t, s.Buckets.Len(), total)
	first, last := costs[0], costs[total-measured]
	t.Logf("bytes per bucket: %d at first, %d at last", first/measured, last/measured)
	if last > first*3/2 {
		t.Errorf("%d buckets cost %d bytes at first and %d at last", measured, first, last)
	}
}

func TestGetAndDigestDoNotAllocate(t *testing.T) {
	b := withBucket(t, new(cluster.Buckets), "ais://b")
	long := string(make([]byte, wire.MaxObjectName))
	name := wire.Bucket{Name: "b", Provider: "ais"}
	got := testing.AllocsPerRun(100, func() {
		b.Get(name)
		cluster.Digest(name, "object")
		cluster.Digest(name, long)
	})
	check.Equal(t, got, 0)
	check.Equal(t, cluster.Digest(name, "o"), cluster.Digest(wire.Bucket{Name: "b"}, "o"))
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func bucketNumber(i int) wire.Bucket {
	return wire.Bucket{Name: fmt.Sprintf("bucket-%d", i), Provider: wire.ProviderAIS}
}

func newBucket(name wire.Bucket) *cluster.Bucket {
	props := wire.DefaultProps(name.Provider)
	return &cluster.Bucket{Bucket: name, Props: &props}
}

func uri(t testing.TB, s string) wire.Bucket {
	t.Helper()
	b, _, err := wire.ParseURI(s)
	check.NoError(t, err)
	return b
}

func withBucket(t testing.TB, b *cluster.Buckets, name string) *cluster.Buckets {
	t.Helper()
	b, err := b.WithBucket(newBucket(uri(t, name)))
	check.NoError(t, err)
	return b
}
