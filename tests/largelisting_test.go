package tests

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/hrw"
	"aistore/internal/run"
	"aistore/store"
)

// The shapes of a bucket to list, as names of its objects by their number.
var shapes = map[string]func(i int) string{
	"flat": func(i int) string { return fmt.Sprintf("%07d", i) },
	"tree": func(i int) string {
		return fmt.Sprintf("%02d/%02d/%02d/%02d/%03d", i/100_000%100, i/10_000%10, i/1000%10, i/100%10, i%100)
	},
}

// Targets with very many objects start, and list them, in order and each once,
// also while others come and go. What it takes of time and memory is logged: with
// AISTEST_MODE=process it is that of each node, and as root, of disks that nothing
// is cached of. AIS_OBJECTS says how many there are in each bucket.
func TestAVeryLargeListing(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("takes minutes: set AIS_SOAK=10m, or run make soak")
	}
	objects, err := strconv.Atoi(cmp.Or(os.Getenv("AIS_OBJECTS"), "100000"))
	check.NoError(t, err)
	c := aistest.Start(t, aistest.Options{Targets: 3})
	relaxed := wire.DurabilityRelaxed
	for shape, nameOf := range shapes {
		b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
		fillAll(t, c, b, objects, nameOf)
		want := make([]string, objects)
		for i := range want {
			want[i] = nameOf(i)
		}
		slices.Sort(want)
		l := &largeListing{t: t, c: c, bucket: b, shape: shape, want: want}
		l.first()
		l.whole("cold")
		l.whole("warm")
		l.lastPages()
		l.underWriters()
	}
}

// largeListing is a bucket with the objects that are in it.
type largeListing struct {
	t      *testing.T
	c      *aistest.Cluster
	bucket wire.Bucket
	shape  string
	want   []string // in order
}

func (l *largeListing) log(format string, args ...any) {
	l.t.Helper()
	l.t.Logf(l.shape+": "+format, args...)
}

// first takes one page, which nothing is cached of.
func (l *largeListing) first() {
	l.log("%d objects; dropped what the system cached: %v", len(l.want), os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0) == nil)
	l.log("first page: %v", l.page(""))
}

// page takes one page and returns how long that took.
func (l *largeListing) page(after string) time.Duration {
	l.t.Helper()
	began := time.Now()
	page, err := l.c.Client().ListPage(l.t.Context(), l.bucket, wire.ListRequest{StartAfter: after, PageSize: 1000})
	check.NoError(l.t, err)
	took := time.Since(began).Round(10 * time.Microsecond)
	i, _ := slices.BinarySearch(l.want, after+"\x00")
	check.Equal(l.t, page.Entries[0].Name, l.want[i])
	check.Equal(l.t, len(page.Entries), min(1000, len(l.want)-i))
	return took
}

// whole lists everything.
func (l *largeListing) whole(how string) {
	l.t.Helper()
	began := time.Now()
	names := make([]string, 0, len(l.want))
	for entry, err := range l.c.Client().List(l.t.Context(), l.bucket, api.ListOptions{}) {
		check.NoError(l.t, err)
		names = append(names, entry.Name)
	}
	took := time.Since(began)
	check.Equal(l.t, slices.Equal(names, l.want), true)
	l.log("%s: listed in %v, %.0f names a second", how, took.Round(time.Millisecond), float64(len(names))/took.Seconds())
	for _, n := range l.c.Nodes() {
		l.log("%s: %s resident", n.ID(), resident(l.t, n))
	}
}

// lastPages compares pages at the beginning with pages at the end.
func (l *largeListing) lastPages() {
	var first, last []time.Duration
	for range 21 {
		first = append(first, l.page(""))
		last = append(last, l.page(l.want[len(l.want)-1001]))
	}
	slices.Sort(first)
	slices.Sort(last)
	l.log("pages of 1000, medians: the first %v, the last %v", first[10], last[10])
}

