package cluster

import (
	"time"

	"aistore/internal/units"
)

// LeaseBound is the longest lease that targets may have from before the time of a
// lease was made shorter. A primary that begins to lead does not know what others
// have granted: it waits by the longest. The zero value is none.
type LeaseBound struct {
	Time  units.Duration `json:"time"`
	Since int64          `json:"since,string"` // version of the configuration that made it shorter last
}

// LongestLease returns how long a lease that an earlier primary has granted may be.
func (s *State) LongestLease() time.Duration {
	return max(s.Config.Timeout.Lease.Std(), s.Leases.Time.Std())
}

// EndLeases says that all leases have run out that were granted before the
// configuration of that version was in force, see [LeaseBound].
func EndLeases(version int64) Change { return Change{Kind: ChangeEndLeases, Version: version} }

// boundLeases takes in that the configuration has changed, in which a lease took
// before.
func (s *State) boundLeases(before units.Duration) {
	now := s.Config.Timeout.Lease
	switch {
	case now < before:
		s.Leases = LeaseBound{Time: max(before, s.Leases.Time), Since: s.Config.Version}
	case now >= s.Leases.Time:
		s.Leases = LeaseBound{}
	}
}

// endLeases forgets the longer leases, unless others have come since.
func (s *State) endLeases(version int64) {
	if s.Leases.Since == version {
		s.Leases = LeaseBound{}
	}
}
