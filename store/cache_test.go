package store

import (
	"fmt"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

func cacheBucket(id uint64) *cluster.Bucket {
	return &cluster.Bucket{Bucket: wire.Bucket{Name: "b", Provider: "ais"}, Props: &wire.BucketProps{ID: id}}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 256 << 10
	c := newCache(limit)
	b := cacheBucket(1)
	hot := Name{b, "hot"}
	c.put(hot, hot.Digest(), &Object{})
	for i := range 20_000 {
		n := Name{b, fmt.Sprintf("object-%d", i)}
		c.put(n, n.Digest(), &Object{Record: Record{Size: int64(i)}})
		if c.get(hot, hot.Digest()) == nil {
			t.Fatalf("an object in use was evicted after %d others", i)
		}
		if i%1000 == 0 && (c.get(n, n.Digest()) == nil || c.get(n, n.Digest()).Size != int64(i)) {
			t.Fatalf("object %d is not there", i)
		}
	}
	bytes, objects := c.size()
	if bytes > limit || objects < 100 {
		t.Fatalf("%d objects in %d bytes, the limit is %d", objects, bytes, limit)
	}
	huge := Name{b, "huge"}
	c.put(huge, huge.Digest(), &Object{Record: Record{ETag: string(make([]byte, limit))}})
	if c.get(huge, huge.Digest()) != nil {
		t.Fatal("an object as large as the cache is in it")
	}
}

func TestCacheTellsNamesOfOneDigest(t *testing.T) {
	c := newCache(1 << 20)
	a, b := Name{cacheBucket(1), "a"}, Name{cacheBucket(1), "b"}
	later := Name{cacheBucket(2), "a"}
	c.put(a, 42, &Object{})
	for _, n := range []Name{b, later} {
		if c.get(n, 42) != nil {
			t.Fatalf("%q of bucket %d is found under another's digest", n.Object, n.Bucket.ID())
		}
	}
	c.remove(42)
	if c.get(a, 42) != nil {
		t.Fatal("a removed object is found")
	}
	bytes, objects := c.size()
	check.Equal(t, []int64{bytes, objects}, []int64{0, 0})
}

func TestAccessTimesOutliveEviction(t *testing.T) {
	c := newCache(cacheShards * 2000)
	b := cacheBucket(1)
	for i := range 4 * maxUnwritten {
		n := Name{b, fmt.Sprintf("object-%d", i)}
		o := &Object{}
		c.put(n, uint64(i), o) // all in one shard
		o.touch(time.Now())
	}
	touched, lost := c.takeTouched(0, nil)
	check.Equal(t, len(touched)+int(lost), 4*maxUnwritten)
	if len(touched) < maxUnwritten {
		t.Fatalf("%d access times are kept", len(touched))
	}
	for _, e := range touched {
		e.object.flushed.Store(e.object.accessed.Load())
	}
	touched, lost = c.takeTouched(0, nil)
	check.Equal(t, []int{len(touched), int(lost)}, []int{0, 0})
}