// underWriters lists while others put and delete other names.
func (l *largeListing) underWriters() {
	const writers = 4
	ctx, stop := context.WithCancel(l.t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	for writer := range writers {
		random := rand.New(rand.NewPCG(uint64(writer), 0))
		group.Go(func() {
			for ctx.Err() == nil {
				name := l.want[random.IntN(len(l.want))] + "-other"
				_, err := l.c.Client().PutBytes(ctx, l.bucket, name, nil, api.PutOptions{})
				if err == nil {
					err = l.c.Client().Delete(ctx, l.bucket, name)
				}
				if err != nil && ctx.Err() == nil && !isKind(err, errs.NotFound) { // another writer has it, too
					l.t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	var names []string
	began, others := time.Now(), 0
	for entry, err := range l.c.Client().List(l.t.Context(), l.bucket, api.ListOptions{}) {
		check.NoError(l.t, err)
		names = append(names, entry.Name)
	}
	took := time.Since(began)
	check.Equal(l.t, slices.IsSorted(names), true)
	i := 0
	for _, name := range names {
		switch {
		case i < len(l.want) && name == l.want[i]:
			i++
		case strings.HasSuffix(name, "-other"):
			others++
		default:
			l.t.Fatalf("listed %q, want %q", name, l.want[min(i, len(l.want)-1)])
		}
	}
	check.Equal(l.t, i, len(l.want))
	l.log("under %d writers: listed in %v, %d other names among them", writers, took.Round(time.Millisecond), others)
}

// fillAll makes empty objects on the mountpaths of all targets, which start again
// after.
func fillAll(t *testing.T, c *aistest.Cluster, b wire.Bucket, objects int, nameOf func(int) string) {
	t.Helper()
	m, err := cluster.MapFromWire(c.Map(c.Proxy(0)))
	check.NoError(t, err)
	names := map[string][]string{}
	for i := range objects {
		name := nameOf(i)
		owner, err := m.Owner(hrw.Digest(b.Uname(name)))
		check.NoError(t, err)
		names[owner.ID] = append(names[owner.ID], name)
	}
	bucket := bucketOf(t, c, b)
	targets := c.Targets()
	c.Stop(targets...)
	began := time.Now()
	for _, target := range targets {
		fill(t, target, bucket, names[target.ID()])
	}
	t.Logf("made %d objects in %v", objects, time.Since(began).Round(time.Second))
	debug.FreeOSMemory() // of this process, which may be the cluster's
	began = time.Now()
	c.Start(targets...)
	c.Settle()
	t.Logf("targets ready %v after their start", time.Since(began).Round(time.Millisecond))
}

// bucketOf is the bucket as the cluster knows it.
func bucketOf(t *testing.T, c *aistest.Cluster, b wire.Bucket) *cluster.Bucket {
	t.Helper()
	props, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	return &cluster.Bucket{Bucket: b, Props: props}
}

// fill makes empty objects on the mountpaths of a target that is down.
func fill(t *testing.T, target *aistest.Node, b *cluster.Bucket, names []string) {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{
		FS: target.FS(), Paths: target.Mountpaths(), TargetID: target.ID(), Test: true,
	})
	check.NoError(t, err)
	defer func() { check.NoError(t, mounts.Close()) }()
	s, err := store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	check.NoError(t, s.CreateBucket(t.Context(), b))
	each(t, names, func(ctx context.Context, name string) error {
		w, err := s.Create(ctx, store.Name{Bucket: b, Object: name}, store.WriteOptions{})
		if err != nil {
			return err
		}
		_, err = w.Commit(ctx)
		return err
	})
}

// resident is the memory of the process that a node runs in.
func resident(t *testing.T, n *aistest.Node) string {
	t.Helper()
	response, err := http.Get(n.URL() + "/metrics")
	check.NoError(t, err)
	defer response.Body.Close()
	lines := bufio.NewScanner(io.LimitReader(response.Body, 1<<20))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
			bytes, err := strconv.ParseFloat(value, 64)
			check.NoError(t, err)
			return fmt.Sprintf("%.0f MiB", bytes/(1<<20))
		}
	}
	t.Fatal("no process_resident_memory_bytes among the metrics")
	return ""
}
