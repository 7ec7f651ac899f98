package node

import (
	"time"

	"aistore/cluster/liveness"
)

// Clock reads a clock that does not jump. That of a real node goes on while the
// machine is suspended.
type Clock func() liveness.Moment

// sinceNow is a clock that begins now and stands still while the machine is
// suspended. In virtual time it is virtual.
func sinceNow() Clock {
	origin := time.Now()
	return func() liveness.Moment { return liveness.Moment(time.Since(origin)) }
}
