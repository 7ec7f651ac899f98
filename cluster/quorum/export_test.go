package quorum

import (
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

// AddVoter adds the log of another node to the voters.
func (l *Log) AddVoter(other *Log) error {
	return l.raft.Load().AddVoter(raft.ServerID(other.RaftID()), other.o.Transport.LocalAddr(), 0, 0).Error()
}
