package quorum

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"

	"aistore/errs"
)

// checks are the questions to the majority whether this node leads. One that has
// not begun yet is for everybody who asks meanwhile, so that many who ask cost
// no more than a few.
type checks struct {
	next    *verdict // that has not begun; nil if nobody waits for it
	running bool     // somebody asks for one after the other
}

// verdict is the answer to one question.
type verdict struct {
	done chan struct{} // closed when err is set
	err  error
}

// Verify returns nil if this node led the log at some time after the call, as a
// majority says. What State returns then has every change that was acknowledged
// before the call. Errors: Unavailable.
func (l *Log) Verify(ctx context.Context) error {
	const op = "quorum.Verify"
	r, err := l.leading(ctx)
	if err != nil {
		return errs.E(op, l.o.ID, "", err)
	}
	v, err := l.nextVerdict(r)
	if err != nil {
		return errs.E(op, l.o.ID, "", err)
	}
	select {
	case <-v.done:
		err = v.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return errs.E(op, l.o.ID, errs.Unavailable, err)
	}
	return nil
}

// nextVerdict returns the next verdict, of a check that has not begun.
func (l *Log) nextVerdict(r *raft.Raft) (*verdict, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		return nil, errs.E("", "", errs.Unavailable, errors.New("this node is stopping"))
	}
	if l.checks.next == nil {
		l.checks.next = &verdict{done: make(chan struct{})}
	}
	v := l.checks.next
	if !l.checks.running {
		l.checks.running = true
		l.futures.Go(func() { l.check(r) })
	}
	return v, nil
}

// check asks the majority as long as somebody wants to know.
func (l *Log) check(r *raft.Raft) {
	for {
		l.mu.Lock()
		v := l.checks.next
		l.checks.next = nil
		l.checks.running = v != nil
		l.mu.Unlock()
		if v == nil {
			return
		}
		v.err = l.confirm(r)
		close(v.done)
	}
}

// confirmPause bounds how long it goes unnoticed that this node leads no more.
const confirmPause = 50 * time.Millisecond

// confirm returns nil when a majority was asked from now on, and has agreed that
// this node leads in the term in which it has seen every earlier change. It ends
// when the library finds out that this node does not.
func (l *Log) confirm(r *raft.Raft) error {
	term := r.CurrentTerm()
	if l.leader.Load() != int64(term) {
		return raft.ErrLeadershipLost
	}
	question := l.asking.ask()
	if err := r.VerifyLeader().Error(); err != nil {
		return err
	}
	for r.State() == raft.Leader && r.CurrentTerm() == term {
		agreed, news := l.asking.since(question, term, l.storage.identity.raftID(), r.GetConfiguration().Configuration().Servers)
		if agreed {
			return nil
		}
		select {
		case <-news:
		case <-time.After(confirmPause):
		}
	}
	return raft.ErrLeadershipLost
}
