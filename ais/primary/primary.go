package primary

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/xaction"
)

// Primary is the side of an electable proxy that leads the cluster whenever the
// log elects it. The verbs may be called from any goroutine; each returns
// errs.Unavailable while this node does not lead.
type Primary struct {
	log    *quorum.Log
	o      Options
	turned chan struct{} // capacity 1: this node may have begun to lead, or ceased to
	ceased atomic.Int64  // how often this node has ceased to lead
	shares shares
	names  names         // of buckets that are being changed
	begun  atomic.Uint64 // changes that targets were asked about

	placing *placing // leases, and changes of the placement

	working   atomic.Pointer[publisher] // pushes; nil unless this node leads
	announced atomic.Pointer[publisher] // working, once this node is the primary of the map

	mu      sync.Mutex
	heard   map[string]heard // guarded by mu; by node id, since this node leads
	pupils  map[string]pupil // guarded by mu; logs that learn, or have failed to, by their ids
	reign   string           // guarded by mu; of the time for which this node leads
	prefer  string           // guarded by mu; id of the proxy that an administrator wants as primary
	changed chan struct{}    // guarded by mu; closed and replaced when announced changes
}

// Options are what a Primary needs beside the log.
type Options struct {
	Nodes   []*wire.Node           // this process, in each of its roles, the gateway first
	Address string                 // where other logs reach this one
	Config  func() *config.Cluster // what a new cluster begins with
	Sender  Sender
	Usher   Usher                       // talks to nodes that leave, or come on invitation
	Dismiss func(*LeaveOrder) error     // carries out an order on this process
	Key     func() []byte               // the cluster key, handed to nodes that join
	Local   func(context.Context) error // makes this process act on the current state
	Logger  *slog.Logger
	Asker   Asker                  // asks targets about changes that they may refuse
	Specs   *xaction.Specs         // kinds of jobs
	Now     func() liveness.Moment // the clock by which leases run; nil is one that stands still while the machine is suspended

	// JoinSecret is what a joining node must know by the configuration of the
	// cluster; empty, or a nil function, admits any node that reaches the
	// control network. An error refuses all.
	JoinSecret func(*config.Cluster) ([]byte, error)
}

// New makes a Primary over a log. It leads nothing before Run.
func New(log *quorum.Log, o Options) *Primary {
	p := &Primary{log: log, o: o, turned: make(chan struct{}, 1), heard: map[string]heard{}, changed: make(chan struct{})}
	if o.Now == nil {
		origin := time.Now()
		p.o.Now = func() liveness.Moment { return liveness.Moment(time.Since(origin)) }
	}
	p.placing = newPlacing(p)
	log.OnChange(func(*cluster.State) {
		if publisher := p.working.Load(); publisher != nil {
			notify(publisher.wake)
		}
	})
	log.OnLead(func(leads bool) {
		if !leads {
			p.ceased.Add(1)
		}
		notify(p.turned)
	})
	return p
}

// Run leads whenever the log says so, until ctx ends.
func (p *Primary) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.turned:
		}
		for ctx.Err() == nil && p.log.IsLeader() { // again, if it has ceased to meanwhile
			p.lead(ctx)
		}
	}
}

// lead does the work of the primary until this node no longer is, or ctx ends. It
// also returns when another node may have led in between: that may have granted
// leases.
func (p *Primary) lead(ctx context.Context) {
	era := p.ceased.Load()
	if !p.log.IsLeader() {
		return
	}
	defer p.publish(nil)
	ctx, stop := context.WithCancel(ctx)
	var work run.Group
	defer work.Wait()
	defer stop()
	p.begin()
	pushing := newPublisher(p.log, p.selfIDs(), p.o.Sender, p.o.Logger)
	pushing.summon, pushing.answered, pushing.doubt = p.summon, p.placing.answered, p.placing.doubt
	p.working.Store(pushing)
	defer p.working.Store(nil)
	work.Go(func() { pushing.run(ctx) })
	work.Go(func() { p.announce(ctx, pushing) })
	work.Go(func() { p.keepVoters(ctx) })
	work.Go(func() { p.seeOff(ctx) })
	work.Go(func() { p.placing.watch(ctx, pushing) })
	work.Go(func() { p.placing.keep(ctx) })
	for p.log.IsLeader() && p.ceased.Load() == era {
		select {
		case <-ctx.Done():
			return
		case <-p.turned:
		}
	}
	p.o.Logger.Info("no longer the primary")
}

