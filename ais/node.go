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
	"aistore/jobs/archiving"
	"aistore/jobs/bucketcopy"
	"aistore/jobs/lifecycle"
	"aistore/jobs/listing"
	"aistore/jobs/multi"
	"aistore/jobs/promote"
	"aistore/jobs/summary"
	"aistore/module"
	"aistore/xaction"
)

// Options are what tests replace; the zero value is a real node.
type Options struct {
	node.Options
	Modules []module.Maker // nil is Modules()
	Primary bool           // a proxy that makes the cluster if there is none yet
	Targets int            // how many targets the primary waits for before it is ready
	Claims  bool           // a proxy that, whenever it has joined, is made the primary
	Standby bool           // it neither founds nor joins a cluster before an administrator joins it to one
}

// Modules are the modules of a target.
func Modules() []module.Maker {
	return []module.Maker{listing.Maker(), multi.Maker(), bucketcopy.Maker(), summary.Maker(), archiving.Maker(), promote.Maker(), lifecycle.Maker()}
}

// Node is one node of a cluster: a gateway, a target, or both in one process.
type Node struct {
	file    config.File
	options Options

	heir string // control URL of the cluster that the node has given way to; "" for none; of Run

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

// S3Port is the port for S3 alone, once the node has its ports; "" where there is
// none.
func (n *Node) S3Port() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.core == nil {
		return ""
	}
	return n.core.S3Port()
}

// Ready reports whether the node takes part in a cluster.
func (n *Node) Ready() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core != nil && n.core.Ready()
}

// Run runs the node until ctx ends, or the primary has told it to stop, and
// returns when its last goroutine has. Requests in flight are finished, new ones
// refused. A node that has left its cluster for good has forgotten it then. Errors: Invalid, Busy and
// Conflict as node.Open and fs.OpenMounts have them, or what a part failed with.
func (n *Node) Run(ctx context.Context) error {
	invited := n.options.Standby
	for {
		next, err := n.runOnce(ctx, invited)
		if err != nil || next == stops || ctx.Err() != nil {
			return err
		}
		invited = next == waits
	}
}

// sequel is what a node does that has stopped by itself.
type sequel int

const (
	stops    sequel = iota
	waits           // for an invitation
	restarts        // as it was started
)

// runOnce is Run until the node has left its cluster or is to start anew. With
// invited it waits for an invitation.
func (n *Node) runOnce(ctx context.Context, invited bool) (sequel, error) {
	core, err := node.Open(ctx, n.file, n.options.Options)
	if err != nil {
		return stops, err
	}
	defer core.Close()
	if n.heir != "" {
		core.AcceptFrom(n.heir)
	}
	a := &assembly{node: n, core: core, invited: invited}
	if err := a.build(ctx); err != nil {
		return stops, errors.Join(err, a.close())
	}
	n.announce(core, a.self)
	n.pin(a.self[0], core.S3Port())
	err = errors.Join(run.Parts(ctx, a.parts), a.close())
	order := core.Dismissal.Order()
	switch {
	case core.Dismissal.Restarts():
		return restarts, err
	case order == nil || !order.Forget:
		return stops, err
	case core.Dismissal.Heir() != "" && !core.Alone():
		return restarts, err // requests that were in flight have made something of its cluster
	}
	// Whoever stops the process now is not meant to stop this half-way.
	err = errors.Join(err, core.Forget(context.WithoutCancel(ctx), order.Wipe))
	if order.Stay {
		n.heir = core.Dismissal.Heir()
		return waits, err
	}
	return stops, err
}

// pin makes ports that the system has chosen those of this node, should it run on.
func (n *Node) pin(self *wire.Node, s3 string) {
	host := &n.file.HostNet
	for _, p := range []struct{ port, chosen *string }{
		{&host.Port, &self.Public.Port}, {&host.PortControl, &self.Control.Port}, {&host.PortData, &self.Data.Port}, {&host.PortS3, &s3},
	} {
		if *p.port == "0" {
			*p.port = *p.chosen
		}
	}
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
	specs  *xaction.Specs
	parts  []run.Named

	invited bool // the node neither founds nor joins a cluster before it is invited
}

