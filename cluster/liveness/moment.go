package liveness

import "time"

// Moment is a reading of a node's clock that does not jump and goes on while the
// machine is suspended (CLOCK_BOOTTIME), since an origin of its own. Moments of
// two nodes, or of two starts of a machine, have nothing to do with each other.
type Moment time.Duration

// Add returns the moment d after m.
func (m Moment) Add(d time.Duration) Moment { return m + Moment(d) }

// Sub returns how long after n m is.
func (m Moment) Sub(n Moment) time.Duration { return time.Duration(m - n) }

// drift bounds how much the rates of two clocks differ: one part in it.
const drift = 100

// outlasts returns how long to wait by this node's clock for d to pass by
// another's.
func outlasts(d time.Duration) time.Duration { return d + 2*(d/drift) + 1 }

// RunOut returns when a lease of d, granted by now at the latest, has run out.
func RunOut(d time.Duration, now Moment) Moment { return now.Add(outlasts(d)) }
