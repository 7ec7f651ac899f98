package s3_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/jobs/listing"
	"aistore/memsys"
	"aistore/metrics"
	"aistore/module"
	"aistore/store"
	"aistore/store/shard"
)

// rig is a gateway and targets that call each other directly. Requests without a
// signature are taken, as of nobody.
type rig struct {
	t      testing.TB
	config *config.Live[config.Cluster]
	signer *rest.Signer
	nodes  map[string]http.Handler
	stores map[string]*store.Store
	verbs  map[string]*objects.Verbs
	gates  map[string]*objects.Gate
	calls  map[string]map[string]map[string]module.PeerCall // of modules, by node

	mu     sync.Mutex
	state  *cluster.State         // guarded by mu
	denied map[string]access.Bits // guarded by mu; what buckets do not allow
	hops   []string               // guarded by mu; nodes that requests were passed on to
	silent string                 // guarded by mu; node that calls do not reach
	cutAt  string                 // what of a call to that node fails
}

const gateway = "proxy001"

// newRig makes a cluster with one bucket, "b".
func newRig(t testing.TB, targets ...string) *rig {
	t.Helper()
	cfg := config.Default()
	cfg.Auth.S3.Anonymous = true
	cfg.Limits.MinPart = 10
	r := &rig{
		t: t, config: config.NewLive(&cfg), nodes: map[string]http.Handler{}, stores: map[string]*store.Store{}, verbs: map[string]*objects.Verbs{},
		gates: map[string]*objects.Gate{},
		calls: map[string]map[string]map[string]module.PeerCall{}, state: cluster.NewState(), denied: map[string]access.Bits{},
	}
	keys := rest.Keys{Current: []byte("the key of the cluster")}
	r.signer = rest.NewSigner(gateway, func() rest.Keys { return keys }, nil)
	r.apply(cluster.InitCluster("uuid", "now", wireNode(gateway, wire.NodeProxy), &cfg))
	for _, id := range targets {
		r.apply(cluster.PutNode(wireNode(id, wire.NodeTarget)))
	}
	r.open(gateway, s3.Options{Buckets: r})
	for _, id := range targets {
		r.openTarget(id)
	}
	check.NoError(t, r.CreateBucket(t.Context(), wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, nil))
	return r
}

func (r *rig) apply(c cluster.Change) {
	r.t.Helper()
	next, err := r.State().Apply(c)
	check.NoError(r.t, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = next
}

// State is what is in force at all nodes.
func (r *rig) State() *cluster.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// open makes the edge of a node.
func (r *rig) open(id string, o s3.Options) {
	r.t.Helper()
	o.Node, o.State, o.Peers, o.Config = id, r.State, r, r.config
	o.Forward = r.forward
	o.Keys = func(accessKey string) (s3.Key, bool) { return s3.Key{Secret: "secret"}, accessKey == "AKID" }
	router := rest.New(rest.Options{Node: id, Signer: r.signer, BucketAccess: r.access, Config: r.config})
	s3.New(o).Routes(router)
	h, err := router.Handler(rest.Public | rest.Control | rest.Data)
	check.NoError(r.t, err)
	r.nodes[id] = h
}

// access is what a bucket allows.
func (r *rig) access(b wire.Bucket) (access.BucketAccess, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return access.BucketAccess{Bucket: b, Access: access.All &^ r.denied[b.Name]}, nil
}

// openTarget makes a target over a store in memory.
func (r *rig) openTarget(id string) {
	t := r.t
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: memfs.New(memfs.Options{}), Paths: []string{"/mp1", "/mp2"}, TargetID: id, Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	stored, err := store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	gate := objects.NewGate(id, objects.GateOptions{})
	gate.Follow(r.State().Map)
	verbs := objects.New(id, stored, gate, r.State, peers{r})
	pool, err := memsys.New(memsys.Options{})
	check.NoError(t, err)
	members, err := shard.New(stored, shard.Options{})
	check.NoError(t, err)
	attached, err := module.Attach([]module.Maker{listing.Maker()}, module.Host{
		Node: id, Objects: stored, Members: members, State: r.State, Config: r.config,
		Metrics: metrics.NewRegistry().Scope(metrics.TargetPrefix), Log: slog.New(slog.DiscardHandler),
	})
	check.NoError(t, err)
	r.stores[id], r.verbs[id], r.gates[id], r.calls[id] = stored, verbs, gate, attached.Calls
	r.open(id, s3.Options{Self: id, Objects: verbs, Pool: pool})
}

// forward passes a request on as a node does.
func (r *rig) forward(w http.ResponseWriter, request *http.Request, to *wire.Node, add http.Header, edit func(http.Header)) error {
	r.mu.Lock()
	r.hops = append(r.hops, to.ID)
	r.mu.Unlock()
	passed := request.Clone(request.Context())
	for name, values := range add {
		passed.Header[name] = values
	}
	if err := r.signer.SignRequest(passed); err != nil {
		return err
	}
	answer := httptest.NewRecorder()
	r.nodes[to.ID].ServeHTTP(answer, passed)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	edit(w.Header())
	w.WriteHeader(answer.Code)
	if answer.Body.Len() == 0 {
		return nil
	}
	_, err := w.Write(answer.Body.Bytes())
	return err
}

// Call carries a call to a module, or to the dialect, of another node.
func (r *rig) Call(ctx context.Context, node *wire.Node, to module.PeerAddress, body []byte) ([]byte, error) {
	b, ok := r.State().Buckets.Get(to.Bucket)
	if !ok {
		return nil, errs.BucketNotFound("test", to.Bucket.String())
	}
	if r.isCut(node.ID) {
		return nil, errs.E("node.Request", "http://10.1.2.3:80/v1/"+to.Module, errs.Unavailable, &net.OpError{Op: r.cutAt, Net: "tcp", Err: errors.New("10.1.2.3:80: refused")})
	}
	if call, ok := r.calls[node.ID][to.Module][to.Call]; ok {
		return call(ctx, b, body)
	}
	u := node.Data.URL + "/v1/" + to.Module + "/" + to.Call + "/" + to.Bucket.Name + "?provider=ais"
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, u, strings.NewReader(string(body)))
	if err := r.signer.SignRequest(request); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	r.nodes[node.ID].ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return nil, errors.New(answer.Body.String())
	}
	return answer.Body.Bytes(), nil
}

