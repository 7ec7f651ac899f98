package node

import (
	"time"

	"aistore/api/wire"
)

// Hear takes in that the primary is at an index, and this node at mine.
func (c *Core) Hear(index, mine uint64, now time.Time) { c.lag.hear(index, mine, now) }

// TakeForTest returns what takes tokens of buckets.
func TakeForTest() func(uint64, *wire.FrontendRate, time.Time) time.Duration { return new(rates).take }
