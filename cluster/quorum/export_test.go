package quorum

import (
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"aistore/cluster"
)

const RecentEntries = recentEntries

// Snapshot has the library take a snapshot now.
func (l *Log) Snapshot() error { return l.raft.Load().Snapshot().Error() }

// ApplyDirectly writes changes for s to the log, past turns and checks.
func (l *Log) ApplyDirectly(s *cluster.State, changes ...cluster.Change) error {
	data, err := cluster.Proposal{After: s.Position.Index, Changes: changes}.Encode()
	if err != nil {
		return err
	}
	o, err := commit(l.raft.Load(), data)
	if err != nil {
		return err
	}
	return o.err
}

// Address returns where other voters reach the log.
func (l *Log) Address() string { return string(l.o.Transport.LocalAddr()) }

// Transport is how the log reaches the others.
func (l *Log) Transport() raft.Transport { return l.o.Transport }

// NewMemorySnapshots returns a store that a Memory keeps snapshots in.
func NewMemorySnapshots() raft.SnapshotStore { return &memorySnapshots{} }

// Heartbeats is a transport as a log gives it to the library, and what ends its
// heartbeats.
func Heartbeats(t Transport) (asking raft.Transport, end func()) {
	w := &witnesses{Transport: t}
	return w, w.endHeartbeats
}

// RaftLogger is what the library logs to.
func (l *Log) RaftLogger() hclog.Logger { return l.o.raftLog }
