package listing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/archive"
	"aistore/internal/check"
	"aistore/store"
)

// pack stores an archive at the target that owns its name.
func (r *rig) pack(t testing.TB, name string, members ...string) {
	t.Helper()
	var out strings.Builder
	w, err := archive.NewWriter(&out, archive.OfName(name), archive.WriterOptions{})
	check.NoError(t, err)
	for _, m := range members {
		check.NoError(t, w.Add(m, int64(len(m)), time.Unix(1, 0), strings.NewReader(m)))
	}
	_, err = w.Close()
	check.NoError(t, err)
	owner, err := r.state.Map.Owner(store.Name{Bucket: r.bucket, Object: name}.Digest())
	check.NoError(t, err)
	r.put(t, owner.ID, name, out.String(), store.WriteOptions{MapVersion: r.state.Map.Version()})
}

// packed is a bucket with archives, and all names that are listed in order.
func packed(t testing.TB, targets int) (r *rig, all []string) {
	t.Helper()
	r = newRig(t, targets)
	want := []string{}
	for i := range 12 {
		shard := fmt.Sprintf("d/s%02d%s", i, []string{".tar", ".tgz", ".tar.lz4", ".zip"}[i%4])
		var members []string
		for k := range 5 {
			members = append(members, fmt.Sprintf("m/%d.txt", (k*3)%5))
		}
		r.pack(t, shard, members...)
		want = append(want, shard)
		for _, m := range members {
			want = append(want, shard+"/"+m)
		}
	}
	r.pack(t, "empty.tar")
	plain := []string{"d/s00.tar-beside", "d/s00.tar.x", "d/s00.tar/m/0.txt", "d/s00.tar0", "no.tar", "zz"}
	r.spread(t, plain...)
	want = append(append(want, plain...), "empty.tar")
	slices.Sort(want)
	return r, slices.Compact(want)
}

func TestArchivesAreOpened(t *testing.T) {
	t.Parallel()
	for _, targets := range []int{1, 3} {
		r, all := packed(t, targets)
		for _, size := range []int64{0, 1, 2, 7, 50} {
			entries := r.all(t, wire.ListRequest{Flags: wire.ListArchives, PageSize: size})
			check.Equal(t, names(entries), strings.Join(all, "\n")+"\n")
		}
		for _, e := range r.all(t, wire.ListRequest{Flags: wire.ListArchives, PageSize: 10}) {
			inside := strings.Contains(e.Name, "/m/") && e.Name != "d/s00.tar/m/0.txt"
			opened := archive.OfName(e.Name) != 0 && e.Name != "no.tar"
			if got := e.Flags&wire.EntryInArchive != 0; got != inside {
				t.Errorf("%s is inside: %v", e.Name, got)
			}
			if got := e.Flags&wire.EntryArchive != 0; got != opened {
				t.Errorf("%s is opened: %v", e.Name, got)
			}
			if inside && e.Size != int64(len("m/0.txt")) {
				t.Errorf("%s has size %d", e.Name, e.Size)
			}
		}
		closed := r.all(t, wire.ListRequest{})
		check.Equal(t, len(closed), 12+7)
	}
}

// Wherever a listing of open archives begins, it gives what comes after.
func TestOpenArchivesFromAnywhere(t *testing.T) {
	t.Parallel()
	r, all := packed(t, 2)
	after := func(start, prefix string) string {
		var lines strings.Builder
		for _, name := range all {
			if name > start && strings.HasPrefix(name, prefix) {
				lines.WriteString(name + "\n")
			}
		}
		return lines.String()
	}
	starts := append([]string{"", "d/s00.tar-", "d/s00.tar/", "d/s01.tgz/m", "d/s01.tgz0"}, all...)
	for _, start := range starts {
		for _, prefix := range []string{"", "d/s00.tar", "d/s00.tar/m/", "d/s01.tgz/", "d/s01.tgz/m/3", "d/s03.zip/n"} {
			got := names(r.all(t, wire.ListRequest{Flags: wire.ListArchives, StartAfter: start, Prefix: prefix, PageSize: 4}))
			if got != after(start, prefix) {
				t.Fatalf("after %q, prefix %q:\n%s\ninstead of\n%s", start, prefix, got, after(start, prefix))
			}
		}
	}
}

func TestManyMembersAreListedInPieces(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	members := make([]string, 2500)
	want := []string{"s.tar"}
	for i := range members {
		members[i] = fmt.Sprintf("%04d", (i*7)%len(members))
		want = append(want, "s.tar/"+members[i])
	}
	r.pack(t, "s.tar", members...)
	slices.Sort(want)
	for _, size := range []int64{0, 999} {
		got := names(r.all(t, wire.ListRequest{Flags: wire.ListArchives, PageSize: size}))
		check.Equal(t, got, strings.Join(want, "\n")+"\n")
	}
}

// While objects may be at earlier owners, members of an archive that was
// overwritten or deleted since are not listed, wherever a page begins.
func TestMembersOfEarlierGenerationsAreNotListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	var want []string
	for i := range 30 {
		r.pack(t, fmt.Sprintf("s%02d.tar", i), "a", "b", "c", "d")
	}
	r.join(t, "target02")
	for i := range 30 {
		name := fmt.Sprintf("s%02d.tar", i)
		owner, err := r.state.Map.Owner(store.Name{Bucket: r.bucket, Object: name}.Digest())
		check.NoError(t, err)
		switch {
		case i%3 == 1 && owner.ID == "target02":
			r.bury(t, owner.ID, name, r.state.Map.Version())
			continue
		case i%3 == 2:
			r.pack(t, name, "b", "x")
			want = append(want, name, name+"/b", name+"/x")
			continue
		}
		want = append(want, name, name+"/a", name+"/b", name+"/c", name+"/d")
	}
	for _, size := range []int64{0, 1, 2, 3, 11} {
		got := names(r.all(t, wire.ListRequest{Flags: wire.ListArchives, PageSize: size}))
		if got != strings.Join(want, "\n")+"\n" {
			t.Fatalf("pages of %d:\n%s\ninstead of\n%s", size, got, strings.Join(want, "\n"))
		}
	}
	for _, prefix := range []string{"s01.tar/", "s02.tar/", "s04.tar/b", "s05.tar/", "s08.tar/a"} {
		got := names(r.all(t, wire.ListRequest{Flags: wire.ListArchives, Prefix: prefix}))
		var some strings.Builder
		for _, name := range want {
			if strings.HasPrefix(name, prefix) {
				some.WriteString(name + "\n")
			}
		}
		check.Equal(t, got, some.String())
	}
}
