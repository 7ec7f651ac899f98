package primary

import (
	"context"
	"errors"
	"time"

	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
)

// Bounds of the work on voters.
const (
	voterPause   = 500 * time.Millisecond // between two looks at them
	voterTimeout = 5 * time.Second        // for one change of them
	lagPauses    = 3                      // a log is current when it is no more than so many pauses behind
	handOverTime = 2 * time.Second        // for a node that stops to hand the lead on
	learnTime    = 30 * time.Second       // for a learner to become current
	failedTime   = 5 * time.Minute        // until one that has not is tried again
)

// keepVoters sees to it that the right nodes vote, until ctx ends.
func (p *Primary) keepVoters(ctx context.Context) {
	var past []uint64 // how far the log was, at the latest looks
	for sleep(ctx, voterPause) {
		past = append(past, p.log.State().Position.Index)
		past = past[max(0, len(past)-lagPauses):]
		p.judge(past[0])
		e, members, err := p.electorate(past[0])
		if err == nil {
			err = p.changeVoters(ctx, e, members)
		}
		if err != nil && ctx.Err() == nil {
			p.o.Logger.Warn("cannot change who votes", "err", err)
		}
	}
}

// electorate is what this node knows of those who may vote. A log is current
// that has the entry of index behind.
func (p *Primary) electorate(behind uint64) (cluster.Electorate, []quorum.Member, error) {
	members, err := p.log.Members()
	if err != nil {
		return cluster.Electorate{}, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := cluster.Electorate{
		Map:    p.log.State().Map,
		Self:   p.log.RaftID(),
		Logs:   map[string]cluster.Log{},
		Health: p.Health,
		Seats:  p.config().Quorum.Voters,
		Prefer: p.prefer,
	}
	for _, m := range members {
		if m.Votes {
			e.Voters = append(e.Voters, m.ID)
		} else {
			e.Learners = append(e.Learners, m.ID)
		}
	}
	for id, h := range p.heard {
		e.Logs[id] = cluster.Log{ID: h.log.ID, Current: h.current(behind), Failing: p.pupils[h.log.ID].failing()}
	}
	for _, n := range p.o.Nodes {
		e.Logs[n.ID] = cluster.Log{ID: e.Self, Current: true}
	}
	return e, members, nil
}

// pupil is a log that was made to follow.
type pupil struct {
	since  time.Time // when it began to, or was current last
	failed time.Time // when it was found not to become current; zero if it was not
}

func (p pupil) failing() bool { return !p.failed.IsZero() && time.Since(p.failed) < failedTime }

// current tells whether a log has the entry of index behind.
func (h heard) current(behind uint64) bool { return h.index >= behind && h.index > 0 }

// judge notes which learners do not become current: others take their seats.
func (p *Primary) judge(behind uint64) {
	members, err := p.log.Members()
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	current := map[string]bool{}
	for _, h := range p.heard {
		current[h.log.ID] = h.current(behind)
	}
	pupils := map[string]pupil{}
	for id, was := range p.pupils {
		if was.failing() {
			pupils[id] = was
		}
	}
	for _, m := range members {
		if m.Votes {
			continue
		}
		now := p.pupils[m.ID]
		if now.since.IsZero() || current[m.ID] {
			now = pupil{since: time.Now()}
		}
		if now.failed.IsZero() && time.Since(now.since) >= learnTime {
			p.o.Logger.Warn("a node does not keep up with the log: others are to vote", "log", m.ID)
			now.failed = time.Now()
		}
		pupils[m.ID] = now
	}
	p.pupils = pupils
}

// changeVoters makes the one change of voters that is due, if any.
func (p *Primary) changeVoters(ctx context.Context, e cluster.Electorate, members []quorum.Member) error {
	ctx, cancel := context.WithTimeout(ctx, voterTimeout)
	defer cancel()
	addresses := p.addresses()
	for _, m := range members {
		if now, ok := addresses[m.ID]; ok && now != m.Address {
			p.o.Logger.Info("a log has moved", "log", m.ID, "from", m.Address, "to", now)
			return p.move(ctx, m, now)
		}
	}
	change := cluster.NextVoter(e)
	if change.Step == cluster.VoterNone {
		return nil
	}
	p.o.Logger.Info("voters change", "step", string(change.Step), "log", change.Log, "why", change.Why)
	return p.do(ctx, change, addresses[change.Log])
}

// addresses is where the logs of the nodes are, by id of the log.
func (p *Primary) addresses() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	addresses := map[string]string{p.log.RaftID(): p.o.Address}
	for _, h := range p.heard {
		if h.log.ID != "" && h.log.Address != "" {
			addresses[h.log.ID] = h.log.Address
		}
	}
	return addresses
}

// move tells everybody that a log is reached at another address.
func (p *Primary) move(ctx context.Context, m quorum.Member, address string) error {
	m.Address = address
	if m.Votes {
		return p.log.AddVoter(ctx, m)
	}
	return p.log.AddLearner(ctx, m)
}

func (p *Primary) do(ctx context.Context, c cluster.VoterChange, address string) error {
	m := quorum.Member{ID: c.Log, Node: c.Node, Address: address}
	switch c.Step {
	case cluster.VoterLearn:
		return p.log.AddLearner(ctx, m)
	case cluster.VoterPromote:
		return p.log.AddVoter(ctx, m)
	case cluster.VoterForget, cluster.VoterRemove:
		return p.log.Remove(ctx, m)
	case cluster.VoterTransfer:
		return p.log.TransferTo(ctx, m)
	}
	return errs.E("primary.do", string(c.Step), errs.Internal, errors.New("no such step"))
}

// SetPrimary makes another proxy the primary, and returns once this node has
// ceased to be. Errors: NotFound, Conflict (it is a target, cannot be elected,
// or is in maintenance), Unavailable (it has not taken the lead in time; it may
// yet).
func (p *Primary) SetPrimary(ctx context.Context, id string) error {
	const op = "primary.SetPrimary"
	if _, err := p.leading(); err != nil {
		return err
	}
	if err := cluster.CheckSetPrimary(p.log.State(), id); err != nil {
		return err
	}
	p.mu.Lock()
	p.prefer = id
	changed := p.changed
	p.mu.Unlock()
	if id == p.o.Nodes[0].ID {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.lease())
	defer cancel()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return errs.E(op, id, errs.Unavailable, errors.New("it has not taken the lead yet"))
	}
}

// HandOver waits for the end of ctx, then hands the lead on if this node has it
// and somebody else can take it, so that nobody has to notice that it is gone.
func (p *Primary) HandOver(ctx context.Context) error {
	<-ctx.Done()
	if !p.log.IsLeader() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOverTime)
	defer cancel()
	e, members, err := p.electorate(1) // whom it takes it, the log brings up to date
	if err != nil {
		return nil // the log is stopping
	}
	next := cluster.Successor(e)
	for _, m := range members {
		if next.Step == cluster.VoterTransfer && m.ID == next.Log {
			p.o.Logger.Info("handing the lead on", "node", next.Node)
			if err := p.log.TransferTo(ctx, m); err != nil {
				p.o.Logger.Info("the lead is not handed on", "err", err)
			}
		}
	}
	return nil
}
