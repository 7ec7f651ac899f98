package quorum

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"

	"aistore/errs"
	"aistore/internal/run"
)

// Run takes part in the log until ctx ends: it votes, applies entries, and
// leads when elected. Afterwards the transport is closed; the files are closed
// by Close. It is called once.
// Errors: Unsupported (an entry that a newer release made), Corrupt.
func (l *Log) Run(ctx context.Context) error {
	const op = "quorum.Run"
	r, err := l.start()
	if err != nil {
		return errs.E(op, l.o.ID, "", err)
	}
	defer l.stop(r)
	select {
	case err := <-l.machine.broken:
		return errs.E(op, l.o.ID, "", err)
	default:
	}
	leaders := make(chan raft.Observation, 1) // one is enough: it only says to look
	r.RegisterObserver(raft.NewObserver(leaders, false, func(o *raft.Observation) bool {
		_, is := o.Data.(raft.LeaderObservation)
		return is
	}))
	l.leaderChanged() // one may have become known before
	if !l.o.Follows {
		if err := l.elect(r); err != nil {
			return errs.E(op, l.o.ID, "", err)
		}
	} else if care := newCaretaker(l); care != nil {
		caring, stop := context.WithCancel(ctx)
		var group run.Group
		defer group.Wait()
		defer stop()
		group.Go(func() { care.run(caring, r) })
	}
	if !l.alone(r) {
		close(l.ready)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-l.machine.broken:
			return errs.E(op, l.o.ID, "", err)
		case <-leaders:
			l.leaderChanged()
		case leads := <-r.LeaderCh():
			l.lead(ctx, r, leads)
		}
	}
}

// Ready is closed when the log runs; for the only voter of a log when it leads
// and its state is that of the last change.
func (l *Log) Ready() <-chan struct{} { return l.ready }

func (l *Log) start() (*raft.Raft, error) {
	l.startMu.Lock()
	defer l.startMu.Unlock()
	s := l.storage
	r, err := raft.NewRaft(l.o.raftConfig(s.identity.raftID()), l.machine, s.entries, s.stable, s.snapshots, l.asking)
	if err != nil {
		select {
		case broken := <-l.machine.broken:
			err = broken // the library's error does not say why
		default:
		}
		return nil, errors.Join(err, l.o.Transport.Close())
	}
	l.raft.Store(r)
	return r, nil
}

// stop shuts the library down. Without a majority it takes until the library
// gives up on what is open, which is the election timeout.
func (l *Log) stop(r *raft.Raft) {
	l.mu.Lock()
	l.stopping = true
	l.mu.Unlock()
	l.futures.Wait()
	if err := r.Shutdown().Error(); err != nil {
		l.o.Log.Warn("the metadata log has not stopped cleanly", "err", err)
	}
	l.asking.endHeartbeats()
	l.o.raftLog.end()
	l.resign()
}

// lead does what is due when this node has become leader, or is no longer.
func (l *Log) lead(ctx context.Context, r *raft.Raft, leads bool) {
	if !leads {
		l.resign()
		return
	}
	term := r.CurrentTerm()
	if err := l.wait(ctx, func() error { return r.Barrier(0).Error() }); err != nil {
		l.o.Log.Info("lost the lead of the metadata log before beginning", "err", err)
		l.resign()
		return
	}
	l.resign() // a term may have ended unseen
	l.leader.Store(int64(term))
	l.o.Log.Info("leads the metadata log", "term", term)
	l.leaderChanged()
	l.tellLead(true)
	select {
	case <-l.ready:
	default:
		close(l.ready)
	}
}

func (l *Log) resign() {
	if l.leader.Swap(-1) >= 0 {
		l.o.Log.Info("no longer leads the metadata log")
		l.tellLead(false)
	}
	l.leaderChanged()
}

func (l *Log) tellLead(leads bool) {
	l.mu.Lock()
	fn := l.onLead
	l.mu.Unlock()
	if fn != nil {
		fn(leads)
	}
}

// alone tells whether this node is the only voter.
func (l *Log) alone(r *raft.Raft) bool {
	servers := r.GetConfiguration().Configuration().Servers
	return len(servers) == 1 && servers[0].ID == l.storage.identity.raftID()
}

// elect has a voter stand at once instead of after a silence: nobody else does
// for a sole one, and one that was the leader a moment ago gets its lead back. The
// others refuse their votes to it as long as they hear from another leader. A follower
// whose timeout becomes shorter looks at the clock again, and a node that has
// heard of no leader since its start then finds the silence long enough.
func (l *Log) elect(r *raft.Raft) error {
	c := r.ReloadableConfig()
	c.HeartbeatTimeout -= time.Nanosecond
	return r.ReloadConfig(c)
}
