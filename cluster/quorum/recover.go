package quorum

import (
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/raft"

	"aistore/cluster"
	"aistore/errs"
)

// recoveryGap is how far the log of a recovered cluster is ahead of the state
// that it begins with, in terms, entries and versions: beyond anything that a lost
// node may have had, so that nobody takes an entry of the lost log, or a version, for
// one of the new.
const recoveryGap = 1 << 20

// Newest returns the state with every entry that this log holds, whether a
// majority had it or not: when the majority is lost, nobody can say any more.
// Errors: Unsupported (an entry that a newer release made), Corrupt.
func (l *Log) Newest() (*cluster.State, error) {
	const op = "quorum.Newest"
	s := l.State()
	last, err := l.storage.entries.LastIndex()
	if err != nil {
		return nil, errs.E(op, l.o.ID, "", err)
	}
	for index := s.Position.Index + 1; index <= last; index++ {
		var entry raft.Log
		if err := l.storage.entries.GetLog(index, &entry); err != nil {
			return nil, errs.E(op, l.o.ID, "", err)
		}
		if entry.Type != raft.LogCommand {
			continue
		}
		next, err := s.Extend(cluster.Entry{Position: cluster.Position{Term: entry.Term, Index: entry.Index}, Data: entry.Data})
		if errors.Is(err, errs.Unsupported) || errors.Is(err, errs.Corrupt) {
			return nil, errs.E(op, fmt.Sprintf("entry %d", index), "", err)
		}
		if err == nil {
			s = next
		}
	}
	return s, nil
}

// Recover replaces the log of o by one with this node as the only voter, which
// begins with a state. It is for a cluster that has lost the majority of its
// voters for good; if they come back, there are two clusters. Nobody has the log
// open. After a crash or an error, call it again.
// Errors: Invalid (the state of no cluster), and those of Open.
func Recover(o Options, s *cluster.State) error {
	const op = "quorum.Recover"
	o.Streams, o.Transport = nil, nil // nobody is spoken to
	o, err := o.complete()
	switch {
	case err != nil:
		return err
	case !s.Initialized():
		return errs.E(op, o.ID, errs.Invalid, errors.New("the state of no cluster"))
	}
	if err := Remove(o); err != nil {
		return err
	}
	storage, err := openStorage(o)
	if err != nil {
		return errs.E(op, o.Dir, "", err)
	}
	if err := errors.Join(storage.beginWith(s.Ahead(recoveryGap), o.Transport), storage.close()); err != nil {
		return errs.E(op, o.Dir, errs.Internal, err)
	}
	return nil
}

// Remove removes the log of o, so that its node begins with an empty one, which is
// another. Nobody has it open. Errors: Internal.
func Remove(o Options) error {
	if err := os.RemoveAll(o.Dir); err != nil {
		return errs.E("quorum.Remove", o.Dir, errs.Internal, err)
	}
	if o.Memory != nil {
		o.Memory.forget(o.Dir)
	}
	return nil
}

// currentTerm is the key under which the library keeps the term.
const currentTerm = "CurrentTerm"

// beginWith makes a new log begin with a state, in the term of that.
func (s storage) beginWith(state *cluster.State, t raft.Transport) error {
	if err := s.stable.SetUint64([]byte(currentTerm), state.Position.Term); err != nil {
		return err
	}
	voters := raft.Configuration{Servers: []raft.Server{{ID: s.identity.raftID(), Address: t.LocalAddr()}}}
	at := state.Position
	sink, err := s.snapshots.Create(raft.SnapshotVersionMax, at.Index, at.Term, voters, at.Index, t)
	if err != nil {
		return err
	}
	return machineSnapshot{state}.Persist(sink)
}