// build makes the parts in the order in which they start: what others lean on
// comes first.
func (a *assembly) build(ctx context.Context) error {
	cfg := a.core.Config
	var err error
	if a.specs, err = module.Specs(a.node.options.Modules); err != nil {
		return err
	}
	if a.core.Meta, err = node.OpenMetadata(ctx, a.core, a.node.options.Primary && !a.invited); err != nil {
		return err
	}
	if cfg.IsTarget() {
		if a.target, err = target.New(ctx, a.core, a.id(wire.NodeTarget), a.node.options.Modules); err != nil {
			return err
		}
		a.parts = append(a.parts, a.target.Storage()...)
	}
	if a.core.Certificate != nil {
		a.add("certificate", a.core.Certificate)
	}
	a.add("log", node.NewLogKeeper(a.core))
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
	a.core.Nodes = a.self
	membership := a.membership()
	if a.leader != nil {
		a.add("primary", a.leader)
	}
	a.add("dismissal", a.core.Dismissal)
	a.add("membership", membership)
	if a.leader != nil {
		a.add("lifecycle", run.Func(a.proxy.KeepLifecycles))
	}
	if err := a.addServers(membership); err != nil {
		return err
	}
	if a.leader != nil {
		a.add("hand over", run.Func(a.leader.HandOver))
	}
	return nil
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
	var local proxy.Local
	if a.target != nil {
		local = a.target
	}
	if a.core.Electable() {
		a.leader = a.newPrimary()
		a.core.Leads = a.leader.Leads
	}
	a.proxy = proxy.New(a.core, id, a.leader, local, a.specs)
	a.self = append(a.self, a.proxy.Self())
}

func (a *assembly) addServers(m *node.Membership) error {
	router := a.core.Router(a.name())
	m.Routes(router)
	if a.proxy != nil {
		a.proxy.Routes(router)
	}
	if a.target != nil {
		a.target.Routes(router, a.proxy != nil)
	}
	forS3, err := a.addS3(router)
	if err != nil {
		return err
	}
	servers, err := a.core.Servers(router, forS3)
	a.parts = append(a.parts, servers...)
	return err
}

// name is how errors name the node: "p[id]" or "t[id]".
func (a *assembly) name() string { return a.self[0].Type[:1] + "[" + a.self[0].ID + "]" }

func (a *assembly) newPrimary() *primary.Primary {
	return primary.New(a.core.Meta.Log(), primary.Options{
		JoinSecret: node.JoinSecret,
		Nodes:      a.describe(),
		Address:    a.core.LogAddress(),
		Config:     a.core.Settings.Cluster,
		Sender:     a.core.Peers,
		Usher:      a.core.Peers,
		Dismiss:    a.core.Dismiss,
		Key:        a.core.Key.Bytes,
		Local:      a.core.ActAsPrimary,
		Logger:     a.core.Log,
		Asker:      a.core.Peers,
		Specs:      a.specs,
		Now:        a.core.Now,
	})
}

// describe is the process as others see it.
func (a *assembly) describe() []*wire.Node {
	nodes := []*wire.Node{a.core.Self(a.id(wire.NodeProxy), wire.NodeProxy)}
	if a.target != nil {
		nodes = append(nodes, a.target.Self())
	}
	return nodes
}

// membership makes the part that keeps the node in its cluster.
func (a *assembly) membership() *node.Membership {
	return &node.Membership{
		Core:    a.core,
		Nodes:   a.self,
		Primary: a.leader,
		Targets: a.node.options.Targets,
		Timeout: time.Duration(a.core.Cluster.Get().Timeout.Startup),
		Invited: a.invited,
		Claims:  a.node.options.Claims,
	}
}