// cut makes calls to a node fail from now on, at "dial" or "read".
func (r *rig) cut(node, at string) {
	r.cutAt = at
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = node
}

func (r *rig) isCut(node string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return node == r.silent
}

// Leads, CreateBucket and DestroyEmptyBucket are the verbs of the primary.
func (r *rig) Leads() bool { return true }

func (r *rig) CreateBucket(ctx context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error {
	props := wire.DefaultProps(wire.ProviderAIS)
	if set != nil {
		var err error
		if props, err = set.Apply(props); err != nil {
			return err
		}
	}
	if err := cluster.CheckCreateBucket(r.State(), b, &props); err != nil {
		return err
	}
	r.apply(cluster.CreateBucket(b, props))
	made, _ := r.State().Buckets.Get(b)
	var all error
	for _, s := range r.stores {
		all = errors.Join(all, s.CreateBucket(ctx, made))
	}
	return all
}

func (r *rig) SetBucketProps(_ context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error {
	bucket, _ := r.State().Buckets.Get(b)
	props, err := set.Apply(*bucket.Props)
	if err != nil {
		return err
	}
	r.apply(cluster.SetBucketProps(bucket, props))
	return nil
}

func (r *rig) DestroyEmptyBucket(ctx context.Context, b wire.Bucket) error {
	bucket, _ := r.State().Buckets.Get(b)
	r.apply(cluster.RemoveBucket(bucket))
	return nil
}

// peers reach the objects of other targets.
type peers struct{ *rig }

func (p peers) Head(ctx context.Context, node *wire.Node, n store.Name) (*store.Object, error) {
	return p.verbs[node.ID].HeadLocal(ctx, n)
}

func (p peers) Read(ctx context.Context, node *wire.Node, n store.Name, offset, length int64) (io.ReadCloser, error) {
	c, err := p.verbs[node.ID].OpenLocal(ctx, n)
	if err != nil {
		return nil, err
	}
	return c.Section(ctx, n, offset, length)
}

func (p peers) HeadVersion(ctx context.Context, node *wire.Node, n store.Name, id string) (*store.Object, error) {
	return p.verbs[node.ID].VersionLocal(ctx, n, id)
}

func (p peers) ReadVersion(ctx context.Context, node *wire.Node, n store.Name, id string, offset, length int64) (io.ReadCloser, error) {
	c, err := p.verbs[node.ID].OpenVersionLocal(ctx, n, id)
	if err != nil {
		return nil, err
	}
	return c.Section(ctx, n, offset, length)
}

func (p peers) Upload(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim) (*store.UploadState, error) {
	return p.verbs[node.ID].UploadHere(ctx, p.at(node, u), c)
}

func (p peers) UploadContent(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim, after int) (io.ReadCloser, error) {
	content, _, err := p.verbs[node.ID].UploadContentHere(ctx, p.at(node, u), c, after)
	return content, err
}

func (p peers) DropUpload(ctx context.Context, node *wire.Node, u store.Upload, c objects.Claim) error {
	return p.verbs[node.ID].DropUploadHere(ctx, p.at(node, u), c)
}

// at is the upload in the store of a target.
func (p peers) at(node *wire.Node, u store.Upload) store.Upload {
	return p.stores[node.ID].Upload(u.Name, u.ID)
}

func (p peers) Write(context.Context, *wire.Node, store.Name, io.Reader, store.WriteOptions) error {
	return errs.Unsupported
}

func wireNode(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

// do sends a request, with headers given as pairs, to the gateway.
func (r *rig) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	return r.doAt(gateway, method, path, body, headers...)
}

func (r *rig) doAt(node, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://host/s3"+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.nodes[node].ServeHTTP(w, request)
	return w
}

// want is do for a request that is to be answered with that status.
func (r *rig) want(status int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	w := r.do(method, path, body, headers...)
	if w.Code != status {
		r.t.Fatalf("%s %s: got %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	return w
}

// refused is want for a request that is refused with a code of the API.
func (r *rig) refused(status int, code, method, path, body string, headers ...string) {
	r.t.Helper()
	w := r.want(status, method, path, body, headers...)
	check.Equal(r.t, between(w.Body.String(), "<Code>", "</Code>"), code)
}

// between is what stands between two texts for the first time.
func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// follow puts the map in force at all targets.
func (r *rig) follow() {
	for _, g := range r.gates {
		g.Follow(r.State().Map)
	}
}

func (r *rig) bucket(name string) *cluster.Bucket {
	b, _ := r.State().Buckets.Get(wire.Bucket{Name: name, Provider: wire.ProviderAIS})
	return b
}

// owner is the target that owns an object of the bucket.
func (r *rig) owner(object string) string {
	node, err := r.State().Map.Owner(store.Name{Bucket: r.bucket("b"), Object: object}.Digest())
	check.NoError(r.t, err)
	return node.ID
}
