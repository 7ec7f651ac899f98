package config

import "aistore/internal/units"

// Space says what happens as mountpaths fill. The marks are percent of the
// capacity of a mountpath.
type Space struct {
	CleanupMark   int64          `json:"cleanupwm"`         // above it, leftovers are removed
	LowMark       int64          `json:"lowwm"`             // eviction stops here
	HighMark      int64          `json:"highwm"`            // eviction begins here, and jobs that write are refused
	OutOfSpace    int64          `json:"out_of_space"`      // above it, writes are refused
	BatchSize     int64          `json:"batch_size"`        // items that a cleanup removes between two looks at the load
	DontCleanup   units.Duration `json:"dont_cleanup_time"` // leftovers younger than this stay
	TombstoneTime units.Duration `json:"tombstone_time"`    // a mountpath or node away longer than this comes back empty
	UploadTime    units.Duration `json:"upload_time"`       // uploads and appends that nobody touches for so long are removed
	Reserve       units.Size     `json:"reserve"`           // kept free on each mountpath for deletes and metadata
}

// DefaultSpace returns the usual marks.
func DefaultSpace() Space {
	return Space{
		CleanupMark: 65, LowMark: 75, HighMark: 90, OutOfSpace: 95, BatchSize: 32768,
		DontCleanup: 120 * minute, TombstoneTime: 7 * day, UploadTime: 7 * day, Reserve: 16 * units.MiB,
	}
}

// Validate names what is wrong.
func (s Space) Validate() error {
	if s.CleanupMark <= 0 || s.LowMark < s.CleanupMark || s.HighMark < s.LowMark || s.OutOfSpace < s.HighMark || s.OutOfSpace > 100 {
		return bad("space", "%d, %d, %d, %d: expecting 0 < cleanupwm <= lowwm <= highwm <= out_of_space <= 100",
			s.CleanupMark, s.LowMark, s.HighMark, s.OutOfSpace)
	}
	if err := within(bound{"space.batch_size", s.BatchSize, 1, 1 << 20}); err != nil {
		return err
	}
	if err := sized(extent{"space.reserve", s.Reserve, 0, units.TiB}); err != nil {
		return err
	}
	return lasting(
		span{"space.dont_cleanup_time", s.DontCleanup, 0, 365 * day},
		span{"space.upload_time", s.UploadTime, minute, 3650 * day},
		span{"space.tombstone_time", s.TombstoneTime, minute, 3650 * day},
	)
}
