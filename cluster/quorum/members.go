package quorum

import (
	"context"
	"fmt"

	"github.com/hashicorp/raft"

	"aistore/errs"
)

// Member is a log that takes part: it votes, or it learns without a vote.
type Member struct {
	ID      string // of the log, see Log.RaftID
	Node    string // whose log it is
	Address string // where the others reach it
	Votes   bool
}

// Members returns who takes part, as far as this node knows; none before Run and
// for a log that has never been part of one.
func (l *Log) Members() ([]Member, error) {
	r := l.raft.Load()
	if r == nil {
		return nil, nil
	}
	future := r.GetConfiguration()
	if err := future.Error(); err != nil {
		return nil, errs.E("quorum.Members", l.o.ID, errs.Unavailable, err)
	}
	var members []Member
	for _, s := range future.Configuration().Servers {
		members = append(members, Member{
			ID: string(s.ID), Node: nodeOf(s.ID), Address: string(s.Address), Votes: s.Suffrage == raft.Voter,
		})
	}
	return members, nil
}

// AddLearner has a log follow without a vote: it becomes current before anything
// depends on it. Only the leader can, one change at a time.
// Errors: Unavailable (outcome unknown).
func (l *Log) AddLearner(ctx context.Context, m Member) error {
	return l.reconfigure(ctx, "quorum.AddLearner", m, func(r *raft.Raft) raft.IndexFuture {
		return r.AddNonvoter(raft.ServerID(m.ID), raft.ServerAddress(m.Address), 0, 0)
	})
}

// AddVoter gives a log a vote, or a voter another address. It should be a
// learner that is current: a log that does not know of its own vote yet is
// refused by others when it asks for theirs. Only the leader can, one change at
// a time. Errors: Unavailable (outcome unknown).
func (l *Log) AddVoter(ctx context.Context, m Member) error {
	return l.reconfigure(ctx, "quorum.AddVoter", m, func(r *raft.Raft) raft.IndexFuture {
		return r.AddVoter(raft.ServerID(m.ID), raft.ServerAddress(m.Address), 0, 0)
	})
}

// Remove ends the part of a log, with its vote. Only the leader can, one change
// at a time. Errors: Unavailable (outcome unknown).
func (l *Log) Remove(ctx context.Context, m Member) error {
	return l.reconfigure(ctx, "quorum.Remove", m, func(r *raft.Raft) raft.IndexFuture {
		return r.RemoveServer(raft.ServerID(m.ID), 0, 0)
	})
}

func (l *Log) reconfigure(ctx context.Context, op string, m Member, change func(*raft.Raft) raft.IndexFuture) error {
	r, err := l.leading(ctx)
	if err != nil {
		return errs.E(op, m.ID, "", err)
	}
	if err := l.wait(ctx, func() error { return change(r).Error() }); err != nil {
		return errs.E(op, m.ID, errs.Unavailable, fmt.Errorf("outcome unknown: %w", err))
	}
	return nil
}

// TransferTo hands the lead to a voter. Errors: Unavailable.
func (l *Log) TransferTo(ctx context.Context, m Member) error {
	const op = "quorum.TransferTo"
	r, err := l.leading(ctx)
	if err != nil {
		return errs.E(op, m.ID, "", err)
	}
	transfer := func() error {
		return r.LeadershipTransferToServer(raft.ServerID(m.ID), raft.ServerAddress(m.Address)).Error()
	}
	if err := l.wait(ctx, transfer); err != nil {
		return errs.E(op, m.ID, errs.Unavailable, err)
	}
	return nil
}
