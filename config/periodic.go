package config

import "aistore/internal/units"

// Periodic says how often things happen.
type Periodic struct {
	Stats     units.Duration `json:"stats_time"`      // counters are looked at and capacity is refreshed
	RetrySync units.Duration `json:"retry_sync_time"` // metadata is sent again to nodes that did not take it
	Notify    units.Duration `json:"notif_time"`      // jobs report progress
	Lifecycle units.Duration `json:"lifecycle_time"`  // after midnight in UTC: what has expired by the lifecycle rules of buckets is deleted, once a day
}

// DefaultPeriodic returns the usual intervals.
func DefaultPeriodic() Periodic {
	return Periodic{Stats: 10 * second, RetrySync: 2 * second, Notify: 30 * second, Lifecycle: 30 * minute}
}

// Validate names what is wrong.
func (p Periodic) Validate() error {
	return lasting(
		span{"periodic.stats_time", p.Stats, second, hour},
		span{"periodic.retry_sync_time", p.RetrySync, 10 * millisecond, hour},
		span{"periodic.notif_time", p.Notify, second, hour},
		span{"periodic.lifecycle_time", p.Lifecycle, 0, 24*hour - second},
	)
}
