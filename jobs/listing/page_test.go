package listing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/jobs/listing"
	"aistore/store"
)

// hardNames are such that neither the order of paths nor that of directories is
// the order of names.
func hardNames() []string {
	list := []string{
		"a", "a-b", "a/b", "a/b/c", "a/c", "a.b", "a0", "ab", "A", "%", "%25", "a%", "b/", "b//x", "/lead", "~", "é", "日本/語",
		"deep/1/2/3/4/5", "deep/1/2/3", "deep-", "deep.", "z/" + strings.Repeat("long", 80), "\x01", "\xff",
	}
	for i := range 40 {
		list = append(list, fmt.Sprintf("n/%02d/%d", i%7, i))
	}
	slices.Sort(list)
	return list
}

func TestPagesAreExactWhateverTheirSize(t *testing.T) {
	t.Parallel()
	for _, targets := range []int{1, 2, 4} {
		r := newRig(t, targets)
		r.spread(t, hardNames()...)
		for _, size := range []int64{0, 1, 3, 64, 65, 66} {
			got := r.all(t, wire.ListRequest{PageSize: size})
			check.Equal(t, names(got), strings.Join(hardNames(), "\n")+"\n")
		}
	}
}

func TestSelectionByName(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	r.spread(t, hardNames()...)
	tests := []struct {
		name    string
		request wire.ListRequest
		want    string // names, with spaces between
	}{
		{"prefix", wire.ListRequest{Prefix: "a/"}, "a/b a/b/c a/c"},
		{"prefix inside a component", wire.ListRequest{Prefix: "dee"}, "deep- deep. deep/1/2/3 deep/1/2/3/4/5"},
		{"prefix with a slash in front", wire.ListRequest{Prefix: "/a/"}, "a/b a/b/c a/c"},
		{"prefix of nothing", wire.ListRequest{Prefix: "none"}, ""},
		{"after", wire.ListRequest{Prefix: "a", StartAfter: "a/b"}, "a/b/c a/c a0 ab"},
		{"after a name that is not there", wire.ListRequest{Prefix: "a", StartAfter: "a/bb"}, "a/c a0 ab"},
		{"continuation", wire.ListRequest{Prefix: "a", Continuation: "a/b/c"}, "a/c a0 ab"},
		{"continuation beyond the start", wire.ListRequest{Prefix: "a", StartAfter: "a", Continuation: "a/b/c"}, "a/c a0 ab"},
		{"one level", wire.ListRequest{Flags: wire.ListNoRecursion, StartAfter: "a"}, "a% a-b a.b a/ a0 ab b/ deep- deep. deep/ n/ z/ ~ é 日本/ \xff"},
		{"one level below a directory", wire.ListRequest{Flags: wire.ListNoRecursion, Prefix: "a"}, "a/b a/b/ a/c"},
		{"one level below a directory with its slash", wire.ListRequest{Flags: wire.ListNoRecursion, Prefix: "n/"}, "n/00/ n/01/ n/02/ n/03/ n/04/ n/05/ n/06/"},
	}
	for _, test := range tests {
		want := strings.Fields(test.want)
		for _, size := range []int64{0, 1, 2, 5} {
			test.request.PageSize = size
			got := strings.Fields(names(r.all(t, test.request)))
			if !slices.Equal(got, want) {
				t.Fatalf("%s, pages of %d: got %q, want %q", test.name, size, got, want)
			}
		}
	}
}

func TestContinuationOutweighsStartAfter(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	r.spread(t, "d/a", "d/y", "d/z", "e")
	request := wire.ListRequest{Flags: wire.ListNoRecursion, StartAfter: "d/x", PageSize: 1}
	check.Equal(t, names(r.all(t, request)), "d/\ne\n")
}

func TestListOfOneTarget(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	r.put(t, "target01", "one", "", store.WriteOptions{})
	r.put(t, "target02", "two", "", store.WriteOptions{})
	check.Equal(t, names(r.all(t, wire.ListRequest{Target: "target02"})), "two\n")
	r.down["target01"] = true
	check.Equal(t, names(r.all(t, wire.ListRequest{Target: "target02"})), "two\n")
}

func TestPageRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	tests := []struct {
		name    string
		request wire.ListRequest
		down    string
		want    error
	}{
		{"negative page", wire.ListRequest{PageSize: -1}, "", errs.Invalid},
		{"path out of the bucket", wire.ListRequest{Prefix: "../x"}, "", errs.Invalid},
		{"unknown property", wire.ListRequest{Props: "color"}, "", errs.Invalid},
		{"unknown target", wire.ListRequest{Target: "target99"}, "", errs.NotFound},
		{"a gateway for a target", wire.ListRequest{Target: "proxy001"}, "", errs.NotFound},
		{"a target that does not answer", wire.ListRequest{}, "target01", errs.Unavailable},
	}
	for _, test := range tests {
		r.down = map[string]bool{test.down: true}
		page, err := listing.Page(t.Context(), r.state.Map, r, r.bucket, &test.request)
		if page != nil {
			t.Fatalf("%s: there is a page", test.name)
		}
		check.ErrorIs(t, err, test.want)
	}
}

func TestListWithoutTargetsIsEmpty(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	check.Equal(t, names(r.page(t, wire.ListRequest{}).Entries), "")
}

func TestProperties(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.put(t, "target01", "o", "12345", store.WriteOptions{Custom: []store.Pair{{Key: "k", Value: "v"}, {Key: "l", Value: "w"}}})
	tests := []struct {
		name    string
		request wire.ListRequest
		want    wire.ListEntry
	}{
		{"default", wire.ListRequest{}, wire.ListEntry{Size: 5}},
		{"names only", wire.ListRequest{Flags: wire.ListNameOnly, Props: "size,version"}, wire.ListEntry{}},
		{"name and size", wire.ListRequest{Flags: wire.ListNameSize}, wire.ListEntry{Size: 5}},
		{"version and copies", wire.ListRequest{Props: "version,copies"}, wire.ListEntry{Version: "1", Copies: 1}},
		{"checksum", wire.ListRequest{Props: "checksum"}, wire.ListEntry{Checksum: checksum.Of(checksum.XXHash2, []byte("12345")).Hex()}},
		{"custom", wire.ListRequest{Props: "custom"}, wire.ListEntry{Custom: "k=v, l=w"}},
	}
	for _, test := range tests {
		test.want.Name, test.want.Flags = "o", wire.EntryCached
		check.Equal(t, r.page(t, test.request).Entries, []*wire.ListEntry{&test.want})
	}
	location := r.page(t, wire.ListRequest{Props: "location,atime", TimeFormat: "2006"}).Entries[0]
	check.Contains(t, location.Location, "t[target01]:/mp")
	check.Equal(t, len(location.Atime), len("2006"))
}

func TestListingKeepsItsID(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	check.Equal(t, r.page(t, wire.ListRequest{UUID: "mine"}).UUID, "mine")
	first, second := r.page(t, wire.ListRequest{}), r.page(t, wire.ListRequest{})
	if first.UUID == "" || first.UUID == second.UUID {
		t.Fatalf("ids of two listings: %q and %q", first.UUID, second.UUID)
	}
}
