package replica

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonfile"
)

// ErrNeedFull says that entries are missing between the state of a replica and
// those it was given: it needs a whole state. Its kind is Precondition.
var ErrNeedFull = errors.New("entries are missing in between, a whole state is needed")

const (
	journalName   = "cluster.journal"
	journalFormat = 1

	kindState = 's'
	kindEntry = 'e'

	// The journal is compacted when it is larger than compactFactor times its
	// snapshot, and Options.Slack.
	compactFactor = 2
	defaultSlack  = 1 << 20
)

// Options say where a [Replica] is kept.
type Options struct {
	Dir   string      // a directory that exists; "" keeps the state in memory
	FS    jsonfile.FS // nil means that of the machine
	Slack int64       // bytes that the journal may always have beyond a multiple of the state; 0 means 1 MiB
}

// Replica is a copy of the state of a cluster. It is for any number of
// goroutines.
type Replica struct {
	state        atomic.Pointer[cluster.State]
	journal      *jsonfile.Journal // nil in memory
	slack        int64
	turn         chan struct{} // capacity 1: whoever has put something in may take in a state
	snapshotSize int64         // of the state that the journal begins with; for whoever has the turn

	mu       sync.Mutex
	watchers []func(*cluster.State) // guarded by mu
}

// Open loads the latest state that was kept in o.Dir, that of no cluster if
// there is none. The caller closes the replica. Errors: Corrupt, Unsupported
// (of a newer release), and what the file system says.
func Open(o Options) (*Replica, error) {
	r := &Replica{slack: cmp.Or(o.Slack, defaultSlack), turn: make(chan struct{}, 1)}
	r.state.Store(cluster.NewState())
	if o.Dir == "" {
		return r, nil
	}
	if o.FS == nil {
		o.FS = jsonfile.OS{}
	}
	path := filepath.Join(o.Dir, journalName)
	journal, err := jsonfile.OpenJournal(o.FS, path, journalFormat, r.replay)
	if err != nil {
		return nil, errs.E("replica.Open", o.Dir, "", err)
	}
	r.journal = journal
	return r, nil
}

// Close releases the file. The state stays readable, and takes nothing in any more.
func (r *Replica) Close() error {
	if r.journal == nil {
		return nil
	}
	return r.journal.Close()
}

// State returns the latest state.
func (r *Replica) State() *cluster.State { return r.state.Load() }

// OnChange has fn called with every state from now on, in order, one call at a
// time; a whole state may leave out many. It must return soon, and must not
// call Install or Extend.
func (r *Replica) OnChange(fn func(*cluster.State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers = append(r.watchers, fn)
}

// Install replaces the state by one that is later, and ignores any other.
// On error the state is as before. Errors: Conflict (the state of another
// cluster), Invalid (the state of no cluster), and what the file system says.
func (r *Replica) Install(s *cluster.State) error {
	const op = "replica.Install"
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	mine := r.State()
	switch {
	case !s.Initialized():
		return errs.E(op, "", errs.Invalid, errors.New("the state of no cluster"))
	case mine.Initialized() && mine.Map.UUID() != s.Map.UUID():
		return errs.E(op, "", errs.Conflict, fmt.Errorf("the state of cluster %s, this node belongs to cluster %s", s.Map.UUID(), mine.Map.UUID()))
	case s.Position.Compare(mine.Position) <= 0:
		return nil
	}
	if err := r.rewrite(s); err != nil {
		return errs.E(op, "", "", err)
	}
	r.publish(s)
	return nil
}

// Extend applies entries that follow each other, and ignores those that the
// state has already. On error the state is as before. Errors: Precondition
// with [ErrNeedFull], Corrupt, Unsupported (of a newer release), and what the
// file system says.
func (r *Replica) Extend(entries []cluster.Entry) error {
	const op = "replica.Extend"
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	mine := r.State()
	entries = newer(entries, mine.Position)
	states := make([]*cluster.State, 0, len(entries))
	last := mine
	for _, e := range entries {
		next, err := last.Extend(e)
		if errors.Is(err, errs.Precondition) {
			return errs.E(op, "entry "+e.Position.String(), errs.Precondition, fmt.Errorf("%w: the state is that of %s", ErrNeedFull, last.Position))
		}
		if err != nil {
			return errs.E(op, "entry "+e.Position.String(), "", err)
		}
		states = append(states, next)
		last = next
	}
	if err := r.append(entries, last); err != nil {
		return errs.E(op, "", "", err)
	}
	for _, s := range states {
		r.publish(s)
	}
	return nil
}

// newer returns entries without those up to a position.
func newer(entries []cluster.Entry, than cluster.Position) []cluster.Entry {
	i := slices.IndexFunc(entries, func(e cluster.Entry) bool { return e.Position.Compare(than) > 0 })
	if i < 0 {
		return nil
	}
	return entries[i:]
}

func (r *Replica) publish(s *cluster.State) {
	r.state.Store(s)
	r.mu.Lock()
	watchers := r.watchers[:len(r.watchers):len(r.watchers)]
	r.mu.Unlock()
	for _, watch := range watchers {
		watch(s)
	}
}

// append makes entries durable, which lead to state last.
func (r *Replica) append(entries []cluster.Entry, last *cluster.State) error {
	if r.journal == nil || len(entries) == 0 {
		return nil
	}
	if r.journal.Size() > r.slack+compactFactor*r.snapshotSize {
		return r.rewrite(last)
	}
	records := make([][]byte, len(entries))
	for i, e := range entries {
		records[i] = e.Append([]byte{kindEntry})
	}
	if err := r.journal.Append(records...); err != nil {
		return r.mend(err, last)
	}
	return nil
}

// mend writes the journal anew after an Append has failed, which leaves its
// end unknown.
func (r *Replica) mend(cause error, last *cluster.State) error {
	if err := r.rewrite(last); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// rewrite makes s durable, as all that the journal holds.
func (r *Replica) rewrite(s *cluster.State) error {
	if r.journal == nil {
		return nil
	}
	data, err := s.Encode()
	if err != nil {
		return err
	}
	if err := r.journal.Rewrite(slices.Values([][]byte{append([]byte{kindState}, data...)})); err != nil {
		return err
	}
	r.snapshotSize = r.journal.Size()
	return nil
}

// replay takes in an entry of the journal while it is being opened.
func (r *Replica) replay(_ int, record []byte) error {
	if len(record) == 0 {
		return errs.E("", "", errs.Corrupt, errors.New("an empty entry"))
	}
	body := slices.Clone(record[1:])
	switch record[0] {
	case kindState:
		s, err := cluster.DecodeState(body)
		if err != nil {
			return err
		}
		r.state.Store(s)
		r.snapshotSize = int64(len(record))
		return nil
	case kindEntry:
		return r.replayEntry(body)
	}
	return errs.E("", "", errs.Unsupported, fmt.Errorf("an entry of kind %q was written by a newer release", record[0]))
}

func (r *Replica) replayEntry(body []byte) error {
	e, _, err := cluster.ParseEntry(body)
	if err != nil {
		return err
	}
	s, err := r.State().Extend(e)
	if errors.Is(err, errs.Precondition) {
		return errs.E("", "", errs.Corrupt, err)
	}
	if err != nil {
		return err
	}
	r.state.Store(s)
	return nil
}
