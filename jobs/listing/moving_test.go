package listing_test

import (
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/store"
)

// movingRig is a cluster whose third target has joined after objects were made.
func movingRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, 2)
	r.join(t, "target03")
	check.Equal(t, len(r.state.Map.Placements()), 2)
	return r
}

func TestOfOneNameTheNewestCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place func(t *testing.T, r *rig)
		want  string // sizes, "-" when the name is hidden
	}{
		{"newer at the new owner", func(t *testing.T, r *rig) {
			r.put(t, "target01", "o", "1", store.WriteOptions{MapVersion: 3})
			r.put(t, "target03", "o", "333", store.WriteOptions{MapVersion: 4})
		}, "333"},
		{"newer at the first target", func(t *testing.T, r *rig) {
			r.put(t, "target01", "o", "1", store.WriteOptions{MapVersion: 4})
			r.put(t, "target03", "o", "333", store.WriteOptions{MapVersion: 3})
		}, "1"},
		{"three of them", func(t *testing.T, r *rig) {
			r.put(t, "target01", "o", "1", store.WriteOptions{MapVersion: 3})
			r.put(t, "target02", "o", "22", store.WriteOptions{MapVersion: 5})
			r.put(t, "target03", "o", "333", store.WriteOptions{MapVersion: 4})
		}, "22"},
		{"deleted later", func(t *testing.T, r *rig) {
			r.put(t, "target01", "o", "1", store.WriteOptions{MapVersion: 3})
			r.bury(t, "target03", "o", 4)
		}, "-"},
		{"deleted earlier", func(t *testing.T, r *rig) {
			r.bury(t, "target01", "o", 3)
			r.put(t, "target03", "o", "333", store.WriteOptions{MapVersion: 4})
		}, "333"},
		{"made again where it was deleted", func(t *testing.T, r *rig) {
			r.put(t, "target01", "o", "1", store.WriteOptions{MapVersion: 3})
			r.bury(t, "target03", "o", 4)
			r.put(t, "target03", "o", "333", store.WriteOptions{MapVersion: 4})
		}, "333"},
		{"deleted and never there", func(t *testing.T, r *rig) { r.bury(t, "target02", "o", 4) }, "-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := movingRig(t)
			test.place(t, r)
			r.put(t, "target02", "n", "", store.WriteOptions{})
			r.put(t, "target01", "p", "", store.WriteOptions{})
			for _, size := range []int64{0, 1, 2} {
				got := "-"
				entries := r.all(t, wire.ListRequest{Props: "size", PageSize: size})
				for _, e := range entries {
					if e.Name == "o" {
						got = strings.Repeat("1", int(e.Size))
					}
				}
				if len(got) != len(test.want) || (got == "-") != (test.want == "-") {
					t.Fatalf("pages of %d: got %q, want %q", size, got, test.want)
				}
				want := "n\no\np\n"
				if test.want == "-" {
					want = "n\np\n"
				}
				check.Equal(t, names(entries), want)
			}
		})
	}
}

func TestDirectoriesOfAMovingClusterAreThoseOfASettledOne(t *testing.T) {
	t.Parallel()
	settled, moving := newRig(t, 3), movingRig(t)
	settled.spread(t, hardNames()...)
	for i, name := range hardNames() {
		moving.put(t, []string{"target01", "target02"}[i%2], name, name, store.WriteOptions{MapVersion: 3})
	}
	for _, prefix := range []string{"", "a", "n/03", "none"} {
		for _, after := range []string{"", "a/", "a/b", "n/02/", "n/03/5"} {
			for _, size := range []int64{0, 1, 3} {
				request := wire.ListRequest{Flags: wire.ListNoRecursion, Prefix: prefix, StartAfter: after, PageSize: size}
				got, want := names(moving.all(t, request)), names(settled.all(t, request))
				if got != want {
					t.Fatalf("prefix %q, after %q, pages of %d: got %q, want %q", prefix, after, size, got, want)
				}
			}
		}
	}
}

func TestADirectoryOfDeletedNamesIsNotShown(t *testing.T) {
	t.Parallel()
	r := movingRig(t)
	r.put(t, "target01", "gone/1", "x", store.WriteOptions{MapVersion: 3})
	r.bury(t, "target03", "gone/1", 4)
	r.put(t, "target01", "here/1", "x", store.WriteOptions{MapVersion: 3})
	r.put(t, "target02", "here/2", "x", store.WriteOptions{MapVersion: 3})
	r.bury(t, "target03", "here/1", 4)
	check.Equal(t, names(r.all(t, wire.ListRequest{Flags: wire.ListNoRecursion})), "here/\n")
	check.Equal(t, names(r.all(t, wire.ListRequest{})), "here/2\n")
}
