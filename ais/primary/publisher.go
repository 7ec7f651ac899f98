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

// Sender reaches nodes over the control network.
type Sender interface {
	// Probe asks a node whether it lives, and returns how often it has started.
	Probe(ctx context.Context, node *wire.Node) (incarnation uint64, err error)
	// Sync carries changes to a node.
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

// publisher pushes committed changes to every node but those of this process, for
// as long as this node leads. A node that votes has them in its log already, and
// says so. One goroutine serves each node, so a slow one holds up nobody else.
type publisher struct {
	log     *quorum.Log
	self    map[string]bool // ids of this process
	deposed string          // id of the primary before this one: suspected until it answers; "" if there was none
	sender  Sender
	summon  func(context.Context, *wire.Node) // asks a node that takes this one for a stranger to join; may be nil
	logger  *slog.Logger
	group   run.Group
	wake    chan struct{} // capacity 1: the state changed
	over    chan struct{} // closed when it pushes no more
	whole   wholeState

	answered, doubt func(id string) // told that a node has taken a message, or has not; may be nil

	mu        sync.Mutex
	followers map[string]*follower // guarded by mu, by node id
	moved     chan struct{}        // guarded by mu; closed and replaced on each acknowledgement
}

// follower is one node that is pushed to.
type follower struct {
	node   *wire.Node    // guarded by publisher.mu
	acked  uint64        // guarded by publisher.mu; 0 is nothing yet
	stuck  bool          // guarded by publisher.mu; it takes no changes
	silent bool          // guarded by publisher.mu; it is not heard
	poked  bool          // guarded by publisher.mu; it is to be asked for its position, whatever it lacks
	wake   chan struct{} // capacity 1: there may be something to push
	back   chan struct{} // capacity 1: the node has said that it is there
	stop   context.CancelFunc
}

// newPublisher makes the publisher of the node that has the given ids. It
// pushes nothing until run.
func newPublisher(log *quorum.Log, self []string, sender Sender, logger *slog.Logger) *publisher {
	var deposed string
	if before := log.State().Map.Primary(); before != nil {
		deposed = before.ID
	}
	p := &publisher{
		log:       log,
		self:      map[string]bool{},
		deposed:   deposed,
		sender:    sender,
		logger:    logger,
		wake:      make(chan struct{}, 1),
		over:      make(chan struct{}),
		followers: map[string]*follower{},
		moved:     make(chan struct{}),
	}
	for _, id := range self {
		p.self[id] = true
	}
	return p
}

// run pushes until ctx ends. It is called once.
func (p *publisher) run(ctx context.Context) {
	defer close(p.over)
	defer p.group.Wait()
	for {
		p.reconcile(ctx)
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
	}
}

// reconcile starts a goroutine for each new node of the map, ends those of nodes
// that left, and wakes the others.
func (p *publisher) reconcile(ctx context.Context) {
	p.whole.forget()
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
func (p *publisher) signal() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// follow starts pushing to a node. The caller holds mu.
func (p *publisher) follow(ctx context.Context, node *wire.Node) {
	ctx, stop := context.WithCancel(ctx)
	f := &follower{node: node, silent: node.ID == p.deposed, wake: make(chan struct{}, 1), back: make(chan struct{}, 1), stop: stop}
	p.followers[node.ID] = f
	notify(f.wake)
	p.group.Go(func() {
		defer stop()
		p.serve(ctx, f)
	})
}

// serve pushes to one node whenever it is behind, until ctx ends.
func (p *publisher) serve(ctx context.Context, f *follower) {
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
		if p.summon != nil && estranged(err) {
			p.summon(ctx, p.nodeOf(f))
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

// estranged tells whether a node does not take this one for a node of its cluster:
// it may have lost all that it knew.
func estranged(err error) bool {
	return errs.CodeOf(err) == errs.CodeStranger || errors.Is(err, errs.Forbidden) || errors.Is(err, errs.Unauthenticated) || errors.Is(err, errs.Conflict)
}

func (p *publisher) nodeOf(f *follower) *wire.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f.node
}

// welcome ends the suspicion of a node that has said that it is there: changes
// wait for it again, from now on.
func (p *publisher) welcome(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.followers[id]; ok {
		f.stuck, f.silent = false, false
		notify(f.back)
	}
}

// silence has changes no longer wait for a node, which is not heard, until trust
// undoes that.
func (p *publisher) silence(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.followers[id]; ok {
		f.silent = true
		p.signal()
	}
}

// trust has changes wait for a node again.
func (p *publisher) trust(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.followers[id]; ok {
		f.silent = false
		notify(f.back)
	}
}

// poke has a node asked whether it takes changes: if it does not it is suspected
// as one is that a change could not be pushed to.
func (p *publisher) poke(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.followers[id]; ok && !f.poked {
		f.poked = true
		notify(f.wake)
	}
}

// suspects tells whether changes do not wait for a node.
func (p *publisher) suspects(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.followers[id]
	return ok && f.suspected()
}

// suspected tells whether changes do not wait for the node. The caller holds mu of
// the publisher.
func (f *follower) suspected() bool { return f.stuck || f.silent }

// push sends what the node lacks, if anything.
func (p *publisher) push(ctx context.Context, f *follower) error {
	p.mu.Lock()
	node, acked, poked := f.node, f.acked, f.poked
	p.mu.Unlock()
	if acked == 0 || poked {
		var err error
		if acked, err = p.position(ctx, f, node); err != nil {
			return err
		}
	}
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

// position asks a node that has not been pushed to yet how far it is: another
// primary may have told it nearly everything. It is 0 for one that knows nothing.
func (p *publisher) position(ctx context.Context, f *follower, node *wire.Node) (uint64, error) {
	reply, err := p.send(ctx, node, &SyncMessage{UUID: p.log.State().Map.UUID()})
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	f.poked = false
	p.mu.Unlock()
	if reply.Index > 0 {
		p.acknowledge(f, reply.Index)
	}
	return reply.Index, nil
}

func (p *publisher) send(ctx context.Context, node *wire.Node, m *SyncMessage) (*SyncReply, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	reply, err := p.sender.Sync(ctx, node, m)
	told := p.answered
	if err != nil {
		told = p.doubt
	}
	if told != nil {
		told(node.ID)
	}
	return reply, err
}

// message is what a node that has applied everything up to acked needs next; nil
// when that is all there is.
func (p *publisher) message(acked uint64) (*SyncMessage, error) {
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
func (p *publisher) delta(acked uint64) (*SyncMessage, bool) {
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
func (p *publisher) full() (*SyncMessage, error) {
	snapshot, err := p.whole.encode(p.log.State())
	return &SyncMessage{Snapshot: snapshot}, err
}

func (p *publisher) acknowledge(f *follower, index uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.stuck {
		p.logger.Info("node takes changes again", "node", f.node.ID)
	}
	f.acked, f.stuck, f.silent = index, false, false
	p.signal()
}

func (p *publisher) suspect(f *follower, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.stuck {
		return
	}
	f.stuck = true
	p.logger.Warn("node does not take changes, no longer waiting for it", "node", f.node.ID, "err", err)
	p.signal()
}

// wait returns when every node that is not suspected has applied the entry of an
// index, which is committed, or when ctx ends. Errors: Unavailable, Canceled.
func (p *publisher) wait(ctx context.Context, index uint64) error {
	if err := p.await(ctx, func() bool { return p.applied(index) }); err != nil {
		kind := errs.Kind("")
		if errors.Is(err, errOver) {
			kind = errs.Unavailable
		}
		return errs.E("primary.Wait", "", kind, fmt.Errorf("the change is made, but not every node has answered that it knows: %w", err))
	}
	return nil
}

// await returns when holds does, looking whenever the state changes or a node
// acknowledges, or with the error of ctx, or with errOver.
func (p *publisher) await(ctx context.Context, holds func() bool) error {
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
		case <-p.over:
			return errOver
		case <-moved:
		}
	}
}

// errOver is of a publisher that pushes no more: this node leads no longer.
var errOver = errors.New("this node has ceased to be the primary meanwhile")

func (p *publisher) applied(index uint64) bool {
	nodes := allNodes(p.log.State().Map)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, node := range nodes {
		if p.self[node.ID] {
			continue
		}
		f, ok := p.followers[node.ID]
		if !ok || f.acked < index && !f.suspected() {
			return false
		}
	}
	return true
}

// isStuck reports whether a node takes no changes.
func (p *publisher) isStuck(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.followers[id]
	return ok && f.stuck
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

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
