package config

import "aistore/internal/units"

// Rebalance says how objects move when the set of targets changes.
type Rebalance struct {
	Enabled    bool           `json:"enabled"`         // begin by itself; an administrator can always begin one
	DestRetry  units.Duration `json:"dest_retry_time"` // waiting for another target to answer
	EvictAfter units.Duration `json:"evict_after"`     // a target silent this long loses its place; 0 means never
	Streams
}

// DefaultRebalance returns a rebalance that begins by itself when nodes join
// or are taken out, and never because one is silent.
func DefaultRebalance() Rebalance {
	return Rebalance{Enabled: true, DestRetry: 2 * minute, Streams: DefaultStreams()}
}

// Validate names what is wrong.
func (r Rebalance) Validate() error {
	if err := r.Streams.validate("rebalance"); err != nil {
		return err
	}
	return lasting(
		span{"rebalance.dest_retry_time", r.DestRetry, second, hour},
		span{"rebalance.evict_after", r.EvictAfter, 0, 365 * day},
	)
}

// Resilver says how objects move when the mountpaths of a target change.
type Resilver struct {
	Enabled bool `json:"enabled"` // begin by itself
}

// DefaultResilver returns a resilver that begins by itself.
func DefaultResilver() Resilver { return Resilver{Enabled: true} }
