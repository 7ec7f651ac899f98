package listing_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/jobs/listing"
	"aistore/metrics"
	"aistore/module"
	"aistore/store"
	"aistore/store/shard"
)

// node is a target with the module over a store in memory.
type node struct {
	store  *store.Store
	module *listing.Listing
	call   module.PeerCall
	scope  *metrics.Scope
	config *config.Live[config.Cluster]
	walks  atomic.Int64 // opened so far
}

// Versions is not asked by a listing.
func (n *node) Versions(context.Context, store.Name) ([]*store.Object, error) {
	return nil, errs.Unsupported
}

// Walk counts the walks that the module opens.
func (n *node) Walk(ctx context.Context, b *cluster.Bucket, o store.WalkOptions) (*store.Walker, error) {
	n.walks.Add(1)
	return n.store.Walk(ctx, b, o)
}

// rig is a cluster of targets that are called directly.
type rig struct {
	state  *cluster.State
	bucket *cluster.Bucket
	nodes  map[string]*node
	down   map[string]bool // targets that do not answer
	calls  atomic.Int64    // between nodes so far
}

// Call answers for a target, as the network between nodes does.
func (r *rig) Call(ctx context.Context, to *wire.Node, address module.PeerAddress, body []byte) ([]byte, error) {
	r.calls.Add(1)
	n, ok := r.nodes[to.ID]
	if !ok || r.down[to.ID] {
		return nil, errs.E("test.Call", to.ID, errs.Unavailable, nil)
	}
	if address != (module.PeerAddress{Module: listing.Name, Call: "chunk", Bucket: r.bucket.Bucket}) {
		return nil, errs.E("test.Call", to.ID, errs.NotFound, nil)
	}
	return n.call(ctx, r.bucket, body)
}

// newRig makes a cluster of targets with one bucket.
func newRig(t testing.TB, targets int) *rig {
	t.Helper()
	name := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	r := &rig{nodes: map[string]*node{}, down: map[string]bool{}}
	cfg := config.Default()
	r.state = apply(t, cluster.NewState(), cluster.InitCluster("uuid", "now", wireNode("proxy001", wire.NodeProxy), &cfg))
	ids := []string{"target01", "target02", "target03", "target04"}[:targets]
	for _, id := range ids {
		r.state = apply(t, r.state, cluster.PutNode(wireNode(id, wire.NodeTarget)))
	}
	r.state = apply(t, r.state, cluster.CreateBucket(name, wire.DefaultProps(wire.ProviderAIS)))
	r.bucket, _ = r.state.Buckets.Get(name)
	for _, id := range ids {
		r.addNode(t, id)
	}
	return r
}

// addNode opens the store and the module of a target.
func (r *rig) addNode(t testing.TB, id string) *node {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: memfs.New(memfs.Options{}), Paths: []string{"/mp1", "/mp2", "/mp3"}, TargetID: id, Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	n := &node{config: config.NewLive(new(config.Default())), scope: metrics.NewRegistry().Scope(metrics.TargetPrefix)}
	n.store, err = store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	check.NoError(t, n.store.CreateBucket(t.Context(), r.bucket))
	n.attach(t, id)
	r.nodes[id] = n
	return n
}

// attach makes the module as a target does.
func (n *node) attach(t testing.TB, id string) {
	t.Helper()
	shards, err := shard.New(n.store, shard.Options{})
	check.NoError(t, err)
	attached, err := module.Attach([]module.Maker{listing.Maker()}, module.Host{
		Node: id, Objects: n, Members: shards, State: cluster.NewState, Config: n.config, Metrics: n.scope, Log: slog.New(slog.DiscardHandler),
	})
	check.NoError(t, err)
	n.module, n.call = attached.Modules[0].(*listing.Listing), attached.Calls[listing.Name]["chunk"]
}

// set changes settings of the target while it runs.
func (n *node) set(t testing.TB, changes map[string]string) {
	t.Helper()
	next, err := config.Set(n.config.Get(), changes)
	check.NoError(t, err)
	n.config.Set(next)
}

// join adds a target to the map, so that objects may be where they were before.
func (r *rig) join(t testing.TB, id string) {
	t.Helper()
	r.state = apply(t, r.state, cluster.PutNode(wireNode(id, wire.NodeTarget)))
	r.addNode(t, id)
}

func apply(t testing.TB, s *cluster.State, c cluster.Change) *cluster.State {
	t.Helper()
	next, err := s.Apply(c)
	check.NoError(t, err)
	return next
}

func wireNode(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

// put stores an object at a target, whoever owns it.
func (r *rig) put(t testing.TB, at, name, content string, o store.WriteOptions) {
	t.Helper()
	o.Size = int64(len(content))
	w, err := r.nodes[at].store.Create(t.Context(), store.Name{Bucket: r.bucket, Object: name}, o)
	check.NoError(t, err)
	defer w.Abort()
	_, err = w.ReadFrom(bytes.NewReader([]byte(content)))
	check.NoError(t, err)
	_, err = w.Commit(t.Context())
	check.NoError(t, err)
}

// spread stores names at the targets that own them.
func (r *rig) spread(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		owner, err := r.state.Map.Owner(store.Name{Bucket: r.bucket, Object: name}.Digest())
		check.NoError(t, err)
		r.put(t, owner.ID, name, name, store.WriteOptions{})
	}
}

// bury leaves a tombstone at a target.
func (r *rig) bury(t testing.TB, at, name string, mapVersion int64) {
	t.Helper()
	err := r.nodes[at].store.Delete(t.Context(), store.Name{Bucket: r.bucket, Object: name},
		store.DeleteOptions{Tombstone: true, MapVersion: mapVersion})
	if err != nil {
		check.ErrorIs(t, err, errs.NotFound)
	}
}

func (r *rig) page(t testing.TB, request wire.ListRequest) *wire.ListPage {
	t.Helper()
	page, err := listing.Page(t.Context(), r.state.Map, r, r.bucket, &request)
	check.NoError(t, err)
	return page
}

// all lists by pages as clients do, and fails on a listing that does not end.
func (r *rig) all(t testing.TB, request wire.ListRequest) []*wire.ListEntry {
	t.Helper()
	entries := []*wire.ListEntry{}
	for range 1000 {
		page := r.page(t, request)
		if size := request.PageSize; size > 0 && int64(len(page.Entries)) > size {
			t.Fatalf("%d entries in a page of %d", len(page.Entries), size)
		} else if page.Continuation != "" && int64(len(page.Entries)) < size {
			t.Fatalf("%d entries in a page of %d, and more to come", len(page.Entries), size)
		}
		entries = append(entries, page.Entries...)
		if page.Continuation == "" {
			return entries
		}
		request.UUID, request.Continuation = page.UUID, page.Continuation
	}
	t.Fatal("the listing does not end")
	return nil
}

// names are the names of entries, one a line.
func names(entries []*wire.ListEntry) string {
	var lines strings.Builder
	for _, e := range entries {
		lines.WriteString(e.Name + "\n")
	}
	return lines.String()
}
