package primary

import (
	"context"
	"errors"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// beginTimeout bounds how long a target may think about a change.
const beginTimeout = 10 * time.Second

// Asker carries questions about changes to targets over the control network.
type Asker interface {
	Begin(ctx context.Context, node *wire.Node, m *BeginMessage) error
	Release(ctx context.Context, node *wire.Node, id string) error
}

// transact makes a change in two phases: every target is asked, and may refuse;
// then the change is proposed, and waited for. What makes returns must not depend
// on when it is called: it is called first to see whether the change is possible
// at all. Without a question there is one phase. Errors: those of makes, what a
// target refuses with, Unavailable (a target does not answer).
func (p *Primary) transact(ctx context.Context, ask *BeginMessage, makes func(*cluster.State) ([]cluster.Change, error)) error {
	if ask == nil {
		return p.commit(ctx, makes)
	}
	if _, err := p.leading(); err != nil {
		return err
	}
	state := p.log.State()
	if _, err := makes(state); err != nil {
		return err
	}
	targets := state.Map.Targets()
	err := p.ask(ctx, targets, ask)
	if err == nil {
		err = p.commit(ctx, makes)
	}
	if err != nil {
		p.release(ctx, targets, ask.ID)
	}
	return err
}

// ask asks all targets at the same time.
func (p *Primary) ask(ctx context.Context, targets []*wire.Node, m *BeginMessage) error {
	ctx, cancel := context.WithTimeout(ctx, beginTimeout)
	defer cancel()
	return run.Each(ctx, len(targets), targets, func(ctx context.Context, t *wire.Node) error {
		err := p.o.Asker.Begin(ctx, t, m)
		if errors.Is(err, errs.Unavailable) {
			e := errs.E("primary.Begin", t.ID, errs.Unavailable, err)
			e.Public, e.RetryAfter = "target "+t.ID+" does not answer: nothing was changed", time.Second
			return e
		}
		return err
	})
}

// release tells targets that nothing comes of a change. One that does not hear
// it forgets the change by itself.
func (p *Primary) release(ctx context.Context, targets []*wire.Node, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beginTimeout)
	defer cancel()
	_ = run.Each(ctx, len(targets), targets, func(ctx context.Context, t *wire.Node) error {
		if err := p.o.Asker.Release(ctx, t, id); err != nil {
			p.o.Logger.Debug("a target forgets a change later", "node", t.ID, "err", err)
		}
		return nil
	})
}
