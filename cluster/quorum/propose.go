package quorum

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"aistore/cluster"
	"aistore/errs"
)

// attempts bounds how often a change is made anew because an earlier one, whose
// proposer has given up waiting, came through in between.
const attempts = 10

// Propose makes changes of the present state and returns the state after them,
// which a majority has. Build returns the changes for the state it is given;
// it may be called again for a later one. All changes happen or none. One
// Propose runs at a time, the others wait.
//
// If build returns an error or no changes, nothing happens, and that is
// returned once a majority has confirmed that the state was the latest.
//
// Errors: those of build and of [cluster.State.Apply]; Unavailable (this node
// is not the primary, or there is no majority). When the change may have
// happened nevertheless, the text says "outcome unknown".
func (l *Log) Propose(ctx context.Context, build func(*cluster.State) ([]cluster.Change, error)) (*cluster.State, error) {
	const op = "quorum.Propose"
	if l.o.Follows { // a caretaker may lead, and changes nothing
		return nil, errs.E(op, "", "", l.notLeader())
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, errs.E(op, "", errs.Unavailable, fmt.Errorf("waiting for earlier changes: %w", ctx.Err()))
	}
	for range attempts {
		r, err := l.leading(ctx)
		if err != nil {
			return nil, errs.E(op, "", "", err)
		}
		s, err := l.propose(ctx, r, build)
		if !errors.Is(err, errOvertaken) {
			return s, err
		}
	}
	return nil, errs.E(op, "", errs.Busy, errors.New("other changes came first, again and again"))
}

// errOvertaken says that the state has changed since the changes were made, and
// that they are void.
var errOvertaken = errors.New("overtaken")

func (l *Log) propose(ctx context.Context, r *raft.Raft, build func(*cluster.State) ([]cluster.Change, error)) (*cluster.State, error) {
	const op = "quorum.Propose"
	s := l.State()
	data, err := prepare(s, build)
	if err != nil || data == nil {
		if unsure := l.Verify(ctx); unsure != nil {
			return nil, errs.E(op, "", "", unsure)
		}
		return s, err
	}
	o, err := await(ctx, l, func() (outcome, error) { return commit(r, data) })
	switch {
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return nil, errs.E(op, "", "", l.notLeader())
	case err != nil:
		return nil, errs.E(op, "", errs.Unavailable, fmt.Errorf("outcome unknown: %w", err))
	case errors.Is(o.err, errs.Precondition):
		return nil, errOvertaken
	case o.err != nil:
		return nil, errs.E(op, "", "", o.err)
	}
	return o.state, nil
}

// prepare returns the encoded proposal for s, nil if there is nothing to change.
func prepare(s *cluster.State, build func(*cluster.State) ([]cluster.Change, error)) ([]byte, error) {
	changes, err := build(s)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	next := s
	for _, c := range changes {
		if next, err = next.Apply(c); err != nil {
			return nil, err
		}
	}
	return cluster.Proposal{After: s.Position.Index, Changes: changes}.Encode()
}

// commit writes data to the log and waits until it is applied.
func commit(r *raft.Raft, data []byte) (outcome, error) {
	future := r.Apply(data, 0)
	if err := future.Error(); err != nil {
		return outcome{}, err
	}
	return future.Response().(outcome), nil
}
