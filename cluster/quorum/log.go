package quorum

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// Log is this node's part of the replicated log, a run.Part. It is for any
// number of goroutines.
type Log struct {
	o       Options
	storage storage
	machine *machine
	asking  *witnesses                // what the library reaches other logs by
	raft    atomic.Pointer[raft.Raft] // nil until Run
	leader  atomic.Int64              // term in which this node leads, and has every earlier change; -1 if it does not
	turn    chan struct{}             // capacity 1: whoever has put something in may propose
	ready   chan struct{}             // closed by Run
	futures run.Group                 // waits for answers of the library

	startMu sync.Mutex // held while the library starts and while the log is bootstrapped; before mu

	mu       sync.Mutex
	changed  chan struct{} // guarded by mu; closed when the leader may be another
	onLead   func(bool)    // guarded by mu; may be nil
	stopping bool          // guarded by mu; nothing more is asked of the library
	checks   checks        // guarded by mu
}

// CodeNotPrimary is the code of the errors of a node that does not lead. Nothing
// has happened when a node answers so.
const CodeNotPrimary = "ErrNotPrimary"

// Leader says who leads the log. The zero value is nobody.
type Leader struct {
	ID      string // of the node
	Address string // as in its Options
}

// Open opens the log, or makes an empty one. Nothing runs yet, and the state is
// that of no cluster; the caller calls Run, or Close.
// Errors: Invalid, Corrupt, Unsupported (a newer release wrote it), Conflict
// (the log of another node), Busy (another process has it open).
func Open(o Options) (*Log, error) {
	const op = "quorum.Open"
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	l := &Log{
		o:       o,
		machine: newMachine(),
		asking:  &witnesses{Transport: o.Transport},
		turn:    make(chan struct{}, 1),
		ready:   make(chan struct{}),
		changed: make(chan struct{}),
	}
	l.leader.Store(-1)
	if l.storage, err = openStorage(o); err != nil {
		return nil, errs.E(op, o.Dir, "", err)
	}
	return l, nil
}

// Close releases the files and, unless Run has, the transport. It is called after
// Run has returned, or instead of Run.
func (l *Log) Close() error {
	return errors.Join(l.storage.close(), l.o.Transport.Close())
}

// RaftID returns the id under which this log votes: it is another one after
// the log was lost.
func (l *Log) RaftID() string { return string(l.storage.identity.raftID()) }

// Empty tells whether this node has never been part of a log: it may bootstrap
// one, or be added to one.
func (l *Log) Empty() (bool, error) {
	empty, err := l.storage.empty()
	if err != nil {
		return false, errs.E("quorum.Empty", l.o.Dir, "", err)
	}
	return empty, nil
}

// Bootstrap makes this node the only voter of a new log. It is for the first
// node of a new cluster, once; see [cluster.InitCluster] for the first change.
// When it has returned nil, that is durable, and an election is on its way if
// the log is running. Errors: Conflict (the log is not empty).
func (l *Log) Bootstrap(ctx context.Context) error {
	const op = "quorum.Bootstrap"
	l.startMu.Lock()
	defer l.startMu.Unlock()
	if empty, err := l.Empty(); err != nil || !empty {
		return errs.E(op, l.o.ID, errs.Conflict, errors.Join(err, errors.New("the log is not empty")))
	}
	id := l.storage.identity.raftID()
	voters := raft.Configuration{Servers: []raft.Server{{ID: id, Address: l.o.Transport.LocalAddr()}}}
	r := l.raft.Load()
	if r == nil {
		s := l.storage
		if err := raft.BootstrapCluster(l.o.raftConfig(id), s.entries, s.stable, s.snapshots, l.o.Transport, voters); err != nil {
			return errs.E(op, l.o.ID, errs.Internal, err)
		}
		return nil
	}
	if err := l.wait(ctx, func() error { return r.BootstrapCluster(voters).Error() }); err != nil {
		return errs.E(op, l.o.ID, "", err)
	}
	return l.elect(r)
}

