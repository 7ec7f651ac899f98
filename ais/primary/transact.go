package primary

import (
	"context"
	"errors"
	"slices"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// Bounds of the first phase of a change.
const (
	beginTimeout   = 10 * time.Second       // for all targets to think about it
	beginPause     = 50 * time.Millisecond  // before a target that could not be reached is asked again
	beginDoubt     = 200 * time.Millisecond // after which a target that says nothing is asked whether it takes anything at all
	releaseTimeout = 2 * time.Second        // for a target to hear that nothing comes of the change
)

// Asker carries questions about changes to targets over the control network.
type Asker interface {
	// Begin asks a target about a change. An error says nothing about its answer.
	Begin(ctx context.Context, node *wire.Node, m *BeginMessage) (*BeginReply, error)
	Release(ctx context.Context, node *wire.Node, id string) error
}

// transaction is a change that targets may refuse.
type transaction struct {
	id string
	// targets are the ids of those that must agree, all of them; nil is all that
	// are up, and one that falls silent meanwhile counts as agreed: it acts when it
	// is back and hears of the change.
	targets []string
	// empty asks that buckets which the change removes have no objects. All targets
	// must agree then, as one that nobody hears may still store what it is sent.
	empty bool
	// makes must not depend on when it is called: it is called first to see whether
	// the change is possible at all, and what it is.
	makes func(*cluster.State) ([]cluster.Change, error)
}

// transact makes a change in two phases: targets are asked, reserve what it needs,
// and may refuse; then the change is proposed, and waited for. Changes of one
// bucket come one after the other. If nothing comes of the change the targets
// forget it, by themselves if they do not hear. Errors: those of makes, what a
// target refuses with, Unavailable (a target does not answer; nothing was changed).
func (p *Primary) transact(ctx context.Context, t *transaction) error {
	pushing, err := p.leading()
	if err != nil {
		return err
	}
	changes, err := t.makes(p.log.State())
	if err != nil {
		return err
	}
	release, err := p.names.take(ctx, cluster.ChangedBuckets(changes))
	if err != nil {
		return errs.E("primary.transact", "", "", err)
	}
	defer release()
	state := p.log.State()
	if changes, err = t.makes(state); err != nil {
		return err // others were first
	}
	asked := t.asks(state, pushing)
	err = p.ask(ctx, pushing, asked, t, &BeginMessage{ID: t.id, Reign: p.ruling(), Number: p.begun.Add(1), Changes: changes, Empty: t.empty})
	if err == nil {
		err = p.commit(ctx, t.makes)
	}
	if err != nil {
		p.release(ctx, asked, t.id)
	}
	return err
}

// asks returns the targets that are asked.
func (t *transaction) asks(state *cluster.State, pushing *publisher) []*wire.Node {
	var list []*wire.Node
	for _, n := range state.Map.Targets() {
		switch {
		case t.empty:
			list = append(list, n)
		case t.targets != nil && !slices.Contains(t.targets, n.ID):
		case t.targets == nil && (n.Has(wire.NodeDown) || pushing.suspects(n.ID)):
		default:
			list = append(list, n)
		}
	}
	return list
}

// ask asks targets at the same time.
func (p *Primary) ask(ctx context.Context, pushing *publisher, targets []*wire.Node, t *transaction, m *BeginMessage) error {
	within, cancel := context.WithTimeout(ctx, beginTimeout)
	defer cancel()
	err := run.Each(within, max(1, len(targets)), targets, func(ctx context.Context, n *wire.Node) error {
		err := p.askOne(ctx, pushing, n, m)
		switch {
		case errors.Is(err, errSilent) && t.targets == nil && !t.empty:
			return nil
		case errors.Is(err, errSilent), errors.Is(context.Cause(within), context.DeadlineExceeded):
			return unanswered(n.ID, err)
		}
		return err
	})
	if err != nil && ctx.Err() != nil {
		return errs.E("primary.Begin", "", "", context.Cause(ctx))
	}
	return err
}

// errSilent says that a target is suspected.
var errSilent = errors.New("it is not heard")

// unanswered is the error of a target that has not said whether it lets a change
// happen.
func unanswered(id string, cause error) error {
	e := errs.E("primary.Begin", id, errs.Unavailable, cause)
	e.Public, e.RetryAfter = "target "+id+" does not answer: nothing was changed", time.Second
	return e
}

// askOne returns the answer of a target, or errSilent when it is suspected.
// As long as it is not, one that cannot be reached is asked again.
func (p *Primary) askOne(ctx context.Context, pushing *publisher, n *wire.Node, m *BeginMessage) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching run.Group
	defer watching.Wait()
	defer cancel(nil)
	watching.Go(func() {
		if sleep(ctx, beginDoubt) {
			pushing.poke(n.ID)
		}
		if pushing.await(ctx, func() bool { return pushing.suspects(n.ID) }) == nil {
			cancel(errSilent)
		}
	})
	for {
		reply, err := p.o.Asker.Begin(ctx, n, m)
		if err == nil {
			return reply.refused(n.ID)
		}
		pushing.poke(n.ID)
		if !sleep(ctx, beginPause) {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// release tells targets that nothing comes of a change. One that does not hear
// it forgets the change by itself.
func (p *Primary) release(ctx context.Context, targets []*wire.Node, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	_ = run.Each(ctx, max(1, len(targets)), targets, func(ctx context.Context, t *wire.Node) error {
		if err := p.o.Asker.Release(ctx, t, id); err != nil {
			p.o.Logger.Debug("a target forgets a change later", "node", t.ID, "err", err)
		}
		return nil
	})
}
