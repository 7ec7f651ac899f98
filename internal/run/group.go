package run

import "sync"

// Group owns goroutines that come and go, such as one per connection. The
// zero value is ready. Go and Wait may be called at the same time: a goroutine
// of the group may start others while somebody waits.
type Group struct {
	mu      sync.Mutex
	running int           // guarded by mu
	idle    chan struct{} // guarded by mu; closed when running falls to 0; nil while nobody waits
}

// Go runs fn in a goroutine of the group.
func (g *Group) Go(fn func()) {
	g.mu.Lock()
	g.running++
	g.mu.Unlock()
	go func() {
		defer g.done()
		fn()
	}()
}

// Wait returns when no goroutine of the group is running.
func (g *Group) Wait() {
	g.mu.Lock()
	if g.running == 0 {
		g.mu.Unlock()
		return
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	idle := g.idle
	g.mu.Unlock()
	<-idle
}

func (g *Group) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	if g.running == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}
