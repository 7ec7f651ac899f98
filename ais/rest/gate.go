package rest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"aistore/errs"
	"aistore/metrics"
)

// gate counts the requests in flight on one network, refuses those beyond a
// bound, and, once it drains, all new ones.
type gate struct {
	inFlight atomic.Int64
	draining atomic.Bool
	refused  *metrics.Counter
	once     sync.Once
	idle     chan struct{} // closed by the request that leaves a draining gate empty
}

func newGate(n Network, s *metrics.Scope) *gate {
	g := &gate{idle: make(chan struct{})}
	g.refused = s.Counter(n.String()+"_refused_total", "requests refused because too many were in flight, "+n.String()+" network")
	s.GaugeFunc(n.String()+"_in_flight", "requests in flight, "+n.String()+" network",
		func() float64 { return float64(g.inFlight.Load()) })
	return g
}

// Reasons to refuse a request at the gate.
var (
	errDraining = errors.New("the node is shutting down")
	errTooMany  = errors.New("too many requests in flight")
)

// enter lets one request in, which then must leave, if no more than most are
// in. What is served always comes in anyway. Errors: Unavailable.
func (g *gate) enter(most int, always bool) error {
	n := g.inFlight.Add(1)
	switch {
	case always:
		return nil
	case g.draining.Load():
		g.leave()
		return unavailable(errDraining)
	case n > int64(most):
		g.leave()
		g.refused.Inc()
		return unavailable(errTooMany)
	}
	return nil
}

func (g *gate) leave() {
	if g.inFlight.Add(-1) == 0 && g.draining.Load() {
		g.once.Do(func() { close(g.idle) })
	}
}

// drain refuses new requests and returns when none is in flight, or with the
// cause of ctx when that ends first.
func (g *gate) drain(ctx context.Context) error {
	g.draining.Store(true)
	if g.inFlight.Load() == 0 {
		return nil
	}
	select {
	case <-g.idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func unavailable(cause error) error {
	err := errs.E("rest.Router", "", errs.Unavailable, cause)
	err.RetryAfter = time.Second
	err.Code, err.Public = errs.CodeNotNow, cause.Error()
	return err
}
