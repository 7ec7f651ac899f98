package node

import (
	"time"

	"aistore/api/wire"
	"aistore/cluster"
)

// Hear takes in that the primary is at an index, and this node at mine.
func (c *Core) Hear(index, mine uint64, now time.Time) { c.lag.hear(index, mine, now) }

// TakeForTest returns what takes tokens of buckets.
func TakeForTest() func(uint64, *wire.FrontendRate, time.Time) time.Duration { return new(rates).take }

// OpenedKeys keeps access keys unsealed.
type OpenedKeys struct{ keys openedKeys }

// Put keeps a key with its secret, Get returns that, "" for none.
func (o *OpenedKeys) Put(key *cluster.Key, secret string) {
	o.keys.put(openedKey{of: key, secret: secret})
}

func (o *OpenedKeys) Get(key *cluster.Key) string {
	opened, found := o.keys.get(key)
	if !found {
		return ""
	}
	return opened.secret
}

// Len returns how many are kept.
func (o *OpenedKeys) Len() int { return len(o.keys.known) }

// SetPause sets after how long without an answer nodes are asked whether they live.
func (p *Peers) SetPause(pause time.Duration) { p.pause = pause }
