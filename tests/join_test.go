package tests

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// shelf is a bucket together with what must be in it.
type shelf struct {
	bucket  wire.Bucket
	objects map[string]stored
	gone    map[string]bool // were there
	writes  uint64
}

type stored struct {
	write   uint64
	version int
	size    int
	origin  string // name that the content was made for; "" is its own
	custom  string // value of "k"
}

func newShelf(t *testing.T, c *aistest.Cluster) *shelf {
	t.Helper()
	return &shelf{bucket: c.NewBucket(nil), objects: map[string]stored{}, gone: map[string]bool{}}
}

// put writes an object. Its version goes on from that of the object replaced,
// and begins anew after a delete.
func (s *shelf) put(t *testing.T, c *aistest.Cluster, name string, size int) {
	t.Helper()
	s.writes++
	put(t, c, s.bucket, name, s.writes, size)
	s.objects[name] = stored{write: s.writes, version: s.objects[name].version + 1, size: max(size, minPayload)}
	delete(s.gone, name)
}

func (s *shelf) remove(t *testing.T, c *aistest.Cluster, name string) {
	t.Helper()
	check.NoError(t, c.Client().Delete(t.Context(), s.bucket, name))
	delete(s.objects, name)
	s.gone[name] = true
}

// look reads an object that is there.
func (s *shelf) look(t *testing.T, c *aistest.Cluster, name string) {
	t.Helper()
	want := s.objects[name]
	data, _, err := c.Client().GetBytes(t.Context(), s.bucket, name, nil, api.GetOptions{})
	check.NoError(t, err)
	write, err := checkPayload(cmp.Or(want.origin, name), data)
	check.NoError(t, err)
	check.Equal(t, write, want.write)
}

// names returns what is in the bucket, in order.
func (s *shelf) names() []string { return slices.Sorted(maps.Keys(s.objects)) }

// check reads all that is there, misses all that is not, and lists in all ways.
func (s *shelf) check(t *testing.T, c *aistest.Cluster) {
	t.Helper()
	for name, want := range s.objects {
		s.look(t, c, name)
		head, err := c.Client().Head(t.Context(), s.bucket, name)
		check.NoError(t, err)
		check.Equal(t, name+": "+head.Version, name+": "+strconv.Itoa(want.version))
		check.Equal(t, head.Size, int64(want.size))
		check.Equal(t, head.Custom["k"], want.custom)
		part := do(t, c, request{path: objectPath(s.bucket, name), header: http.Header{"Range": {"bytes=5-20"}}})
		check.Equal(t, part.status, http.StatusPartialContent)
		check.Equal(t, part.body, string(payload(cmp.Or(want.origin, name), want.write, want.size)[5:21]))
	}
	for name := range s.gone {
		missing(t, c, s.bucket, name)
		check.ErrorIs(t, c.Client().Delete(t.Context(), s.bucket, name), errs.NotFound)
	}
	names := s.names()
	for _, page := range []int{0, 1, 3, 17} {
		check.Equal(t, list(t, c, s.bucket, api.ListOptions{PageSize: page}), names)
	}
	var below []string
	directories := map[string]bool{}
	for _, name := range names {
		directory, _, inside := strings.Cut(name, "/")
		if inside {
			directory += "/"
		}
		directories[directory] = true
		if directory == "d1/" {
			below = append(below, name)
		}
	}
	check.Equal(t, list(t, c, s.bucket, api.ListOptions{PageSize: 2, Prefix: "d1/"}), below)
	check.Equal(t, list(t, c, s.bucket, api.ListOptions{Flags: wire.ListNoRecursion}), slices.Sorted(maps.Keys(directories)))
	for entry, err := range c.Client().List(t.Context(), s.bucket, api.ListOptions{Props: wire.PropName | wire.PropSize | wire.PropVersion}) {
		check.NoError(t, err)
		want := s.objects[entry.Name]
		check.Equal(t, []any{entry.Name, entry.Version, entry.Size}, []any{entry.Name, strconv.Itoa(want.version), int64(want.size)})
	}
}

// TestJoinMovesNothingOutOfReach adds targets to a cluster that has objects,
// which stay where they are, and works on them.
func TestJoinMovesNothingOutOfReach(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	s := newShelf(t, c)
	for i := range 40 {
		s.put(t, c, fmt.Sprintf("d%d/o%d", i%3, i), 100*i)
	}
	s.put(t, c, "d1/large", 1<<20+1)
	for round := range 2 {
		c.AddTarget()
		s.check(t, c)
		for i, name := range s.names() {
			switch i % 5 {
			case 0:
				s.put(t, c, name, 300)
			case 1:
				s.remove(t, c, name)
			}
		}
		for i := range 5 {
			s.put(t, c, fmt.Sprintf("d%d/new%d-%d", i%3, round, i), 100)
		}
		s.check(t, c)
		for name := range maps.Clone(s.gone) { // some that were deleted come again
			if len(name)%2 == round {
				s.put(t, c, name, 200)
			}
		}
		s.check(t, c)
	}
	c.Kill(c.Nodes()...)
	c.Restart(c.Nodes()...)
	s.check(t, c)
	if n := len(c.Map(c.Proxy(0)).Ext.Placements); n != 3 {
		t.Fatalf("%d placements after two joins", n)
	}
}

