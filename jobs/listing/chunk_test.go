package listing_test

import (
	"math"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/jobs/listing"
)

func TestChunkReadsBack(t *testing.T) {
	t.Parallel()
	entries := []*wire.ListEntry{
		{Name: "a", Size: 1, Flags: wire.EntryCached},
		{Name: "b/", Flags: wire.EntryDir},
		{Name: "\xff", Checksum: "00", Version: "7", Custom: "k=v", Location: "t[x]:/mp", Copies: 2, Size: math.MaxInt64},
	}
	marks := []listing.Mark{
		{Order: cluster.Order{Map: 1, Incarnation: 2, Counter: 3}},
		{Tombstone: true, Order: cluster.Order{Map: math.MaxInt64, Incarnation: math.MaxUint64, Counter: math.MaxUint64}},
		{},
	}
	tests := []struct {
		name    string
		entries []*wire.ListEntry
		marks   []listing.Mark
		more    bool
	}{
		{"nothing", nil, nil, false},
		{"nothing yet", nil, nil, true},
		{"without marks", entries, nil, true},
		{"with marks", entries, marks, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gotEntries, gotMarks, more, err := listing.DecodeChunk(listing.EncodeChunk(test.entries, test.marks, test.more))
			check.NoError(t, err)
			check.Equal(t, gotEntries, test.entries)
			check.Equal(t, gotMarks, test.marks)
			check.Equal(t, more, test.more)
		})
	}
}

func TestChunkThatIsCutIsRefused(t *testing.T) {
	t.Parallel()
	entries := []*wire.ListEntry{{Name: "a", Size: 1}, {Name: "b", Version: "12"}}
	marks := []listing.Mark{{Order: cluster.Order{Map: 300, Incarnation: 2, Counter: 70000}}, {Tombstone: true}}
	whole := listing.EncodeChunk(entries, marks, true)
	bare := len(listing.EncodeChunk(entries, nil, true))
	for n := range whole {
		if n == bare {
			continue // a chunk without marks is whole
		}
		_, _, _, err := listing.DecodeChunk(whole[:n])
		check.ErrorIs(t, err, errs.Unavailable)
	}
	_, _, _, err := listing.DecodeChunk(append(whole, 0))
	check.ErrorIs(t, err, errs.Unavailable)
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add([]byte{})
	f.Add(listing.EncodeChunk(nil, nil, true))
	f.Add(listing.EncodeChunk([]*wire.ListEntry{{Name: "a"}}, []listing.Mark{{Tombstone: true, Order: cluster.Order{Map: 5, Counter: 1}}}, false))
	f.Fuzz(func(t *testing.T, src []byte) {
		entries, marks, more, err := listing.DecodeChunk(src)
		if err != nil {
			check.ErrorIs(t, err, errs.Unavailable)
			return
		}
		if len(marks) != 0 && len(marks) != len(entries) {
			t.Fatalf("%d marks for %d entries", len(marks), len(entries))
		}
		again, marksAgain, moreAgain, err := listing.DecodeChunk(listing.EncodeChunk(entries, marks, more))
		check.NoError(t, err)
		check.Equal(t, len(again), len(entries))
		for i := range entries {
			check.Equal(t, again[i], entries[i])
		}
		check.Equal(t, marksAgain, marks)
		check.Equal(t, moreAgain, more)
	})
}