// begin forgets what was known of nodes when this node led before.
func (p *Primary) begin() {
	p.mu.Lock()
	p.heard, p.pupils, p.prefer, p.reign = map[string]heard{}, nil, "", rand.Text()
	p.mu.Unlock()
	p.placing.begin()
}

// ruling names the time for which this node leads.
func (p *Primary) ruling() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reign
}

// announce makes this node the primary of the map; from then on its verbs work.
func (p *Primary) announce(ctx context.Context, pushing *publisher) {
	for ctx.Err() == nil {
		err := p.found(ctx)
		if err == nil {
			err = p.o.Local(ctx)
		}
		if err == nil {
			p.o.Logger.Info("this node is the primary")
			p.publish(pushing)
			return
		}
		p.o.Logger.Warn("cannot announce the new primary", "err", err)
		if !sleep(ctx, minBackoff) {
			return
		}
	}
}

// publish lets the verbs work, with the given publisher, or with nil no longer.
func (p *Primary) publish(pushing *publisher) {
	p.announced.Store(pushing)
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Primary) selfIDs() []string {
	ids := make([]string, len(p.o.Nodes))
	for i, n := range p.o.Nodes {
		ids[i] = n.ID
	}
	return ids
}

// Leads reports whether this node is the primary, as far as it knows.
func (p *Primary) Leads() bool { return p.announced.Load() != nil && p.log.IsLeader() }

// Changed returns a channel that is closed when Leads may answer otherwise.
func (p *Primary) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// leading returns the publisher of a node that leads. Errors: Unavailable.
func (p *Primary) leading() (*publisher, error) {
	if pushing := p.announced.Load(); pushing != nil {
		return pushing, nil
	}
	return nil, NotPrimary(p.o.Nodes[0].ID)
}

// NotPrimary is the error of a node that does not lead: nothing has happened.
func NotPrimary(id string) error {
	e := errs.E("primary", id, errs.Unavailable, nil)
	e.Code, e.Public, e.RetryAfter = quorum.CodeNotPrimary, "this gateway is not the primary", time.Second
	return e
}

// Untouched reports whether an error says that the change it is the answer to was
// not made, and may be when there is a primary again.
func Untouched(err error) bool { return errs.CodeOf(err) == quorum.CodeNotPrimary }

// propose makes a change, and acts on it here; it does not wait for others.
func (p *Primary) propose(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) (*cluster.State, error) {
	state, err := p.log.Propose(ctx, makes)
	if err != nil {
		return nil, err
	}
	return state, p.o.Local(ctx)
}

// commit makes a change and waits until every node that is not suspected has
// applied it.
func (p *Primary) commit(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) error {
	pushing, err := p.leading()
	if err != nil {
		return err
	}
	state, err := p.propose(ctx, makes)
	if err != nil {
		return err
	}
	return pushing.wait(ctx, state.Position.Index)
}

// AwaitState returns when this node leads and the state of the cluster is as
// holds says, or with the error of ctx.
func (p *Primary) AwaitState(ctx context.Context, holds func(*cluster.State) bool) error {
	for {
		changed := p.Changed()
		if pushing := p.announced.Load(); pushing != nil {
			err := pushing.await(ctx, func() bool { return holds(p.log.State()) })
			if !errors.Is(err, errOver) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Verify returns nil if this node led the cluster at some time after the call,
// as a majority says: its state then has every change acknowledged before.
// Errors: Unavailable.
func (p *Primary) Verify(ctx context.Context) error {
	if err := p.log.Verify(ctx); err != nil {
		return err
	}
	return p.o.Local(ctx)
}

// config is the configuration that the cluster has agreed on.
func (p *Primary) config() *config.Cluster {
	if s := p.log.State(); s.Initialized() {
		return s.Config
	}
	return p.o.Config()
}

// unixNow is the creation time recorded with a bucket; nothing is ever decided
// by it.
func unixNow() int64 { return time.Now().UnixNano() }
