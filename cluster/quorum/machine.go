package quorum

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"aistore/cluster"
	"aistore/errs"
)

// machine is the state machine that the library drives, from one goroutine.
type machine struct {
	current atomic.Pointer[cluster.State]
	recent  recent
	broken  chan error // capacity 1: the error that ends the machine
	failure error      // that error; the library's goroutine only

	mu       sync.Mutex
	watchers []func(*cluster.State) // guarded by mu
}

// outcome is what became of an entry.
type outcome struct {
	state *cluster.State // after it
	err   error          // why it was void
}

func newMachine() *machine {
	m := &machine{broken: make(chan error, 1)}
	m.current.Store(cluster.NewState())
	return m
}

// Apply applies an entry that a majority has. It returns an outcome.
func (m *machine) Apply(l *raft.Log) any {
	if m.failure != nil {
		return outcome{err: m.failure}
	}
	e := cluster.Entry{Position: cluster.Position{Term: l.Term, Index: l.Index}, Data: l.Data}
	next, err := m.current.Load().Extend(e)
	if errors.Is(err, errs.Unsupported) || errors.Is(err, errs.Corrupt) {
		m.fail(errs.E("quorum.Apply", "entry "+e.Position.String(), "", err))
	}
	if err != nil {
		return outcome{err: err}
	}
	m.recent.add(e)
	m.publish(next)
	return outcome{state: next}
}

// Snapshot returns the state as it is now, to be written later.
func (m *machine) Snapshot() (raft.FSMSnapshot, error) {
	if m.failure != nil {
		return nil, m.failure // the entry that was not understood must stay in the log
	}
	return machineSnapshot{m.current.Load()}, nil
}

// Restore replaces the state by that of a snapshot. A snapshot that cannot be
// read ends the machine: the library would go on with an older one, and the
// entries after that may be gone.
func (m *machine) Restore(r io.ReadCloser) error {
	err := m.restore(r)
	if err != nil && m.failure == nil {
		m.fail(errs.E("quorum.Restore", "", "", err))
	}
	return err
}

func (m *machine) restore(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s, err := cluster.DecodeState(data)
	if err != nil {
		return err
	}
	m.recent.reset(s.Position.Index)
	m.publish(s)
	return nil
}

func (m *machine) publish(s *cluster.State) {
	m.current.Store(s)
	m.mu.Lock()
	watchers := m.watchers[:len(m.watchers):len(m.watchers)]
	m.mu.Unlock()
	for _, watch := range watchers {
		watch(s)
	}
}

func (m *machine) watch(fn func(*cluster.State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers = append(m.watchers, fn)
}

func (m *machine) fail(err error) {
	m.failure = err
	m.broken <- err
}

// machineSnapshot is a state on its way to a snapshot file.
type machineSnapshot struct {
	state *cluster.State
}

// Persist writes the state.
func (s machineSnapshot) Persist(sink raft.SnapshotSink) error {
	data, err := s.state.Encode()
	if err == nil {
		_, err = sink.Write(data)
	}
	if err != nil {
		return errors.Join(err, sink.Cancel())
	}
	return sink.Close()
}

// Release does nothing: the state is immutable.
func (s machineSnapshot) Release() {}
