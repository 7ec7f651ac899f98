package archive_test

import (
	"bytes"
	"fmt"
	"testing"

	"aistore/archive"
	"aistore/internal/check"
)

func BenchmarkFindInMillionMembers(b *testing.B) {
	var idx bytes.Buffer
	builder := archive.NewIndexBuilder(&idx, archive.Tar, archive.Limits{})
	const count = 1_000_000
	for i := range count {
		check.NoError(b, builder.Add(archive.Member{Name: fmt.Sprintf("train/%05d/sample-%07d.jpg", i%97, i), Size: 10 << 10, Offset: int64(i) * 11264}))
	}
	check.NoError(b, builder.Finish(1<<40, 1<<40, identity()))
	b.ReportMetric(float64(idx.Len())/count, "B/member")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		k := i * 7919 % count
		x, err := archive.OpenIndex(bytes.NewReader(idx.Bytes()), int64(idx.Len()), 1<<40, identity())
		check.NoError(b, err)
		_, found, err := x.Find(fmt.Sprintf("train/%05d/sample-%07d.jpg", k%97, k))
		check.NoError(b, err)
		if !found {
			b.Fatal("not found")
		}
	}
}
