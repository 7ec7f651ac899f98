package rest

import "sync"

// nonces remembers the latest signatures seen, to refuse a request that comes
// again. Beyond its size it forgets the oldest: what is then accepted again is
// still bounded by the time window.
type nonces struct {
	mu   sync.Mutex
	seen map[nonce]struct{} // guarded by mu
	ring []nonce            // guarded by mu; in order of arrival from next on
	next int                // guarded by mu
}

// nonce is the beginning of a signature, which nobody can choose.
type nonce [16]byte

// first tells whether one is seen for the first time, and remembers it among
// the latest most.
func (n *nonces) first(one nonce, most int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, again := n.seen[one]; again {
		return false
	}
	if n.seen == nil || most != cap(n.ring) {
		n.seen = make(map[nonce]struct{})
		n.ring, n.next = make([]nonce, 0, most), 0
	}
	if len(n.ring) < most {
		n.ring = append(n.ring, one)
	} else {
		delete(n.seen, n.ring[n.next])
		n.ring[n.next] = one
		n.next = (n.next + 1) % most
	}
	n.seen[one] = struct{}{}
	return true
}
