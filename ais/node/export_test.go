package node

import "time"

// Hear takes in that the primary is at an index, and this node at mine.
func (c *Core) Hear(index, mine uint64, now time.Time) { c.lag.hear(index, mine, now) }
