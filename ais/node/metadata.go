package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aistore/ais/primary"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/cluster/replica"
	"aistore/errs"
	"aistore/internal/run"
)

// Metadata is the node's copy of what the cluster agreed on. Every node has a
// log, which takes part when the primary wants it to, and a replica, which the
// primary pushes to in any case; what is in force is the later of both. All
// methods may be called from any goroutine.
type Metadata struct {
	log     *quorum.Log
	replica *replica.Replica
	logger  *slog.Logger
	current atomic.Pointer[cluster.State]
	wake    chan struct{} // capacity 1: there is a state that the node has not acted on

	mu       sync.Mutex // serialises Apply
	appliers []Applier  // guarded by mu
	fresh    bool       // guarded by mu; this start has heard from a primary, or leads: the state is no longer one of before
}

// Applier makes a node act on a committed state, such as a target that creates
// the directories of a new bucket. It is called for one state at a time, never
// for an older one after a newer one, and may block; the primary's change waits
// for it.
type Applier func(ctx context.Context, state *cluster.State) error

// Log is the node's log.
func (m *Metadata) Log() *quorum.Log { return m.log }

// State is what the node knows to be committed. It is never nil.
func (m *Metadata) State() *cluster.State { return m.current.Load() }

// advance puts a state in force if it is later than what is.
func (m *Metadata) advance(s *cluster.State) {
	for {
		now := m.current.Load()
		if s.Position.Compare(now.Position) <= 0 {
			return
		}
		if m.current.CompareAndSwap(now, s) {
			break
		}
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Run keeps the log running, and makes the node act on what comes through it.
func (m *Metadata) Run(ctx context.Context) error {
	var acting run.Group
	acting.Go(func() { m.act(ctx) })
	err := m.log.Run(ctx)
	acting.Wait()
	return errors.Join(err, m.Close())
}

// Close releases the files of a copy that has never run, or whose Run has
// returned.
func (m *Metadata) Close() error { return errors.Join(m.log.Close(), m.replica.Close()) }

// act applies every state that comes into force, until ctx ends; but none before
// the node has caught up with what it missed while it was away.
func (m *Metadata) act(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		}
		if _, err := m.apply(ctx, replayed); err != nil && ctx.Err() == nil {
			m.logger.Error("cannot act on a change of the cluster", "err", err)
		}
	}
}

// Ready is closed once the log runs; for the only voter of a log once its state
// is that of the last change.
func (m *Metadata) Ready() <-chan struct{} { return m.log.Ready() }

// OnApply adds an applier. It is not called before the next Apply.
func (m *Metadata) OnApply(a Applier) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appliers = append(m.appliers, a)
}

// Apply makes the node act on the current state, which is what the cluster has
// agreed on by now: the node leads.
func (m *Metadata) Apply(ctx context.Context) error {
	_, err := m.apply(ctx, told)
	return err
}

// word is where a state comes from that the node is to act on.
type word int

const (
	replayed word = iota // from its own files, or its log: it may be long over
	told                 // from a primary, or it leads
)

