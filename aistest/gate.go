package aistest

import (
	"net"
	"sync"
)

// gate lets traffic pass, or makes it wait. The zero value lets pass.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // guarded by mu; closed when the gate opens; nil while it is open
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// wait returns what is closed when the gate opens, nil if it is open.
func (g *gate) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// pass returns when all gates are open, or net.ErrClosed when done is closed
// before.
func pass(done <-chan struct{}, gates []*gate) error {
	for i := 0; i < len(gates); i++ {
		shut := gates[i].wait()
		if shut == nil {
			continue
		}
		select {
		case <-shut:
			i = -1 // another may have shut meanwhile
		case <-done:
			return net.ErrClosed
		}
	}
	return nil
}
