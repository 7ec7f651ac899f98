package target

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"aistore/ais/node"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/run"
	"aistore/memsys"
	"aistore/module"
	"aistore/store"
)

// Target is the storing role of a node. New opens its mountpaths; Parts run it.
type Target struct {
	core    *node.Core
	id      string
	self    *wire.Node
	mounts  *fs.Mounts
	store   *store.Store
	verbs   *objects.Verbs
	modules *module.Attached
	small   *memsys.Pool
	log     *slog.Logger
	applied atomic.Pointer[cluster.State] // what the target has acted on
	places  sync.Map                      // of place, by mountpath
}

// New opens the mountpaths of a target and wires its store, verbs and modules.
// Nothing runs before Parts do. Errors: those of fs.OpenMounts and store.New.
func New(ctx context.Context, core *node.Core, id string, makers []module.Maker) (*Target, error) {
	t := &Target{core: core, id: id, self: core.Self(id, wire.NodeTarget), log: core.Log.With("node", id)}
	t.applied.Store(cluster.NewState())
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
	})
	if err != nil {
		return err
	}
	t.verbs = objects.New(t.id, t.store, t.applied.Load, &peers{t.core.Peers, t.core.Cluster})
	t.core.Meta.OnApply(t.apply)
	t.modules, err = module.Attach(makers, module.Host{
		Node: t.id, Objects: t.store, State: t.applied.Load,
		Limits: t.core.Cluster.Get().Limits, Metrics: t.core.Scope, Log: t.log,
	})
	return err
}

// Self is the target as the cluster map knows it.
func (t *Target) Self() *wire.Node { return t.self }

// Storage are the parts that everything else of the target leans on.
func (t *Target) Storage() []run.Named {
	return []run.Named{
		{Name: "buffers", Part: run.Func(t.small.Run)},
		{Name: "mountpaths", Part: run.Func(t.mounts.Run)},
		{Name: "store", Part: run.Func(t.store.Run)},
	}
}

// Close releases the mountpaths, if the parts have not run.
func (t *Target) Close() error { return t.mounts.Close() }

// Modules are the parts of the modules that have work of their own.
func (t *Target) Modules() []run.Named {
	var parts []run.Named
	for _, r := range t.modules.Runners {
		parts = append(parts, run.Named{Name: "module", Part: run.Func(r.Run)})
	}
	return parts
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
	switch r.Method {
	case http.MethodGet:
		return t.getObject(w, r, q)
	case http.MethodHead:
		return t.headObject(w, r, q)
	case http.MethodPut:
		return t.putObject(w, r, q)
	case http.MethodDelete:
		return t.deleteObject(w, r, q)
	}
	return errs.E("target.ServeObject", r.Method, errs.Method, nil)
}
