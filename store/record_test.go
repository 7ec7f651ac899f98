package store_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

// equal returns how records are compared: unknown fields by their effect.
func equal() cmp.Options {
	return cmp.Options{
		cmpopts.IgnoreUnexported(store.Record{}),
		cmp.Comparer(func(a, b checksum.Sum) bool { return a == b }),
	}
}

func sumOf(kind checksum.Kind, text string) checksum.Sum { return checksum.Of(kind, []byte(text)) }

// ordinaryRecord is what a PUT of the native API records, with numbers as large
// as a large cluster ever has them.
func ordinaryRecord() store.Record {
	modified := time.Date(2037, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	return store.Record{
		Size:      5 << 40, // 5 TiB
		Checksum:  sumOf(checksum.XXHash2, "content"),
		Version:   "2000000",
		BucketID:  1<<63 | 1<<30,
		Order:     cluster.Order{Map: 1 << 27, Incarnation: 1 << 20, Counter: 1 << 48},
		Placement: 1 << 27,
		Modified:  modified,
		Atime:     modified.Add(time.Hour),
	}
}

// fullRecord has every field.
func fullRecord() store.Record {
	r := ordinaryRecord()
	r.Sums = []checksum.Sum{sumOf(checksum.MD5, "a"), sumOf(checksum.CRC32C, "a"), sumOf(checksum.SHA256, "a"), sumOf(checksum.SHA512, "a"), sumOf(checksum.XXHash, "a")}
	r.ETag = "9b2cf535f27731c974343645a3985328-3"
	r.PartSizes = []int64{5 << 20, 5 << 20, 17}
	r.Header = []store.Pair{{Key: "Content-Type", Value: "text/plain"}}
	r.Custom = []store.Pair{{Key: "class", Value: "cat"}, {Key: "", Value: ""}}
	r.Tags = []store.Pair{{Key: "team", Value: "vision"}}
	r.Version = "not a number"
	r.VersionID = "3sL4kqtJlcpXroDTDmJ"
	r.DeleteMarker = true
	r.Retention = store.Retention{Mode: store.RetentionCompliance, Until: r.Modified.AddDate(1, 0, 0), Hold: true}
	r.Placement = 77
	r.Copies = []string{"/mnt/disk2", "/mnt/disk3"}
	r.Chunks = []store.Chunk{{ID: 1, Size: 10, Checksum: sumOf(checksum.XXHash2, "b")}, {ID: math.MaxUint64, Size: math.MaxInt64}}
	return r
}

func TestOrdinaryRecordStaysInTheInode(t *testing.T) {
	const limit = 68
	r := ordinaryRecord()
	if got := len(r.Append(nil)); got > limit {
		t.Fatalf("the record of an ordinary object takes %d bytes, want at most %d", got, limit)
	}
	// What an S3 client puts, with numbers of a small object.
	r = store.Record{
		Size: 100_000, Checksum: r.Checksum, Version: "1", ETag: strings.Repeat("0f", 16), BucketID: 1<<63 | 5000,
		Order: cluster.Order{Map: 300, Incarnation: 20, Counter: 1 << 26}, Placement: 300, Modified: r.Modified, Atime: r.Modified,
	}
	if got := len(r.Append(nil)); got > limit {
		t.Fatalf("the record of a small object of S3 takes %d bytes, want at most %d", got, limit)
	}
}

func TestRecordSurvivesDisk(t *testing.T) {
	sameAtime := ordinaryRecord()
	sameAtime.Atime = sameAtime.Modified
	etag := ordinaryRecord()
	etag.ETag = "9b2cf535f27731c974343645a3985328"
	upper := ordinaryRecord()
	upper.ETag = "9B2CF535F27731C974343645A3985328"
	version := ordinaryRecord()
	version.Version = "007"
	hold := ordinaryRecord()
	hold.Retention.Hold = true
	epoch := store.Record{Modified: time.Unix(0, 0).UTC(), Atime: time.Unix(0, 0).UTC()}
	kinds := ordinaryRecord()
	kinds.Checksum = sumOf(checksum.XXHash, "content")
	rows := map[string]store.Record{
		"zero": {}, "ordinary": ordinaryRecord(), "full": fullRecord(), "same access time": sameAtime, "md5 tag": etag,
		"upper-case tag": upper, "version with zeros": version, "hold only": hold, "epoch": epoch, "xxhash": kinds,
	}
	for name, want := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := store.ParseRecord(want.Append([]byte("before"))[len("before"):])
			check.NoError(t, err)
			check.Equal(t, *got, want, equal())
		})
	}
}

