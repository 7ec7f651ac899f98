package listing_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/run"
	"aistore/jobs/listing"
)

// ask asks the only target for its next entries, as a merging node does.
func (r *rig) ask(t testing.TB, request wire.ListRequest) (names []string, more bool) {
	t.Helper()
	body, err := jsonx.Marshal(request)
	check.NoError(t, err)
	answer, err := r.nodes["target01"].call(t.Context(), r.bucket, body)
	check.NoError(t, err)
	entries, _, more, err := listing.DecodeChunk(answer)
	check.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names, more
}

// open is how many walks the only target keeps open.
func (r *rig) open() int64 { return r.nodes["target01"].scope.Snapshot()["listing_open"] }

// lettersRig is one target with the objects a to i.
func lettersRig(t testing.TB) *rig {
	t.Helper()
	r := newRig(t, 1)
	r.spread(t, "a", "b", "c", "d", "e", "f", "g", "h", "i")
	return r
}

func TestAWalkGoesOnBetweenPages(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	request := wire.ListRequest{PageSize: 1}
	for _, want := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		page := r.page(t, request)
		check.Equal(t, names(page.Entries), want+"\n")
		request.UUID, request.Continuation = page.UUID, page.Continuation
	}
	check.Equal(t, r.nodes["target01"].walks.Load(), int64(1))
	check.Equal(t, r.open(), int64(1))
	check.Equal(t, names(r.all(t, request)), "h\ni\n")
	check.Equal(t, r.open(), int64(0))
}

func TestWhatAWalkCovers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after string // of the second request; the first gave a, b, c
		want  []string
		walks int64
	}{
		{"all taken", "c", []string{"d", "e", "f"}, 1},
		{"one taken", "a", []string{"b", "c", "d"}, 1},
		{"none taken", "", []string{"a", "b", "c"}, 1},
		{"up to a name in between", "bb", []string{"c", "d", "e"}, 1},
		{"up to the name that was looked at ahead", "d", []string{"e", "f", "g"}, 1},
		{"beyond", "e", []string{"f", "g", "h"}, 2},
		{"the end", "i", nil, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := lettersRig(t)
			request := wire.ListRequest{UUID: "l", PageSize: 3}
			got, more := r.ask(t, request)
			check.Equal(t, got, []string{"a", "b", "c"})
			check.Equal(t, more, true)
			request.StartAfter = test.after
			got, more = r.ask(t, request)
			check.Equal(t, got, test.want)
			check.Equal(t, more, test.after != "i")
			check.Equal(t, r.nodes["target01"].walks.Load(), test.walks)
		})
	}
}

func TestAWalkDoesNotGoBack(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	for _, after := range []string{"", "c", "f"} {
		r.ask(t, wire.ListRequest{UUID: "l", PageSize: 3, StartAfter: after})
	}
	got, _ := r.ask(t, wire.ListRequest{UUID: "l", PageSize: 3, StartAfter: "b"})
	check.Equal(t, got, []string{"c", "d", "e"})
	check.Equal(t, r.nodes["target01"].walks.Load(), int64(2))
}

func TestOtherRequestsHaveOtherWalks(t *testing.T) {
	t.Parallel()
	first := wire.ListRequest{UUID: "l", PageSize: 2}
	tests := []struct {
		name  string
		other wire.ListRequest
	}{
		{"listing", wire.ListRequest{UUID: "m", PageSize: 2}},
		{"prefix", wire.ListRequest{UUID: "l", PageSize: 2, Prefix: "c"}},
		{"properties", wire.ListRequest{UUID: "l", PageSize: 2, Props: "version"}},
		{"flags", wire.ListRequest{UUID: "l", PageSize: 2, Flags: wire.ListNameOnly}},
		{"form of times", wire.ListRequest{UUID: "l", PageSize: 2, TimeFormat: "2006"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := lettersRig(t)
			r.ask(t, first)
			r.ask(t, test.other)
			check.Equal(t, r.nodes["target01"].walks.Load(), int64(2))
			first := first
			first.StartAfter = "b"
			got, _ := r.ask(t, first)
			check.Equal(t, got, []string{"c", "d"})
			check.Equal(t, r.nodes["target01"].walks.Load(), int64(2))
		})
	}
}

func TestOpenWalksAreBounded(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	n := r.nodes["target01"]
	n.set(t, map[string]string{"limits.max_listings": "2"})
	for _, id := range []string{"one", "two", "one", "three"} {
		request := wire.ListRequest{UUID: id, PageSize: 2}
		r.ask(t, request)
	}
	check.Equal(t, r.open(), int64(2))
	check.Equal(t, n.scope.Snapshot()["listing_evicted_total"], int64(1))
	walks := n.walks.Load()
	for _, id := range []string{"one", "three"} { // "two" was used longest ago
		got, _ := r.ask(t, wire.ListRequest{UUID: id, PageSize: 2, StartAfter: "b"})
		check.Equal(t, got, []string{"c", "d"})
	}
	check.Equal(t, n.walks.Load(), walks)
	got, _ := r.ask(t, wire.ListRequest{UUID: "two", PageSize: 2, StartAfter: "b"})
	check.Equal(t, got, []string{"c", "d"})
	check.Equal(t, n.walks.Load(), walks+1)
}

func TestMemoryOfOpenWalksIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	long := strings.Repeat("long", 45)
	var names []string
	for i := range 5000 {
		names = append(names, fmt.Sprintf("%s%04d", long, i))
	}
	r.spread(t, names...)
	n := r.nodes["target01"]
	for _, id := range []string{"one", "two", "three"} {
		r.ask(t, wire.ListRequest{UUID: id, PageSize: 2})
	}
	held := n.scope.Snapshot()["listing_open_bytes"]
	if least, most := int64(3*5000*len(long)), int64(3*5000*(len(long)+200)); held < least || held > most {
		t.Fatalf("three walks over names of %d bytes hold %d, not %d to %d", 5000*len(long), held, least, most)
	}
	n.set(t, map[string]string{"limits.max_listings_memory": "3MiB"})
	r.ask(t, wire.ListRequest{UUID: "four", PageSize: 2})
	check.Equal(t, r.open(), int64(2))
	n.set(t, map[string]string{"limits.max_listings_memory": "1MiB"})
	walks := n.walks.Load()
	got, _ := r.ask(t, wire.ListRequest{UUID: "four", PageSize: 1, StartAfter: names[1]})
	check.Equal(t, got, names[2:3])
	check.Equal(t, n.walks.Load(), walks)
	check.Equal(t, r.open(), int64(0)) // not even this one fits
	check.Equal(t, n.scope.Snapshot()["listing_open_bytes"], int64(0))
	got, _ = r.ask(t, wire.ListRequest{UUID: "four", PageSize: 1, StartAfter: names[2]})
	check.Equal(t, got, names[3:4])
}

func TestIdleWalksAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := lettersRig(t)
		ctx, stop := context.WithCancel(t.Context())
		var group run.Group
		group.Go(func() {
			if err := r.nodes["target01"].module.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		idle := 10 * time.Second
		r.nodes["target01"].set(t, map[string]string{"lso.idle_time": "10s"})
		for _, id := range []string{"idle", "busy"} {
			r.ask(t, wire.ListRequest{UUID: id, PageSize: 2})
		}
		for range 4 {
			time.Sleep(idle / 2)
			r.ask(t, wire.ListRequest{UUID: "busy", PageSize: 2})
		}
		check.Equal(t, r.open(), int64(1))
		r.ask(t, wire.ListRequest{UUID: "busy", PageSize: 2, StartAfter: "b"})
		check.Equal(t, r.nodes["target01"].walks.Load(), int64(2))
		time.Sleep(2 * idle)
		synctest.Wait()
		check.Equal(t, r.open(), int64(0))
		r.ask(t, wire.ListRequest{UUID: "late", PageSize: 2})
		check.Equal(t, r.open(), int64(1))
		stop()
		group.Wait()
		check.Equal(t, r.open(), int64(0))
	})
}

func TestWalksOfADestroyedBucketAreForgotten(t *testing.T) {
	t.Parallel()
	props := func(id uint64, versioned bool) *cluster.Bucket {
		p := wire.DefaultProps(wire.ProviderAIS)
		p.ID, p.Versioning.Enabled = id, versioned
		return &cluster.Bucket{Bucket: wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, Props: &p}
	}
	tests := []struct {
		name string
		now  func(old *cluster.Bucket) *cluster.Bucket
		open int64
	}{
		{"destroyed", func(*cluster.Bucket) *cluster.Bucket { return nil }, 0},
		{"made again", func(old *cluster.Bucket) *cluster.Bucket { return props(old.ID()+1, true) }, 0},
		{"changed", func(old *cluster.Bucket) *cluster.Bucket { return props(old.ID(), false) }, 1},
	}
	for _, test := range tests {
		r := lettersRig(t)
		r.ask(t, wire.ListRequest{UUID: "l", PageSize: 2})
		r.nodes["target01"].module.BucketChanged(nil, props(99, true))
		r.nodes["target01"].module.BucketChanged(props(99, true), nil)
		check.Equal(t, r.open(), int64(1))
		r.nodes["target01"].module.BucketChanged(r.bucket, test.now(r.bucket))
		if got := r.open(); got != test.open {
			t.Fatalf("%s: %d walks open, want %d", test.name, got, test.open)
		}
	}
}

func TestChunkRefuses(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	for _, body := range []string{"", "{", "[]", `{"pagesize":-1}`, `{"prefix":"../x"}`, `{"props":"color"}`} {
		_, err := r.nodes["target01"].call(t.Context(), r.bucket, []byte(body))
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestACancelledPageOpensTheWalkAnew(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	r.ask(t, wire.ListRequest{UUID: "l", PageSize: 2})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.nodes["target01"].call(ctx, r.bucket, []byte(`{"uuid":"l","pagesize":3,"start_after":"b"}`))
	check.ErrorIs(t, err, errs.Canceled)
	got, _ := r.ask(t, wire.ListRequest{UUID: "l", PageSize: 3, StartAfter: "b"})
	check.Equal(t, got, []string{"c", "d", "e"})
}

func TestPagesOfOneListingAtOnce(t *testing.T) {
	t.Parallel()
	r := lettersRig(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for page := range 5 {
				after := fmt.Sprintf("%c", 'a'+(i+page)%5)
				entries := r.page(t, wire.ListRequest{UUID: "l", PageSize: 2, Continuation: after}).Entries
				want := fmt.Sprintf("%c\n%c\n", after[0]+1, after[0]+2)
				if got := names(entries); got != want {
					t.Errorf("after %s: got %q, want %q", after, got, want)
				}
			}
		})
	}
	group.Wait()
}