// TestJoinAndConditions has clients that want to be the only one to create an
// object which is at an earlier owner, or nowhere.
func TestJoinAndConditions(t *testing.T) {
	t.Parallel()
	const clients = 6
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("o%d", i))
		if i%3 != 0 {
			put(t, c, b, names[i], 1, 100)
		}
	}
	c.AddTarget()
	for i := 2; i < len(names); i += 3 { // was there, and is not any more
		check.NoError(t, c.Client().Delete(t.Context(), b, names[i]))
	}
	for i, name := range names {
		var created, refused atomic.Int64
		var group run.Group
		for client := range clients {
			group.Go(func() {
				header := http.Header{"If-None-Match": {"*"}}
				body := string(payload(name, uint64(client+10), 100))
				a, err := ask(t.Context(), c, c.URL()+objectPath(b, name), request{method: http.MethodPut, body: body, header: header})
				switch {
				case err == nil && a.status == http.StatusOK:
					created.Add(1)
				case err == nil && a.status == http.StatusPreconditionFailed:
					refused.Add(1)
				default:
					t.Errorf("status %d: %s, %v", a.status, a.body, err)
				}
			})
		}
		group.Wait()
		want := int64(1)
		if i%3 == 1 {
			want = 0 // it is at its earlier owner
		}
		check.Equal(t, fmt.Sprint(name, " created ", created.Load()), fmt.Sprint(name, " created ", want))
		check.Equal(t, refused.Load(), clients-want)
		check.Equal(t, get(t, c, b, name) == 1, want == 0)
	}

	// A tag of what is at the earlier owner stands for it.
	for i := 1; i < len(names); i += 3 {
		at := objectPath(b, names[i])
		tag := do(t, c, request{method: http.MethodHead, path: at + "&props=etag"}).header.Get("Etag")
		other := do(t, c, request{method: http.MethodPut, path: at, body: "x", header: http.Header{"If-Match": {`"other"`}}})
		check.Equal(t, other.status, http.StatusPreconditionFailed)
		same := do(t, c, request{path: at, header: http.Header{"If-None-Match": {tag}}})
		check.Equal(t, same.status, http.StatusNotModified)
		a := do(t, c, request{method: http.MethodPut, path: at, body: "x", header: http.Header{"If-Match": {tag}}})
		check.Equal(t, a.status, http.StatusOK)
		check.Equal(t, a.header.Get(wire.HeaderVersion), "2")
		again := do(t, c, request{method: http.MethodDelete, path: at, header: http.Header{"If-Match": {tag}}})
		check.Equal(t, again.status, http.StatusPreconditionFailed)
	}
}

// TestJoinWhenEarlierOwnerIsDown has objects whose only copy is on a target that
// does not answer: they are not reported as missing, and not replaced as new.
func TestJoinWhenEarlierOwnerIsDown(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	s := newShelf(t, c)
	for i := range 20 {
		s.put(t, c, fmt.Sprintf("d%d/o%d", i%3, i), 100)
	}
	first, second := c.Target(0), c.AddTarget()
	var moved []string
	for _, name := range s.names() {
		if c.Owner(s.bucket, name) == second {
			moved = append(moved, name)
		}
	}
	if len(moved) == 0 {
		t.Fatal("no object has a new owner")
	}
	c.Kill(first)
	for _, name := range moved {
		at := objectPath(s.bucket, name)
		for _, r := range []request{
			{path: at},
			{method: http.MethodHead, path: at},
			{method: http.MethodDelete, path: at},
			{method: http.MethodPut, path: at, body: "x"},
			{method: http.MethodPut, path: at, body: "x", header: http.Header{"If-None-Match": {"*"}}},
		} {
			a := do(t, c, r)
			check.Equal(t, fmt.Sprint(r.method, a.status), fmt.Sprint(r.method, http.StatusServiceUnavailable))
			check.Equal(t, a.header.Get("Retry-After") != "", true)
		}
	}
	// A listing without a target would leave out its objects.
	a := do(t, c, request{path: bucketPath(s.bucket), body: `{"action":"list","value":{}}`})
	check.Equal(t, a.status, http.StatusServiceUnavailable)
	c.Restart(first)
	s.check(t, c)
}