// State returns the state by now: that of no cluster until entries or a
// snapshot have been applied, at the latest when the log is ready.
func (l *Log) State() *cluster.State { return l.machine.current.Load() }

// OnChange has fn called with every state from now on, in order, one call at a
// time. It must return soon, and must not call Propose. States that follow each
// other quickly are not left out; a restart replays those since the last
// snapshot.
func (l *Log) OnChange(fn func(*cluster.State)) { l.machine.watch(fn) }

// Since returns the entries that lead from the position of that index to the
// latest state or beyond it, none if it is the latest; false if not all are in
// memory any more, or there never was such a position.
func (l *Log) Since(index uint64) ([]cluster.Entry, bool) { return l.machine.recent.since(index) }

// IsLeader tells whether this node leads the log and has seen every change that
// was made before it did. It may have been deposed without knowing: see Verify.
func (l *Log) IsLeader() bool {
	r := l.raft.Load()
	return r != nil && r.State() == raft.Leader && l.leader.Load() == int64(r.CurrentTerm())
}

// Leader returns who leads the log, as far as this node knows.
func (l *Log) Leader() Leader {
	r := l.raft.Load()
	if r == nil {
		return Leader{}
	}
	address, id := r.LeaderWithID()
	return Leader{ID: nodeOf(id), Address: string(address)}
}

// AwaitLeader returns when this node leads and has seen every earlier change,
// or another one leads. Errors: Unavailable, Canceled (ctx has ended).
func (l *Log) AwaitLeader(ctx context.Context) (Leader, error) {
	for {
		changed := l.whenChanged()
		if leader := l.Leader(); l.IsLeader() || leader.ID != "" && leader.ID != l.o.ID {
			return leader, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Leader{}, errs.E("quorum.AwaitLeader", l.o.ID, "", ctx.Err())
		}
	}
}

// OnLead has fn called when this node begins to lead, having seen every earlier
// change, and when it ceases to. The calls alternate, come one at a time, and
// must return soon; fn must not call Propose. It replaces the fn given before,
// and is meant to be called before Run.
func (l *Log) OnLead(fn func(leading bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onLead = fn
}

// leading returns the library's object if this node leads. It waits until a
// new leader has seen every earlier change.
func (l *Log) leading(ctx context.Context) (*raft.Raft, error) {
	for {
		changed := l.whenChanged()
		r := l.raft.Load()
		if r == nil || r.State() != raft.Leader {
			return nil, l.notLeader()
		}
		if l.IsLeader() {
			return r, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, errs.E("", "", errs.Unavailable, fmt.Errorf("this node has begun to lead and is not ready: %w", ctx.Err()))
		}
	}
}

// notLeader is the error of a log that does not lead: nothing has happened.
func (l *Log) notLeader() error {
	cause := errors.New("there is no primary now")
	if leader := l.Leader(); leader.ID != "" && leader.ID != l.o.ID {
		cause = fmt.Errorf("the primary is %s", leader.ID)
	}
	e := errs.E("", "", errs.Unavailable, cause)
	e.Code, e.RetryAfter = CodeNotPrimary, time.Second
	return e
}

// wait returns what fn, which asks the library, returns, or the error of ctx
// when that ends first.
func (l *Log) wait(ctx context.Context, fn func() error) error {
	_, err := await(ctx, l, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}

// await is wait with a value. The library does not answer what is still open
// when it is shut down; so that has to wait for the futures, and asking ends
// before.
func await[T any](ctx context.Context, l *Log, fn func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1) // so that fn's goroutine ends when nobody waits any more
	var none T
	l.mu.Lock()
	if l.stopping {
		l.mu.Unlock()
		return none, errs.E("", "", errs.Unavailable, errors.New("this node is stopping"))
	}
	l.futures.Go(func() {
		value, err := fn()
		answered <- answer{value, err}
	})
	l.mu.Unlock()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// whenChanged returns a channel that is closed when the leader may be another.
func (l *Log) whenChanged() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *Log) leaderChanged() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}
