package objects

import (
	"context"
	"errors"
	"sync"
	"time"

	"aistore/cluster"
	"aistore/errs"
)

// Lease says whether a target may write, and may answer reads without a mark.
type Lease interface {
	// Term returns the number of the present lease, and whether it is valid. If
	// two calls return the same number and valid, the lease was valid all the
	// time between them.
	Term() (term uint64, valid bool)
}

// Gate lets writes through that this target may make: as the owner in force of a
// name that is not about to move, under a valid lease. It knows all writes in
// flight, so it can tell when none of a name that moves is left. All methods may
// be called from any goroutine.
type Gate struct {
	self     string
	lease    Lease                // nil always holds
	patience func() time.Duration // how long a write may go on that is in the way of a change
	fenced   func()               // told when Fenced has changed; must be quick

	follow chan struct{} // capacity 1: there may be a fence to close
	left   chan struct{} // capacity 1: a write that was in the way has left

	mu     sync.Mutex
	m      *cluster.Map       // guarded by mu; the map that counts for writes
	passes map[*Pass]struct{} // guarded by mu; writes in flight
	closed int64              // guarded by mu; version of the last pending placement whose fence is closed
	moved  chan struct{}      // guarded by mu; closed and replaced when m changes
}

// GateOptions are what a Gate needs. The zero value is for a target that has
// always a lease, and nobody to tell.
type GateOptions struct {
	Lease Lease // nil always holds
	// Patience is how long a write may go on that is in the way of a change of
	// the placement; nil is not at all.
	Patience func() time.Duration
	// Fenced is called when [Gate.Fenced] has changed. It must be quick. Nil is
	// not.
	Fenced func()
}

// NewGate makes the gate of the target with that id. It lets nothing through
// before the first Follow. Its Run has to run for fences to close that writes
// are in the way of.
func NewGate(self string, o GateOptions) *Gate {
	g := &Gate{
		self: self, lease: o.Lease, patience: o.Patience, fenced: o.Fenced,
		follow: make(chan struct{}, 1), left: make(chan struct{}, 1),
		m: new(cluster.Map), passes: map[*Pass]struct{}{}, moved: make(chan struct{}),
	}
	if g.patience == nil {
		g.patience = func() time.Duration { return 0 }
	}
	if g.fenced == nil {
		g.fenced = func() {}
	}
	return g
}

// Follow puts a map in force for writes. From now on those begin by it. Reads
// have to know the map before.
func (g *Gate) Follow(m *cluster.Map) {
	g.mu.Lock()
	if m.Version() > g.m.Version() {
		g.m = m
		close(g.moved)
		g.moved = make(chan struct{})
	}
	done := g.tryClose()
	g.mu.Unlock()
	if done {
		g.fenced()
	}
	notify(g.follow)
}

// Await waits until the map that is in force for writes has at least the given
// version and is as wanted; but not longer than a change of the placement takes.
func (g *Gate) Await(ctx context.Context, version int64, wanted func(*cluster.Map) bool) {
	var tooLong <-chan time.Time
	for {
		g.mu.Lock()
		m, moved := g.m, g.moved
		g.mu.Unlock()
		if m.Version() >= version && wanted(m) {
			return
		}
		if tooLong == nil {
			tooLong = time.After(2 * g.patience())
		}
		select {
		case <-ctx.Done():
			return
		case <-tooLong:
			return
		case <-moved:
		}
	}
}

// yields tells whether another target owns the name of a digest by the map that is
// in force here, which has at least the given version: so no write of this target
// can be acknowledged any more. It waits for the map, as Await does. Errors:
// Unavailable, with the code CodeNotNow.
func (g *Gate) yields(ctx context.Context, digest uint64, to string, version int64) error {
	g.Await(ctx, version, func(*cluster.Map) bool { return true })
	g.mu.Lock()
	m := g.m
	g.mu.Unlock()
	owner, err := m.Owner(digest)
	switch {
	case err != nil:
		return err
	case m.Version() < version || owner.ID != to:
		return notNow("by the cluster map here another target owns the object")
	}
	return nil
}

// Version returns the version of the map that is in force for writes.
func (g *Gate) Version() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.m.Version()
}

// Fenced returns the version of the pending placement for which no write of a
// name that moves is in flight, and none begins; 0 if there is none.
func (g *Gate) Fenced() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p, is := g.m.Pending(); is && p.Version() == g.closed {
		return g.closed
	}
	return 0
}

// tryClose closes the fence of the pending placement if no write is in the way,
// and reports whether it has closed now. The caller holds mu.
func (g *Gate) tryClose() bool {
	p, is := g.m.Pending()
	if !is || p.Version() == g.closed {
		return false
	}
	for pass := range g.passes {
		if g.m.Moves(pass.digest) {
			return false
		}
	}
	g.closed = p.Version()
	return true
}

