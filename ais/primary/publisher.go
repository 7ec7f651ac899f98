package primary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/run"
)

// Sender carries a sync message to a node over the control network.
type Sender interface {
	Sync(ctx context.Context, node *wire.Node, m *SyncMessage) (*SyncReply, error)
}

// Bounds of the publisher. A node silent for suspectAfter no longer holds up a
// client's change; it is still pushed to, ever more rarely, until it answers.
const (
	suspectAfter = 2 * time.Second
	pushTimeout  = 2 * time.Second
	minBackoff   = 50 * time.Millisecond
	maxBackoff   = 2 * time.Second
)

// Publisher pushes committed changes to the nodes that do not vote. One
// goroutine serves each node, so a slow one holds up nobody else.
type Publisher struct {
	log    *quorum.Log
	self   map[string]bool // ids of this process
	sender Sender
	logger *slog.Logger
	group  run.Group
	wake   chan struct{} // capacity 1: the state changed

	mu        sync.Mutex
	followers map[string]*follower // guarded by mu, by node id
	moved     chan struct{}        // guarded by mu; closed and replaced on each acknowledgement
}

// follower is one node that is pushed to.
type follower struct {
	node      *wire.Node    // guarded by Publisher.mu
	acked     uint64        // guarded by Publisher.mu; 0 is nothing yet
	suspected bool          // guarded by Publisher.mu
	wake      chan struct{} // capacity 1: there may be something to push
	back      chan struct{} // capacity 1: the node has said that it is there
	stop      context.CancelFunc
}

// NewPublisher makes the publisher of the node that has the given ids. It
// pushes nothing until Run.
func NewPublisher(log *quorum.Log, self []string, sender Sender, logger *slog.Logger) *Publisher {
	p := &Publisher{
		log:       log,
		self:      map[string]bool{},
		sender:    sender,
		logger:    logger,
		wake:      make(chan struct{}, 1),
		followers: map[string]*follower{},
		moved:     make(chan struct{}),
	}
	for _, id := range self {
		p.self[id] = true
	}
	log.OnChange(func(*cluster.State) { notify(p.wake) })
	return p
}

// Run pushes until ctx ends.
func (p *Publisher) Run(ctx context.Context) error {
	defer p.group.Wait()
	for {
		p.reconcile(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
	}
}

// reconcile starts a goroutine for each new node of the map, ends those of nodes
// that left, and wakes the others.
func (p *Publisher) reconcile(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	present := map[string]bool{}
	for _, node := range allNodes(p.log.State().Map) {
		if p.self[node.ID] {
			continue
		}
		present[node.ID] = true
		if f, ok := p.followers[node.ID]; ok {
			f.node = node
			notify(f.wake)
			continue
		}
		p.follow(ctx, node)
	}
	for id, f := range p.followers {
		if !present[id] {
			f.stop()
			delete(p.followers, id)
		}
	}
	p.signal()
}

// signal wakes those who wait. The caller holds mu.
func (p *Publisher) signal() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// follow starts pushing to a node. The caller holds mu.
func (p *Publisher) follow(ctx context.Context, node *wire.Node) {
	ctx, stop := context.WithCancel(ctx)
	f := &follower{node: node, wake: make(chan struct{}, 1), back: make(chan struct{}, 1), stop: stop}
	p.followers[node.ID] = f
	notify(f.wake)
	p.group.Go(func() {
		defer stop()
		p.serve(ctx, f)
	})
}

// serve pushes to one node whenever it is behind, until ctx ends.
func (p *Publisher) serve(ctx context.Context, f *follower) {
	var failing time.Time
	backoff := minBackoff
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		began := time.Now()
		err := p.push(ctx, f)
		if err == nil {
			failing, backoff = time.Time{}, minBackoff
			continue
		}
		if failing.IsZero() {
			failing = began
		}
		pause := backoff
		if silent := time.Since(failing); silent < suspectAfter {
			pause = min(pause, suspectAfter-silent)
		} else {
			p.suspect(f, err)
		}
		backoff = min(2*backoff, maxBackoff)
		select {
		case <-ctx.Done():
			return
		case <-f.back:
			failing, backoff = time.Time{}, minBackoff
		case <-time.After(pause):
		}
		notify(f.wake)
	}
}

