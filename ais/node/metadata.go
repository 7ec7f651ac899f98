package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"aistore/ais/primary"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/cluster/replica"
	"aistore/errs"
)

// Metadata is the node's copy of what the cluster agreed on: the replicated log
// itself on a node that votes, a replica that the primary pushes to on any
// other. All methods may be called from any goroutine.
type Metadata struct {
	log     *quorum.Log      // nil unless the node votes
	replica *replica.Replica // nil if the node votes

	mu       sync.Mutex // serialises apply
	appliers []Applier  // guarded by mu
}

// Applier makes a node act on a committed state, such as a target that creates
// the directories of a new bucket. It is called for one state at a time, never
// for an older one after a newer one, and may block; the primary's change waits
// for it.
type Applier func(ctx context.Context, state *cluster.State) error

// Log is the replicated log, nil unless the node votes.
func (m *Metadata) Log() *quorum.Log { return m.log }

// State is what the node knows to be committed. It is never nil.
func (m *Metadata) State() *cluster.State {
	if m.log != nil {
		return m.log.State()
	}
	return m.replica.State()
}

// Run keeps the log running, if the node votes.
func (m *Metadata) Run(ctx context.Context) error {
	if m.log != nil {
		return errors.Join(m.log.Run(ctx), m.Close())
	}
	<-ctx.Done()
	return m.Close()
}

// Close releases the files of a copy that has never run, or whose Run has
// returned.
func (m *Metadata) Close() error {
	if m.log != nil {
		return m.log.Close()
	}
	return m.replica.Close()
}

// Ready is closed once the state is that of the last change that the node knows
// of.
func (m *Metadata) Ready() <-chan struct{} {
	if m.log != nil {
		return m.log.Ready()
	}
	now := make(chan struct{})
	close(now)
	return now
}

// OnApply adds an applier. It is not called before the next Apply.
func (m *Metadata) OnApply(a Applier) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appliers = append(m.appliers, a)
}

// Apply makes the node act on the current state.
func (m *Metadata) Apply(ctx context.Context) error {
	_, err := m.apply(ctx)
	return err
}

// apply is Apply, and returns the state that the node has acted on.
func (m *Metadata) apply(ctx context.Context) (*cluster.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := m.State()
	for _, a := range m.appliers {
		if err := a(ctx, state); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// Receive takes what the primary pushed, acts on it and says how far the node
// is. Older messages than what the node has change nothing. Errors: Invalid,
// Unsupported (the node votes).
func (m *Metadata) Receive(ctx context.Context, msg *primary.SyncMessage) (*primary.SyncReply, error) {
	if m.replica == nil {
		return nil, errs.E("node.Receive", "", errs.Unsupported, nil)
	}
	need, err := m.install(msg)
	if err != nil {
		return nil, errs.E("node.Receive", "", "", err)
	}
	if need {
		return &primary.SyncReply{NeedFull: true}, nil
	}
	applied, err := m.apply(ctx)
	if err != nil {
		return nil, err
	}
	return &primary.SyncReply{Index: applied.Position.Index}, nil
}

// install hands a message to the replica and reports whether it needs the whole
// state instead.
func (m *Metadata) install(msg *primary.SyncMessage) (needFull bool, err error) {
	if msg.Snapshot != nil {
		state, err := cluster.DecodeState(msg.Snapshot)
		if err != nil {
			return false, err
		}
		return false, m.replica.Install(state)
	}
	var entries []cluster.Entry
	for rest := msg.Entries; len(rest) > 0; {
		var e cluster.Entry
		if e, rest, err = cluster.ParseEntry(rest); err != nil {
			return false, err
		}
		entries = append(entries, e)
	}
	err = m.replica.Extend(entries)
	if errors.Is(err, replica.ErrNeedFull) {
		return true, nil
	}
	return false, err
}

// OpenMetadata opens the node's copy. A proxy that has a log votes; so does one
// that may found a cluster, has none, and finds no other cluster where its
// configuration says that one might be. Errors: those of quorum.Open and
// replica.Open.
func OpenMetadata(ctx context.Context, c *Core, mayFound bool) (*Metadata, error) {
	m, err := openMetadata(ctx, c, mayFound)
	if err != nil {
		return nil, err
	}
	m.OnApply(c.applyConfig)
	return m, nil
}

func openMetadata(ctx context.Context, c *Core, mayFound bool) (*Metadata, error) {
	votes, err := c.votes(ctx, mayFound)
	if err != nil {
		return nil, err
	}
	if !votes {
		r, err := replica.Open(replica.Options{Dir: c.Config.ConfDir})
		return &Metadata{replica: r}, err
	}
	log, err := quorum.Open(quorum.Options{ID: c.Identity.ID, Dir: c.logDir(), Config: c.Cluster.Get().Quorum, Log: c.Log})
	if err != nil {
		return nil, err
	}
	empty, err := log.Empty()
	if err == nil && empty {
		err = log.Bootstrap(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &Metadata{log: log}, nil
}

func (c *Core) logDir() string { return filepath.Join(c.Config.ConfDir, "log") }

// votes decides whether this node keeps the replicated log.
func (c *Core) votes(ctx context.Context, mayFound bool) (bool, error) {
	if !c.Config.IsProxy() {
		return false, nil
	}
	switch _, err := os.Stat(c.logDir()); {
	case err == nil:
		return true, nil
	case !errors.Is(err, os.ErrNotExist):
		return false, errs.E("node.OpenMetadata", c.logDir(), errs.Internal, err)
	}
	return mayFound && !c.clusterExists(ctx), nil
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