// apply makes the node act on the current state, and returns that; nothing of
// before, and the empty state, as long as it may be long over.
func (m *Metadata) apply(ctx context.Context, from word) (*cluster.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fresh = m.fresh || from == told
	if !m.fresh {
		return cluster.NewState(), nil
	}
	state := m.State()
	for _, a := range m.appliers {
		if err := a(ctx, state); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// Receive takes what the primary pushed, acts on it and says how far the node
// is. What the node has already changes nothing. Errors: Invalid, Conflict
// (another cluster's).
func (m *Metadata) Receive(ctx context.Context, msg *primary.SyncMessage) (*primary.SyncReply, error) {
	const op = "node.Receive"
	if err := m.checkCluster(msg.UUID); err != nil {
		return nil, errs.E(op, "", "", err)
	}
	err := m.install(msg)
	if errors.Is(err, replica.ErrNeedFull) {
		return &primary.SyncReply{NeedFull: true}, nil
	}
	if err != nil {
		return nil, errs.E(op, "", "", err)
	}
	from := told
	if msg.Snapshot == nil && len(msg.Entries) == 0 {
		from = replayed // it only asks how far the node is
	}
	applied, err := m.apply(ctx, from)
	if err != nil {
		return nil, err
	}
	return &primary.SyncReply{Index: applied.Position.Index}, nil
}

// install hands a message to the replica, unless the log has it already.
// Errors: replica.ErrNeedFull, and those of the decoders and of the replica.
func (m *Metadata) install(msg *primary.SyncMessage) error {
	if msg.Snapshot != nil {
		state, err := cluster.DecodeState(msg.Snapshot)
		if err != nil {
			return err
		}
		return m.replace(state)
	}
	var entries []cluster.Entry
	for rest := msg.Entries; len(rest) > 0; {
		var e cluster.Entry
		var err error
		if e, rest, err = cluster.ParseEntry(rest); err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 || !m.lacks(entries[len(entries)-1].Position) {
		return nil
	}
	err := m.replica.Extend(entries)
	if errors.Is(err, replica.ErrNeedFull) {
		return m.extend(entries, err)
	}
	return err
}

// replace hands a whole state to the replica, unless the log has it already.
func (m *Metadata) replace(state *cluster.State) error {
	mine := m.State()
	if state.Initialized() {
		if err := m.checkCluster(state.Map.UUID()); err != nil {
			return err
		}
		if mine.Initialized() && !m.lacks(state.Position) {
			return nil
		}
	}
	return m.replica.Install(state)
}

// checkCluster refuses what is of another cluster than this node. "" is of any.
func (m *Metadata) checkCluster(uuid string) error {
	mine := m.State()
	if uuid == "" || !mine.Initialized() || mine.Map.UUID() == uuid {
		return nil
	}
	return errs.E("", "", errs.Conflict, fmt.Errorf("the state of cluster %s, this node belongs to cluster %s", uuid, mine.Map.UUID()))
}

// extend takes in entries that the replica cannot continue with, because those
// before them came through the log. What comes next does so, too: the log of a
// node that votes has the entries, and only learns late that they are committed.
// The replica of another goes on from here. If the state in force cannot be
// continued either, the error is behind.
func (m *Metadata) extend(entries []cluster.Entry, behind error) error {
	state := m.State()
	for _, e := range entries {
		if e.Position.Compare(state.Position) <= 0 {
			continue
		}
		next, err := state.Extend(e)
		if errors.Is(err, errs.Precondition) {
			return behind
		}
		if err != nil {
			return err
		}
		state = next
	}
	if !m.votes() {
		return m.replica.Install(state)
	}
	m.advance(state)
	return nil
}

// voters is how many nodes vote, as far as this one knows.
func (m *Metadata) voters() float64 {
	members, err := m.log.Members()
	if err != nil {
		return 0
	}
	n := 0
	for _, one := range members {
		if one.Votes {
			n++
		}
	}
	return float64(n)
}

// votes reports whether the log of this node has a vote.
func (m *Metadata) votes() bool {
	members, err := m.log.Members()
	return err == nil && slices.ContainsFunc(members, func(one quorum.Member) bool { return one.Votes && one.ID == m.log.RaftID() })
}

func (m *Metadata) lacks(p cluster.Position) bool { return p.Compare(m.State().Position) > 0 }

// OpenMetadata opens the node's copy. A node that may found a cluster, has never
// been in one, and finds no other where its configuration says that one might
// be, becomes the only voter of a new log. Errors: those of quorum.Open and
// replica.Open.
func OpenMetadata(ctx context.Context, c *Core, mayFound bool) (*Metadata, error) {
	m := &Metadata{logger: c.Log, wake: make(chan struct{}, 1)}
	m.current.Store(cluster.NewState())
	var err error
	if m.replica, err = replica.Open(replica.Options{Dir: c.Config.ConfDir}); err != nil {
		return nil, err
	}
	o := quorum.Options{
		ID:      c.Identity.ID,
		Dir:     filepath.Join(c.Config.ConfDir, "log"),
		Memory:  c.Options.Logs,
		Streams: c.streams,
		Follows: !c.electable,
		Address: c.streams.self,
		Config:  c.Cluster.Get().Quorum,
		Log:     c.Log,
	}
	if err = errors.Join(c.finishAbandonment(o), c.finishRecovery(o)); err == nil {
		m.log, err = quorum.Open(o)
	}
	if err != nil {
		return nil, errors.Join(err, m.replica.Close())
	}
	m.advance(m.replica.State())
	m.replica.OnChange(m.advance)
	m.log.OnChange(m.advance)
	m.OnApply(c.applyConfig)
	c.Scope.GaugeFunc("metadata_voters", "nodes that vote in the log of metadata, as far as this node knows", m.voters)
	if err := m.found(ctx, c, mayFound); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// found makes the node the only voter of a new log, if that is what it should
// be.
func (m *Metadata) found(ctx context.Context, c *Core, mayFound bool) error {
	empty, err := m.log.Empty()
	if err != nil || !empty || !mayFound || !c.electable || m.State().Initialized() || c.clusterExists(ctx) {
		return err
	}
	return m.log.Bootstrap(ctx)
}

// clusterExists reports whether another node answers that it is in a cluster, where
// the configuration says that a gateway might be.
func (c *Core) clusterExists(ctx context.Context) bool {
	own := c.Self(c.Identity.ID, c.Config.Role)
	for _, url := range c.known {
		if url == own.Public.URL || url == own.Control.URL {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		info, err := c.Peers.Info(asking, url)
		cancel()
		if err == nil && info.Smap.Version > 0 {
			c.Log.Info("there is a cluster already: joining it", "uuid", info.Smap.UUID, "url", url)
			return true
		}
	}
	return false
}

// askTimeout bounds how long a node that may found a cluster waits for the
// answer of one that may be in another.
const askTimeout = time.Second