func TestRecordRefusesDamage(t *testing.T) {
	full := fullRecord()
	good := full.Append(nil)
	for i := range good {
		for _, bit := range []byte{1, 0x80} {
			bad := append([]byte(nil), good...)
			bad[i] ^= bit
			if _, err := store.ParseRecord(bad); err == nil {
				t.Fatalf("a record with byte %d changed is accepted", i)
			}
		}
		if _, err := store.ParseRecord(good[:i]); err == nil {
			t.Fatalf("a record cut at byte %d is accepted", i)
		}
	}
}

func TestRecordRefusesAnotherMajorLayout(t *testing.T) {
	_, err := store.ParseRecord(store.RawRecord(2<<4, nil))
	check.ErrorIs(t, err, errs.Unsupported)
}

func TestUnknownFieldsAreKept(t *testing.T) {
	// A release with minor layout 3 has added four fields, one of each form.
	fields := []byte{
		1 << 2, 5, // size 5
		30 << 2, 0x81, 0x01, // varint
		31<<2 | 1, 1, 2, 3, 4, 5, 6, 7, 8,
		0x80 | 32<<2&0x7f | 2, 32 << 2 >> 7, 3, 'a', 'b', 'c',
		0x80 | 33<<2&0x7f | 3, 33 << 2 >> 7,
	}
	newer := store.RawRecord(1<<4|3, fields)
	r, err := store.ParseRecord(newer)
	check.NoError(t, err)
	check.Equal(t, r.Size, 5)
	check.Equal(t, r.Append(nil), newer)

	r.Custom = []store.Pair{{Key: "k", Value: "v"}}
	again, err := store.ParseRecord(r.Append(nil))
	check.NoError(t, err)
	again.Custom = nil
	check.Equal(t, again.Append(nil), newer)
}

func TestRecordSplitsIntoAttributeAndSpill(t *testing.T) {
	fields := []byte{1 << 2, 5, 30 << 2, 7}
	newer, err := store.ParseRecord(store.RawRecord(1<<4|3, fields))
	check.NoError(t, err)
	full := fullRecord()
	for name, want := range map[string]*store.Record{"full": &full, "newer": newer} {
		t.Run(name, func(t *testing.T) {
			got, object, err := store.SplitRecord(want, "dir/name")
			check.NoError(t, err)
			check.Equal(t, object, "dir/name")
			check.Equal(t, *got, *want, equal())
			check.Equal(t, got.Append(nil), want.Append(nil))
		})
	}
}

func FuzzRecord(f *testing.F) {
	full, ordinary := fullRecord(), ordinaryRecord()
	f.Add(full.Append(nil)[5:], byte(0x10))
	f.Add(ordinary.Append(nil)[5:], byte(0x10))
	f.Add([]byte{30 << 2, 1}, byte(0x1f))
	f.Fuzz(func(t *testing.T, fields []byte, layout byte) {
		r, err := store.ParseRecord(store.RawRecord(layout, fields))
		if err != nil {
			return
		}
		written := r.Append(nil)
		again, err := store.ParseRecord(written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(*r, *again, equal()); diff != "" {
			t.Fatalf("what was written reads differently:\n%s", diff)
		}
		check.Equal(t, again.Append(nil), written)
	})
}
