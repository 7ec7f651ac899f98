package objects_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/store"
)

// rig is a cluster of targets whose peers are called directly.
type rig struct {
	state  *cluster.State
	bucket *cluster.Bucket
	verbs  map[string]*objects.Verbs
	stores map[string]*store.Store
	down   map[string]error // what a target answers instead
	asked  []string         // targets that were asked for an object, in order
}

// newRig makes a cluster of one target with a bucket.
func newRig(t *testing.T, target string) *rig {
	t.Helper()
	name := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	r := &rig{verbs: map[string]*objects.Verbs{}, stores: map[string]*store.Store{}, down: map[string]error{}}
	cfg := config.Default()
	r.state = cluster.NewState()
	r.apply(t, cluster.InitCluster("uuid", "now", wireNode("proxy001", wire.NodeProxy), &cfg))
	r.apply(t, cluster.PutNode(wireNode(target, wire.NodeTarget)))
	r.apply(t, cluster.CreateBucket(name, wire.DefaultProps(wire.ProviderAIS)))
	r.bucket, _ = r.state.Buckets.Get(name)
	r.open(t, target)
	return r
}

// movedRig is a cluster in which the object o was owned by the targets in turn,
// the last of them now.
func movedRig(t *testing.T, owners ...string) *rig {
	t.Helper()
	r := newRig(t, owners[0])
	for i, id := range owners[1:] {
		r.apply(t, cluster.PutNode(wireNode(id, wire.NodeTarget)))
		r.apply(t, cluster.SetFlags(owners[i], wire.NodeMaintenance, 0))
		r.open(t, id)
	}
	owner, err := r.state.Map.Owner(r.name("o").Digest())
	check.NoError(t, err)
	check.Equal(t, owner.ID, owners[len(owners)-1])
	return r
}

func (r *rig) apply(t *testing.T, c cluster.Change) {
	t.Helper()
	next, err := r.state.Apply(c)
	check.NoError(t, err)
	r.state = next
}

// open makes the store and the verbs of a target.
func (r *rig) open(t *testing.T, id string) {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: memfs.New(memfs.Options{}), Paths: []string{"/mp1", "/mp2"}, TargetID: id, Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	s, err := store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	check.NoError(t, s.CreateBucket(t.Context(), r.bucket))
	r.stores[id] = s
	r.verbs[id] = objects.New(id, s, func() *cluster.State { return r.state }, r)
}

func (r *rig) name(object string) store.Name { return store.Name{Bucket: r.bucket, Object: object} }

// Head asks a target as a peer does, over a network that keeps kinds of errors.
func (r *rig) Head(ctx context.Context, node *wire.Node, n store.Name) (*store.Object, error) {
	r.asked = append(r.asked, node.ID)
	if err := r.down[node.ID]; err != nil {
		return nil, err
	}
	o, err := r.verbs[node.ID].HeadLocal(ctx, n)
	if err != nil {
		return nil, errs.FromWire(errs.ToWire(err, errs.Wire{}))
	}
	return o, nil
}

func (r *rig) Read(ctx context.Context, node *wire.Node, n store.Name, offset, length int64) (io.ReadCloser, error) {
	if err := r.down[node.ID]; err != nil {
		return nil, err
	}
	c, err := r.verbs[node.ID].OpenLocal(ctx, n)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	body, err := c.Section(ctx, n, offset, length)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	return io.NopCloser(strings.NewReader(string(text))), err
}

// put writes through the verbs of a target.
func (r *rig) put(t *testing.T, at, object, content string, o store.WriteOptions) (*store.Object, error) {
	t.Helper()
	o.Size = int64(len(content))
	return r.verbs[at].Put(t.Context(), r.name(object), strings.NewReader(content), o)
}

// had makes a target hold an object since an earlier version of the map.
func (r *rig) had(t *testing.T, at, object, content string, o store.WriteOptions) *store.Object {
	t.Helper()
	now := r.state
	defer func() { r.state = now }()
	r.state = r.before(t)
	made, err := r.put(t, at, object, content, o)
	check.NoError(t, err)
	return made
}

// before is the state with the first placement only.
func (r *rig) before(t *testing.T) *cluster.State {
	t.Helper()
	cfg := config.Default()
	s := cluster.NewState()
	for _, c := range []cluster.Change{
		cluster.InitCluster("uuid", "now", wireNode("proxy001", wire.NodeProxy), &cfg),
		cluster.PutNode(wireNode("target01", wire.NodeTarget)),
		cluster.CreateBucket(r.bucket.Bucket, *r.bucket.Props),
	} {
		next, err := s.Apply(c)
		check.NoError(t, err)
		s = next
	}
	return s
}

// read reads an object through the verbs of a target.
func (r *rig) read(t *testing.T, at, object string) (string, error) {
	t.Helper()
	c, err := r.verbs[at].Open(t.Context(), r.name(object))
	if err != nil {
		return "", err
	}
	defer c.Close()
	body, err := c.Section(t.Context(), r.name(object), 0, c.Object.Size)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	return string(text), err
}

func wireNode(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}
