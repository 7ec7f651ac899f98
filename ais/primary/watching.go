package primary

import (
	"context"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/errs"
	"aistore/internal/run"
)

// watch looks after who is silent, until ctx ends: it asks them, tells the
// publisher whom not to wait for, and writes into the map who is down or back. It
// waits for nothing itself, since time in which it does not run is nobody's
// silence.
func (p *placing) watch(ctx context.Context, pushing *publisher) {
	var work run.Group
	defer work.Wait()
	for {
		for _, d := range p.tick() {
			switch d.Kind {
			case liveness.Probe:
				work.Go(func() { p.probe(ctx, d) })
			case liveness.Suspect:
				p.primary.o.Logger.Warn("node is silent", "node", d.Node, "silent", d.Silent.Round(time.Millisecond), "misses", d.Misses)
				pushing.silence(d.Node)
			case liveness.Trust:
				p.primary.o.Logger.Info("node is heard again", "node", d.Node)
				pushing.trust(d.Node)
			default:
				work.Go(func() { p.mark(ctx, d) })
			}
		}
		if !sleep(ctx, p.settings().Tick) {
			return
		}
	}
}

func (p *placing) tick() []liveness.Decision {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow()
	return p.tracker.Tick(p.primary.o.Now())
}

// probe asks a node on the control path whether it lives.
func (p *placing) probe(ctx context.Context, d liveness.Decision) {
	n, ok := p.primary.log.State().Map.Node(d.Node)
	if !ok {
		return // it has left, and with it what is known of it
	}
	asking, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	began := p.primary.o.Now()
	incarnation, err := p.primary.o.Sender.Probe(asking, n)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.tracker.Missed(d.Node)
		return
	}
	now := p.primary.o.Now()
	if err := p.tracker.Answered(d.Node, incarnation, now.Sub(began), now); err != nil {
		p.primary.o.Logger.Debug("a node answers and does not count", "node", d.Node, "err", err)
	}
}

// answered takes in that a node has taken what was pushed to it.
func (p *placing) answered(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracker.Took(id, p.primary.o.Now())
}

// doubt takes in that a node could not be reached: it is asked soon.
func (p *placing) doubt(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracker.Doubt(id)
}

func (p *placing) health(id string) cluster.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker.Health(id)
}

func (p *placing) known(id string) cluster.Known {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker.Known(id, p.primary.o.Now())
}

// mark writes into the map that a node is down, or is back.
func (p *placing) mark(ctx context.Context, d liveness.Decision) {
	var set, clear uint64
	switch d.Kind {
	case liveness.MarkDown:
		set = wire.NodeDown
	case liveness.MarkUp:
		clear = wire.NodeDown
	default: // to evict: not before objects can move
		p.done(d.Node)
		return
	}
	p.primary.o.Logger.Warn("a node has changed", "node", d.Node, "what", string(d.Kind), "silent", d.Silent.Round(time.Millisecond))
	_, err := p.primary.propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		if _, ok := s.Map.Node(d.Node); !ok {
			return nil, nil
		}
		return []cluster.Change{cluster.SetFlags(d.Node, set, clear).Fenced()}, nil
	})
	if err != nil && ctx.Err() == nil {
		p.primary.o.Logger.Warn("cannot write what has become of a node", "node", d.Node, "err", err)
	}
	// As long as the change may yet come the node gets no lease. This node does not
	// lead for long any more then, and whoever leads next begins anew.
	if errs.KindOf(err) != errs.Unavailable || Untouched(err) {
		p.done(d.Node)
	}
}

func (p *placing) done(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follow()
	p.tracker.Done(id)
}