// Run closes fences, until ctx ends: it waits for the writes that are in the way,
// and cuts them off when they take too long.
func (g *Gate) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.follow:
			g.close(ctx)
		}
	}
}

// close returns when the fence of the pending placement is closed, or it is
// pending no more.
func (g *Gate) close(ctx context.Context) {
	version, open := g.open()
	if !open {
		return
	}
	tooLong := time.NewTimer(g.patience())
	defer tooLong.Stop()
	for {
		if now, open := g.open(); !open || now != version {
			notify(g.follow)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-g.follow:
		case <-g.left:
		case <-tooLong.C:
			g.cut()
		}
		g.mu.Lock()
		done := g.tryClose()
		g.mu.Unlock()
		if done {
			g.fenced()
			return
		}
	}
}

// open returns the version of the pending placement, and whether its fence is
// yet open.
func (g *Gate) open() (version int64, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p, is := g.m.Pending()
	return p.Version(), is && p.Version() != g.closed
}

// cut cuts off the writes that are in the way.
func (g *Gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for pass := range g.passes {
		if g.m.Moves(pass.digest) {
			pass.cancel(notNow("the targets of the cluster are changing, and the write took too long"))
		}
	}
}

// Enter begins a write of the name with that digest. The caller ends it by
// Leave. Errors: Unavailable, with the code CodeNotNow.
func (g *Gate) Enter(ctx context.Context, digest uint64) (*Pass, error) {
	term, err := g.term()
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	owner, err := g.m.Owner(digest)
	switch {
	case err != nil:
		return nil, err
	case owner.ID != g.self:
		return nil, notNow("another target owns the object now")
	case g.m.Moves(digest):
		return nil, notNow("the targets of the cluster are changing, and with them the owner of the object")
	}
	p := &Pass{gate: g, digest: digest, term: term}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	g.passes[p] = struct{}{}
	return p, nil
}

// term returns the number of the present lease. Errors: Unavailable.
func (g *Gate) term() (uint64, error) {
	if g.lease == nil {
		return 0, nil
	}
	term, valid := g.lease.Term()
	if !valid {
		return 0, notNow("this target has lost touch with the primary, and does not write before it is back")
	}
	return term, nil
}

// notNow is the error of a write that was not begun, or had no effect.
func notNow(why string) error {
	e := errs.E("objects.Gate", "", errs.Unavailable, nil)
	e.Code, e.Public, e.RetryAfter = errs.CodeNotNow, why+": nothing was changed, try again", time.Second
	return e
}

// Pass is a write in flight.
type Pass struct {
	gate   *Gate
	digest uint64
	term   uint64
	ctx    context.Context // of this write alone
	cancel context.CancelCauseFunc
	settle func() // waits for what onCut has begun
}

// Context returns the context of the write. It ends when the write is cut off;
// the cause says why.
func (p *Pass) Context() context.Context { return p.ctx }

// Check tells, before a write takes effect, whether it still may. Errors:
// Unavailable, with the code CodeNotNow.
func (p *Pass) Check() error {
	if err := p.cutOff(); err != nil {
		return err
	}
	if !p.leased() {
		return notNow("this target has lost touch with the primary")
	}
	return nil
}

// Confirm tells, after a write has taken effect, whether it may be acknowledged:
// if the lease has run out meanwhile, another target may own the object by now,
// and know nothing of the write. Errors: Unavailable, with the code
// CodeOutcomeUnknown.
func (p *Pass) Confirm() error {
	if p.leased() {
		return nil
	}
	e := errs.E("objects.Gate", "", errs.Unavailable, errors.New("the lease has run out"))
	e.Code = errs.CodeOutcomeUnknown
	e.Public = "this target has lost touch with the primary meanwhile: the change may have been made or not"
	return e
}

// leased tells whether the lease has been valid since the write began.
func (p *Pass) leased() bool {
	term, err := p.gate.term()
	return err == nil && term == p.term
}

// cutOff returns why the write was cut off, nil if it was not.
func (p *Pass) cutOff() error {
	if err := context.Cause(p.ctx); errs.CodeOf(err) == errs.CodeNotNow {
		return err
	}
	return nil
}

// onCut calls cut, from another goroutine, when the write is cut off before it
// has left.
func (p *Pass) onCut(cut func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(p.ctx, func() {
		defer close(done)
		if p.cutOff() != nil {
			cut()
		}
	})
	p.settle = func() {
		if !stop() {
			<-done
		}
	}
}

// Leave ends the write.
func (p *Pass) Leave() {
	if p.settle != nil {
		p.settle()
	}
	g := p.gate
	g.mu.Lock()
	delete(g.passes, p)
	inTheWay := g.m.Moves(p.digest)
	g.mu.Unlock()
	p.cancel(nil)
	if inTheWay {
		notify(g.left)
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
