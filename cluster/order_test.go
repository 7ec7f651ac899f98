package cluster_test

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func TestOrderComparesMapThenIncarnationThenCounter(t *testing.T) {
	t.Parallel()
	ascending := []cluster.Order{
		{},
		{Counter: 1},
		{Incarnation: 1},
		{Map: 1},
		{Map: 1, Counter: 9},
		{Map: 1, Incarnation: 1, Counter: 2},
		{Map: 2, Incarnation: 1, Counter: 1},
		{Map: math.MaxInt64, Incarnation: math.MaxUint64, Counter: math.MaxUint64},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%v compared to %v is %d, want %d", a, b, got, want)
			}
		}
	}
	check.Equal(t, cluster.Order{}.IsZero(), true)
	check.Equal(t, cluster.Order{Map: 3, Incarnation: 2, Counter: 1}.String(), "3.2.1")
}

func TestOrderSurvivesItsCodec(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := cluster.Order{
			Map:         rapid.Int64Min(0).Draw(t, "map"),
			Incarnation: rapid.Uint64().Draw(t, "incarnation"),
			Counter:     rapid.Uint64().Draw(t, "counter"),
		}
		tail := rapid.SliceOf(rapid.Byte()).Draw(t, "tail")
		got, rest, err := cluster.ParseOrder(append(want.Append(nil), tail...))
		if err != nil || got != want || !bytes.Equal(rest, tail) {
			t.Fatalf("got %v and %d more bytes, error %v; want %v and %d", got, len(rest), err, want, len(tail))
		}
	})
}

func FuzzParseOrder(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{0x80, 0, 1, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1})
	f.Fuzz(func(t *testing.T, src []byte) {
		o, rest, err := cluster.ParseOrder(src)
		if err != nil {
			check.ErrorIs(t, err, errs.Corrupt)
			return
		}
		check.Equal(t, string(o.Append(nil))+string(rest), string(src))
	})
}
