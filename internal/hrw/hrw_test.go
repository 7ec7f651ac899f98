package hrw_test

import (
	"fmt"
	"testing"

	"aistore/internal/check"
	"aistore/internal/hrw"
)

func TestMixIsTheProtocols(t *testing.T) {
	for x, want := range map[uint64]uint64{0: 1905207664160064169, 4573842: 5026071747115404967} {
		if got := hrw.Mix(x); got != want {
			t.Errorf("Mix(%d) = %d, want %d", x, got, want)
		}
	}
}

func TestDigestIsFixed(t *testing.T) {
	// XXH64 of these with the protocol's seed; a change loses every object.
	for text, want := range map[string]uint64{"": 12295767445558623539, "ais/@#/b/o": 12646261857258225564} {
		check.Equal(t, hrw.Digest(text), want)
		check.Equal(t, hrw.DigestBytes([]byte(text)), want)
	}
}

func TestOwner(t *testing.T) {
	three := candidates(3)
	check.Equal(t, hrw.Owner(nil, 1), -1)
	check.Equal(t, hrw.Owner([]hrw.Candidate{{Digest: 1, Skip: true}}, 1), -1)
	check.Equal(t, hrw.Owner([]hrw.Candidate{{Digest: 1}}, 1), 0)
	same := []hrw.Candidate{{Digest: 5}, {Digest: 5}, {Digest: 5, Skip: true}}
	check.Equal(t, hrw.Owner(same, 9), 1) // of equal weights the later one
	check.Equal(t, hrw.Ranked(same, 9, 9), []int{1, 0})
	check.Equal(t, len(hrw.Ranked(three, 7, 2)), 2)
	check.Equal(t, len(hrw.Ranked(three, 7, -1)), 0)
}

func TestNamesMoveOnlyToOrFromTheNodeThatChanged(t *testing.T) {
	const names = 3000
	before := candidates(5)
	after := candidates(6)
	moved := 0
	for i := range names {
		digest := hrw.Digest(fmt.Sprint("ais/@#/bucket/object-", i))
		old, now := hrw.Owner(before, digest), hrw.Owner(after, digest)
		if old != now {
			moved++
			check.Equal(t, now, 5)
		}
		ranked := hrw.Ranked(after, digest, 3)
		check.Equal(t, ranked[0], now)

		without := candidates(6)
		without[now].Skip = true
		check.Equal(t, hrw.Owner(without, digest), ranked[1])
	}
	if moved < names/6*3/4 || moved > names/6*5/4 {
		t.Errorf("%d of %d names moved to the sixth node", moved, names)
	}
}

func TestOwnerDoesNotAllocate(t *testing.T) {
	nodes := candidates(16)
	name := "ais/@#/bucket/object"
	if n := testing.AllocsPerRun(100, func() { hrw.Owner(nodes, hrw.Digest(name)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func candidates(n int) []hrw.Candidate {
	list := make([]hrw.Candidate, n)
	for i := range list {
		list[i].Digest = hrw.Digest(fmt.Sprint("t", i))
	}
	return list
}
