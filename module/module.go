package module

import (
	"context"
	"fmt"
	"log/slog"
	"maps"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/fs"
	"aistore/metrics"
	"aistore/store"
	"aistore/store/shard"
	"aistore/xaction"
)

// Maker describes one module.
type Maker struct {
	Name string                     // lower case, unique; also the path element of its peer calls
	Make func(Host) (Module, error) // makes the module; starts nothing

	Specs []xaction.Spec // kinds of jobs that the module does, see JobWorker
}

// Module is one capability of a target. Whatever else it can do it says by
// implementing hooks.
type Module interface {
	// Name is the name of the Maker.
	Name() string
}

// Host is what a target lends to its modules. All of it may be used from any
// goroutine, from Make until the module's Run has returned.
type Host struct {
	Node    string                       // id of the target
	Objects Objects                      // the objects of this target
	Members Members                      // the members of the archives among them
	State   func() *cluster.State        // what the cluster agreed on last; never nil
	Config  *config.Live[config.Cluster] // settings that are in force on this node
	Mounts  func() []*fs.Mountpath       // those available
	Verbs   Verbs                        // objects of the cluster
	Peers   Peers                        // twins on other targets
	Foreign func(path string) error      // nil unless a path is in a directory of the node's own: Forbidden
	Metrics *metrics.Scope
	Log     *slog.Logger
}

// Objects is the part of the store that modules see.
type Objects interface {
	Walk(ctx context.Context, b *cluster.Bucket, o store.WalkOptions) (*store.Walker, error)
	Versions(ctx context.Context, n store.Name) ([]*store.Object, error)
}

// Members is the part of the archives among the objects that modules see.
type Members interface {
	// Members returns the members of an archive that o selects. Errors: those of
	// the store; Invalid, TooLarge, Unsupported (the object is no archive that is
	// taken).
	Members(ctx context.Context, n store.Name, o shard.MembersOptions) (shard.Members, error)
}

// Peers carries calls to modules of other nodes.
type Peers interface {
	// Call sends body to the module of that name on a node and returns its
	// answer. Errors keep their kind across the network; a node that cannot be
	// reached is errs.Unavailable.
	Call(ctx context.Context, node *wire.Node, to PeerAddress, body []byte) ([]byte, error)
}

// PeerAddress says which call of which module a peer request is for.
type PeerAddress struct {
	Module string
	Call   string
	Bucket wire.Bucket
}

// PeerCall answers a twin on another node. The body is read whole and is
// bounded by the limits of the node; the reply is sent as it is.
type PeerCall func(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error)

// Runner is a module with work of its own: Run returns when ctx ends and the
// last goroutine of the module has.
type Runner interface {
	Run(ctx context.Context) error
}

// PeerCaller is a module that other nodes may call.
type PeerCaller interface {
	PeerCalls() map[string]PeerCall
}

// BucketWatcher is told of every bucket that appeared, changed or was destroyed,
// after the cluster agreed on it. Old is nil for a new bucket, now is nil for a
// destroyed one.
type BucketWatcher interface {
	BucketChanged(old, now *cluster.Bucket)
}

// BucketChecker may refuse what a bucket is to be, before the cluster agrees on it:
// what the target cannot hold. Old is nil for a new bucket. The error is what the
// client gets: Invalid, with a sentence that says what to change. It must not wait.
type BucketChecker interface {
	CheckBucket(old *cluster.Bucket, props *wire.BucketProps) error
}

// MapWatcher is told of every cluster map that comes into force on the target,
// after the target acts by it, and of the one before: it may have skipped some in
// between, and the first one follows the map of no cluster. It must not wait:
// changes of the cluster do.
//
// It is where objects begin to move. A target is placed, or no longer, when
// now.InForce differs from old.InForce; as long as now.Placements has earlier
// ones, objects may still be where those say. A target that goes out of service
// waits to stop, or to leave, until no placement names it; see
// cluster.Departures.
type MapWatcher interface {
	MapChanged(old, now *cluster.Map)
}

// Specs are the kinds of jobs of modules. Errors: Internal (two of one name).
func Specs(makers []Maker) (*xaction.Specs, error) {
	var all []xaction.Spec
	for _, maker := range makers {
		all = append(all, maker.Specs...)
	}
	return xaction.NewSpecs(all...)
}

// Attached is the set of modules of a target, with their hooks.
type Attached struct {
	Modules  []Module
	Runners  []Runner
	Watchers []BucketWatcher
	Checkers []BucketChecker
	Maps     []MapWatcher
	Calls    map[string]map[string]PeerCall // by module, then by call
	Work     map[string]xaction.Work        // by kind of job
}

// Attach makes every module for the host and finds its hooks.
func Attach(makers []Maker, host Host) (*Attached, error) {
	a := &Attached{Calls: map[string]map[string]PeerCall{}, Work: map[string]xaction.Work{}}
	for _, maker := range makers {
		m, err := maker.Make(host)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", maker.Name, err)
		}
		a.Modules = append(a.Modules, m)
		a.findHooks(maker.Name, m)
	}
	return a, nil
}

func (a *Attached) findHooks(name string, m Module) {
	if r, ok := m.(Runner); ok {
		a.Runners = append(a.Runners, r)
	}
	if w, ok := m.(BucketWatcher); ok {
		a.Watchers = append(a.Watchers, w)
	}
	if c, ok := m.(BucketChecker); ok {
		a.Checkers = append(a.Checkers, c)
	}
	if w, ok := m.(MapWatcher); ok {
		a.Maps = append(a.Maps, w)
	}
	if c, ok := m.(PeerCaller); ok {
		a.Calls[name] = c.PeerCalls()
	}
	if j, ok := m.(JobWorker); ok {
		maps.Copy(a.Work, j.Jobs())
	}
}
