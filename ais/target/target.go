package target

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"aistore/ais/node"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
	"aistore/internal/run"
	"aistore/memsys"
	"aistore/metrics"
	"aistore/module"
	"aistore/store"
	"aistore/store/shard"
	"aistore/xaction"
)

// Target is the storing role of a node. New opens its mountpaths; Parts run it.
type Target struct {
	core    *node.Core
	id      string
	self    *wire.Node
	mounts  *fs.Mounts
	store   *store.Store
	verbs   *objects.Verbs
	members *objects.Archives
	shards  *shard.Shards
	gate    *objects.Gate
	modules *module.Attached
	jobs    *xaction.Registry
	router  atomic.Pointer[rest.Router] // nil before Routes
	routes  rest.ObjectRoutes           // not through atOwner
	begun   *reservations               // changes that this target has let happen, and that have not come yet
	small   *memsys.Pool
	log     *slog.Logger
	applied atomic.Pointer[cluster.State] // what the target has acted on
	places  sync.Map                      // of place, by mountpath

	staleReads *metrics.Counter
}

// New opens the mountpaths of a target and wires its store, verbs and modules.
// Nothing runs before Parts do. Errors: those of fs.OpenMounts and store.New.
func New(ctx context.Context, core *node.Core, id string, makers []module.Maker) (*Target, error) {
	t := &Target{core: core, id: id, self: core.Self(id, wire.NodeTarget), log: core.Log.With("node", id)}
	t.applied.Store(cluster.NewState())
	t.staleReads = core.Scope.Counter("read_without_lease_total", "reads answered out of touch with the primary, and marked so")
	var err error
	if t.small, err = memsys.New(memsys.Options{}); err != nil {
		return nil, err
	}
	if t.mounts, err = fs.OpenMounts(ctx, mountOptions(core, id)); err != nil {
		return nil, err
	}
	if err := t.wire(makers); err != nil {
		return nil, errors.Join(err, t.mounts.Close())
	}
	return t, nil
}

// wire puts store, verbs and modules on top of the mountpaths.
func (t *Target) wire(makers []module.Maker) (err error) {
	t.store, err = store.New(t.mounts, store.Options{
		Incarnation: t.core.Identity.Incarnation,
		Pool:        t.small,
		Log:         t.log,
		Metrics:     t.core.Scope,
		CacheBytes:  t.core.Cluster.Get().Limits.MetadataCache,
		Uploads:     t.uploadLimits,
	})
	if err != nil {
		return err
	}
	t.gate = objects.NewGate(t.id, objects.GateOptions{Lease: lease{t.core}, Patience: t.patience, Fenced: t.core.TellPrimary})
	t.core.Writes = func() (int64, int64) { return t.gate.Version(), t.gate.Fenced() }
	t.verbs = objects.New(t.id, t.store, t.gate, t.applied.Load, writers{&peers{t.core.Peers, t.core.Cluster}, t})
	t.routes = t.objectRoutes()
	shards, err := shard.New(t.store, shard.Options{
		Members: t.core.Cluster.Get().Limits.ArchiveMembers, Pool: t.small, Log: t.log, Metrics: t.core.Scope,
		MaxSize: func() int64 { return int64(t.core.Cluster.Get().Limits.ObjectSize) },
	})
	if err != nil {
		return err
	}
	t.shards, t.members = shards, objects.NewArchives(t.verbs, shards)
	t.begun = newReservations()
	t.core.Meta.OnApply(t.apply)
	if err := t.openJobs(makers); err != nil {
		return err
	}
	t.modules, err = module.Attach(makers, module.Host{
		Node: t.id, Objects: t.store, Members: shards, State: t.applied.Load,
		Config: t.core.Cluster, Metrics: t.core.Scope, Log: t.log,
		Mounts: t.mounts.Available, Verbs: jobVerbs{t}, Peers: t.core.Peers, Foreign: t.mayPromote,
	})
	if err != nil {
		return errors.Join(err, t.jobs.Close())
	}
	for kind, work := range t.modules.Work {
		t.jobs.Handle(kind, work)
	}
	return nil
}

// Self is the target as the cluster map knows it.
func (t *Target) Self() *wire.Node { return t.self }

// Storage are the parts that everything else of the target leans on.
func (t *Target) Storage() []run.Named {
	return []run.Named{
		{Name: "buffers", Part: run.Func(t.small.Run)},
		{Name: "mountpaths", Part: run.Func(t.mounts.Run)},
		{Name: "store", Part: run.Func(t.store.Run)},
		{Name: "archives", Part: run.Func(t.shards.Run)},
		{Name: "gate", Part: run.Func(t.gate.Run)},
		{Name: "changes begun", Part: run.Func(t.keepReservations)},
	}
}

// patience is how long a write may hold up a change of the placement: so long
// that the primary, which waits twice the time, hears of it.
func (t *Target) patience() time.Duration {
	return t.core.Cluster.Get().Timeout.ControlPlane.Std() / 2
}

// uploadLimits are what the cluster's configuration allows now.
func (t *Target) uploadLimits() store.UploadLimits {
	cfg := t.core.Cluster.Get()
	return store.UploadLimits{Open: cfg.Limits.Uploads, Parts: cfg.Limits.UploadParts, Time: cfg.Space.UploadTime}
}

// Close releases the mountpaths, if the parts have not run.
func (t *Target) Close() error { return errors.Join(t.jobs.Close(), t.mounts.Close()) }

// Modules are the parts of the modules that have work of their own.
func (t *Target) Modules() []run.Named {
	var parts []run.Named
	for _, r := range t.modules.Runners {
		parts = append(parts, run.Named{Name: "module", Part: run.Func(r.Run)})
	}
	return append(parts, run.Named{Name: "jobs", Part: t.jobs})
}

// name resolves the object that a request is for.
func (t *Target) name(q *rest.ObjectRequest) (store.Name, error) {
	b, err := t.verbs.Bucket(q.Bucket)
	if err != nil {
		return store.Name{}, err
	}
	return store.Name{Bucket: b, Object: q.Object}, nil
}

// ServeObject answers an object request in process, for a gateway that shares
// the process and has checked the caller's rights.
func (t *Target) ServeObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	return t.routes.Serve(w, r, q)
}

// ActOnObject is ServeObject for an action on an object, or on a bucket.
func (t *Target) ActOnObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	return t.routes.Act(w, r, q, a)
}
