package liveness

import "time"

// RoundTrip estimates how long to wait for the answer of one node, as TCP does:
// the smoothed time of a round trip and four times its variation. The zero
// value knows nothing.
type RoundTrip struct {
	smoothed, variation time.Duration
	missed              int // since the last answer
}

// minTimeout is for a node that answers quickly and is busy for once.
const minTimeout = time.Second

// Observe takes in that an answer took d.
func (r *RoundTrip) Observe(d time.Duration) {
	r.missed = 0
	if r.smoothed == 0 {
		r.smoothed, r.variation = d, d/2
		return
	}
	r.variation += ((r.smoothed - d).Abs() - r.variation) / 4
	r.smoothed += (d - r.smoothed) / 8
}

// Miss takes in that there was no answer in time.
func (r *RoundTrip) Miss() { r.missed++ }

// Timeout returns how long to wait for the next answer: a second at least, twice
// as long after each miss, and never longer than longest, which is also for a
// node that has never answered.
func (r *RoundTrip) Timeout(longest time.Duration) time.Duration {
	if r.smoothed == 0 {
		return longest
	}
	timeout := max(r.smoothed+4*r.variation, minTimeout)
	for range r.missed {
		if timeout >= longest {
			break
		}
		timeout *= 2
	}
	return min(timeout, longest)
}