// Welcome ends the suspicion of a node that has said that it is there: changes
// wait for it again, from now on.
func (p *Publisher) Welcome(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.followers[id]; ok {
		f.suspected = false
		notify(f.back)
	}
}

// push sends what the node lacks, if anything.
func (p *Publisher) push(ctx context.Context, f *follower) error {
	p.mu.Lock()
	node, acked := f.node, f.acked
	p.mu.Unlock()
	for {
		m, err := p.message(acked)
		if err != nil {
			return err
		}
		if m == nil {
			return nil
		}
		reply, err := p.send(ctx, node, m)
		switch {
		case err != nil:
			return err
		case reply.NeedFull && m.Snapshot == nil:
			acked = 0
			continue
		case reply.NeedFull, reply.Index <= acked:
			return errs.E("primary.push", node.ID, errs.Unavailable, errors.New("the node does not take in what it is sent"))
		}
		acked = reply.Index
		p.acknowledge(f, acked)
	}
}

func (p *Publisher) send(ctx context.Context, node *wire.Node, m *SyncMessage) (*SyncReply, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	return p.sender.Sync(ctx, node, m)
}

// message is what a node that has applied everything up to acked needs next; nil
// when that is all there is.
func (p *Publisher) message(acked uint64) (*SyncMessage, error) {
	if acked != 0 && acked >= p.log.State().Position.Index {
		return nil, nil
	}
	if acked != 0 {
		if m, ok := p.delta(acked); ok {
			return m, nil
		}
	}
	return p.full()
}

// delta is what follows the entry of index acked, if that is still in memory.
func (p *Publisher) delta(acked uint64) (*SyncMessage, bool) {
	entries, ok := p.log.Since(acked)
	if !ok || len(entries) == 0 {
		return nil, false
	}
	m := &SyncMessage{}
	for _, e := range entries {
		m.Entries = e.Append(m.Entries)
	}
	return m, true
}

// full is the whole state.
func (p *Publisher) full() (*SyncMessage, error) {
	snapshot, err := p.log.State().Encode()
	return &SyncMessage{Snapshot: snapshot}, err
}

func (p *Publisher) acknowledge(f *follower, index uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.suspected {
		p.logger.Info("node answers again", "node", f.node.ID)
	}
	f.acked, f.suspected = index, false
	p.signal()
}

func (p *Publisher) suspect(f *follower, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.suspected {
		return
	}
	f.suspected = true
	p.logger.Warn("node does not take changes, no longer waiting for it", "node", f.node.ID, "err", err)
	p.signal()
}

// Wait returns when every node that is not suspected has applied the entry of an
// index, which is committed, or when ctx ends. Errors: Unavailable, Canceled.
func (p *Publisher) Wait(ctx context.Context, index uint64) error {
	if err := p.await(ctx, func() bool { return p.applied(index) }); err != nil {
		return errs.E("primary.Wait", "", "", fmt.Errorf("the change is made, but not every node has answered that it knows: %w", err))
	}
	return nil
}

// await returns when holds does, looking whenever the state changes or a node
// acknowledges, or with the error of ctx.
func (p *Publisher) await(ctx context.Context, holds func() bool) error {
	for {
		p.mu.Lock()
		moved := p.moved
		p.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

func (p *Publisher) applied(index uint64) bool {
	nodes := allNodes(p.log.State().Map)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, node := range nodes {
		if p.self[node.ID] {
			continue
		}
		f, ok := p.followers[node.ID]
		if !ok || f.acked < index && !f.suspected {
			return false
		}
	}
	return true
}

// Suspected reports whether changes no longer wait for a node.
func (p *Publisher) Suspected(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.followers[id]
	return ok && f.suspected
}

// allNodes are the nodes of a map in every role.
func allNodes(m *cluster.Map) []*wire.Node {
	return append(append([]*wire.Node{}, m.Proxies()...), m.Targets()...)
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
