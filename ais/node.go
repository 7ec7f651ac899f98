package ais

import (
	"context"
	"errors"
	"sync"
	"time"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/proxy"
	"aistore/ais/target"
	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/run"
	"aistore/jobs/listing"
	"aistore/module"
)

// Options are what tests replace; the zero value is a real node.
type Options struct {
	node.Options
	Modules []module.Maker // nil is Modules()
	Primary bool           // a proxy that makes the cluster if there is none yet
	Targets int            // how many targets the primary waits for before it is ready
}

// Modules are the modules of a target.
func Modules() []module.Maker {
	return []module.Maker{listing.Maker()}
}

// Node is one node of a cluster: a gateway, a target, or both in one process.
type Node struct {
	file    config.File
	options Options

	opened chan struct{} // closed when self is set
	mu     sync.Mutex
	self   []*wire.Node // guarded by mu
	core   *node.Core   // guarded by mu
}

// New makes a node that runs nothing yet. Errors: Invalid.
func New(file config.File, o Options) (*Node, error) {
	if err := file.Node.Validate(); err != nil {
		return nil, err
	}
	if o.Modules == nil {
		o.Modules = Modules()
	}
	return &Node{file: file, options: o, opened: make(chan struct{})}, nil
}

// Self waits until the node has its ports and returns it as others see it: one
// entry for each of its roles, the gateway first. It returns nil when ctx ends
// before.
func (n *Node) Self(ctx context.Context) []*wire.Node {
	select {
	case <-ctx.Done():
		return nil
	case <-n.opened:
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.self
	}
}

// Ready reports whether the node takes part in a cluster.
func (n *Node) Ready() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core != nil && n.core.Ready()
}

// Run runs the node until ctx ends, and returns when its last goroutine has.
// Requests in flight are finished, new ones refused. Errors: Invalid, Busy and
// Conflict as node.Open and fs.OpenMounts have them, or what a part failed with.
func (n *Node) Run(ctx context.Context) error {
	core, err := node.Open(ctx, n.file, n.options.Options)
	if err != nil {
		return err
	}
	defer core.Close()
	a := &assembly{node: n, core: core}
	if err := a.build(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	n.announce(core, a.self)
	return errors.Join(run.Parts(ctx, a.parts), a.close())
}

func (n *Node) announce(core *node.Core, self []*wire.Node) {
	n.mu.Lock()
	n.core, n.self = core, self
	n.mu.Unlock()
	select {
	case <-n.opened:
	default:
		close(n.opened)
	}
}

// assembly is a node being put together.
type assembly struct {
	node   *Node
	core   *node.Core
	target *target.Target
	proxy  *proxy.Proxy
	leader *primary.Primary
	self   []*wire.Node
	parts  []run.Named
}

// build makes the parts in the order in which they start: what others lean on
// comes first.
func (a *assembly) build(ctx context.Context) error {
	cfg := a.core.Config
	var err error
	if a.core.Meta, err = node.OpenMetadata(ctx, a.core, a.node.options.Primary); err != nil {
		return err
	}
	if cfg.IsTarget() {
		if a.target, err = target.New(ctx, a.core, a.id(wire.NodeTarget), a.node.options.Modules); err != nil {
			return err
		}
		a.parts = append(a.parts, a.target.Storage()...)
	}
	a.add("metadata", a.core.Meta)
	if a.target != nil {
		a.parts = append(a.parts, a.target.Modules()...)
	}
	if cfg.IsProxy() {
		a.buildProxy()
	}
	if a.target != nil {
		a.self = append(a.self, a.target.Self())
	}
	a.addMembership()
	return a.addServers()
}

// close releases what parts that have run have released already: those behind
// a part that failed to start have not.
func (a *assembly) close() error {
	var err error
	if a.target != nil {
		err = a.target.Close()
	}
	if a.core.Meta != nil {
		err = errors.Join(err, a.core.Meta.Close())
	}
	return err
}

func (a *assembly) add(name string, part run.Part) {
	a.parts = append(a.parts, run.Named{Name: name, Part: part})
}

// id is the id of a role. A process with both roles has two, made from one.
func (a *assembly) id(role string) string {
	if a.core.Config.Role == config.RoleAll {
		return role[:1] + a.core.Identity.ID
	}
	return a.core.Identity.ID
}

func (a *assembly) buildProxy() {
	id := a.id(wire.NodeProxy)
	if log := a.core.Meta.Log(); log != nil {
		ids := []string{id, a.id(wire.NodeTarget)}
		publisher := primary.NewPublisher(log, ids, a.core.Peers, a.core.Log)
		a.leader = primary.New(log, publisher, primary.Options{
			Key:        a.core.Key.Bytes,
			JoinSecret: node.JoinSecret,
			Local:      a.core.Meta.Apply,
			Logger:     a.core.Log,
		})
		a.add("publisher", publisher)
	}
	var local proxy.Local
	if a.target != nil {
		local = a.target
	}
	a.proxy = proxy.New(a.core, id, a.leader, local)
	a.self = append(a.self, a.proxy.Self())
}

func (a *assembly) addServers() error {
	router := a.core.Router(a.name())
	if a.proxy != nil {
		a.proxy.Routes(router)
	}
	if a.target != nil {
		a.target.Routes(router, a.proxy != nil)
	}
	servers, err := a.core.Servers(router)
	a.parts = append(a.parts, servers...)
	return err
}

// name is how errors name the node: "p[id]" or "t[id]".
func (a *assembly) name() string { return a.self[0].Type[:1] + "[" + a.self[0].ID + "]" }

func (a *assembly) addMembership() {
	if a.leader != nil {
		a.add("founder", &node.Founder{
			Core: a.core, Nodes: a.self, Primary: a.leader,
			Targets: a.node.options.Targets,
			Timeout: time.Duration(a.core.Cluster.Get().Timeout.Startup),
		})
		return
	}
	a.add("joiner", &node.Joiner{Core: a.core, Nodes: a.self})
}
