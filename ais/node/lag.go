package node

import (
	"sync"
	"time"
)

// lag knows how far a node is behind the primary, by what that says in each
// answer to a keepalive. All methods may be called from any goroutine.
type lag struct {
	mu     sync.Mutex
	told   uint64    // guarded by mu; index that the primary had at the answer before
	behind time.Time // guarded by mu; since when this node lacks what it was told of; zero when it does not
}

// hear takes in an answer: the primary is at index, this node at mine. That the
// newest changes are still on their way does not count.
func (l *lag) hear(index, mine uint64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case mine >= l.told:
		l.behind = time.Time{}
	case l.behind.IsZero():
		l.behind = now
	}
	l.told = index
}

// time returns for how long this node has been behind; 0 when it is not.
func (l *lag) time(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind.IsZero() {
		return 0
	}
	return now.Sub(l.behind)
}
