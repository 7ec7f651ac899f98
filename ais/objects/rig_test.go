package objects_test

import (
	"context"
	"io"
	"strings"
	"sync"
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
	mu     sync.Mutex     // for writes of state, and reads by other goroutines
	state  *cluster.State // what all targets have acted on
	bucket *cluster.Bucket
	verbs  map[string]*objects.Verbs
	gates  map[string]*objects.Gate
	stores map[string]*store.Store
	down   map[string]error // what a target answers instead
	keeps  map[string]error // what a target answers when it is to drop an upload
	sent   []int            // sizes of the contents of uploads that were sent
	asked  []string         // targets that were asked for an object, in order

	written func()              // called after each write to another target; nil is not
	damaged func(string) string // what becomes of content read from another target; nil is nothing
}

// newRig makes a cluster of one target with a bucket.
func newRig(t *testing.T, target string) *rig {
	t.Helper()
	name := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	r := &rig{verbs: map[string]*objects.Verbs{}, gates: map[string]*objects.Gate{}, stores: map[string]*store.Store{}, down: map[string]error{}, keeps: map[string]error{}}
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
	r.set(next)
	for _, g := range r.gates {
		g.Follow(next.Map)
	}
}

func (r *rig) set(s *cluster.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
}

func (r *rig) now() *cluster.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// open makes the store and the verbs of a target.
func (r *rig) open(t *testing.T, id string) {
	t.Helper()
	mounts := r.openOn(t, id, memfs.New(memfs.Options{}), store.Options{Incarnation: 1})
	t.Cleanup(func() { mounts.Close() })
}

// openOn is open on a disk that there is; the caller closes the mountpaths.
func (r *rig) openOn(t *testing.T, id string, disk *memfs.FS, o store.Options) *fs.Mounts {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: disk, Paths: []string{"/mp1", "/mp2"}, TargetID: id, Test: true})
	check.NoError(t, err)
	s, err := store.New(mounts, o)
	check.NoError(t, err)
	for b := range r.state.Buckets.All() {
		check.NoError(t, s.CreateBucket(t.Context(), b))
	}
	r.stores[id] = s
	r.gates[id] = objects.NewGate(id, objects.GateOptions{})
	r.gates[id].Follow(r.state.Map)
	r.verbs[id] = objects.New(id, s, r.gates[id], r.now, r)
	return mounts
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
	if r.damaged != nil {
		text = []byte(r.damaged(string(text)))
	}
	return io.NopCloser(strings.NewReader(string(text))), err
}

func (r *rig) HeadVersion(ctx context.Context, node *wire.Node, n store.Name, id string) (*store.Object, error) {
	return r.verbs[node.ID].VersionLocal(ctx, n, id)
}

func (r *rig) ReadVersion(ctx context.Context, node *wire.Node, n store.Name, id string, offset, length int64) (io.ReadCloser, error) {
	c, err := r.verbs[node.ID].OpenVersionLocal(ctx, n, id)
	if err != nil {
		return nil, err
	}
	return c.Section(ctx, n, offset, length)
}

// Upload asks a target for an upload, as a peer does.
func (r *rig) Upload(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim) (*store.UploadState, error) {
	r.mu.Lock()
	r.asked = append(r.asked, node.ID)
	r.mu.Unlock()
	if err := r.down[node.ID]; err != nil {
		return nil, err
	}
	state, err := r.verbs[node.ID].UploadHere(ctx, r.at(node.ID, u), c)
	if err != nil {
		return nil, errs.FromWire(errs.ToWire(err, errs.Wire{}))
	}
	return store.ParseUploadState(state.Append(nil))
}

// UploadContent reads parts from a target, as a peer does.
func (r *rig) UploadContent(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim, after int) (io.ReadCloser, error) {
	if err := r.down[node.ID]; err != nil {
		return nil, err
	}
	content, size, err := r.verbs[node.ID].UploadContentHere(ctx, r.at(node.ID, u), c, after)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	text, err := io.ReadAll(content)
	if err == nil && int64(len(text)) != size {
		err = io.ErrShortBuffer
	}
	if r.damaged != nil {
		text = []byte(r.damaged(string(text)))
	}
	r.mu.Lock()
	r.sent = append(r.sent, len(text))
	r.mu.Unlock()
	return io.NopCloser(strings.NewReader(string(text))), err
}

// DropUpload drops an upload at a target, as a peer does.
func (r *rig) DropUpload(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim) error {
	if err := r.down[node.ID]; err != nil {
		return err
	}
	if err := r.keeps[node.ID]; err != nil {
		return err
	}
	if err := r.verbs[node.ID].DropUploadHere(ctx, r.at(node.ID, u), c); err != nil {
		return errs.FromWire(errs.ToWire(err, errs.Wire{}))
	}
	return nil
}

// at is an upload in the store of a target.
func (r *rig) at(id string, u store.Upload) store.Upload { return r.stores[id].Upload(u.Name, u.ID) }

// Write puts an object at a target, as a peer does.
func (r *rig) Write(ctx context.Context, node *wire.Node, n store.Name, body io.Reader, o store.WriteOptions) error {
	if err := r.down[node.ID]; err != nil {
		return err
	}
	_, err := r.verbs[node.ID].Put(ctx, n, body, o)
	if r.written != nil {
		r.written()
	}
	return err
}

// put writes through the verbs of a target.
func (r *rig) put(t *testing.T, at, object, content string, o store.WriteOptions) (*store.Object, error) {
	t.Helper()
	o.Size = int64(len(content))
	return r.verbs[at].Put(t.Context(), r.name(object), strings.NewReader(content), o)
}

// had makes a target hold an object since it owned the name last.
func (r *rig) had(t *testing.T, at, object, content string, o store.WriteOptions) *store.Object {
	t.Helper()
	o.MapVersion, o.Size = r.tenure(at, object), int64(len(content))
	w, err := r.stores[at].Create(t.Context(), r.name(object), o)
	check.NoError(t, err)
	_, err = io.WriteString(w, content)
	check.NoError(t, err)
	made, err := w.Commit(t.Context())
	check.NoError(t, err)
	return made
}

// tenure is the version of the latest placement by which a target owns an object.
func (r *rig) tenure(id, object string) int64 {
	for _, p := range r.state.Map.Placements() {
		if p.Owner(r.name(object).Digest()) == id {
			return p.Version()
		}
	}
	return 0
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
