package config

import "aistore/internal/units"

// Disk says when a disk counts as busy. The marks are percent of utilization.
type Disk struct {
	LowMark      int64          `json:"disk_util_low_wm"`   // below it, background work is not held back
	HighMark     int64          `json:"disk_util_high_wm"`  // above it, background work is held back much
	MaxMark      int64          `json:"disk_util_max_wm"`   // above it, background work waits
	RefreshLong  units.Duration `json:"iostat_time_long"`   // how often an idle disk is looked at
	RefreshShort units.Duration `json:"iostat_time_short"`  // how often a busy disk is looked at
	Smooth       units.Duration `json:"iostat_time_smooth"` // utilization is the mean over this time
}

// DefaultDisk returns the usual marks.
func DefaultDisk() Disk {
	return Disk{
		LowMark: 20, HighMark: 80, MaxMark: 95,
		RefreshLong: 2 * second, RefreshShort: 100 * millisecond, Smooth: 8 * second,
	}
}

// Validate names what is wrong.
func (d Disk) Validate() error {
	if d.LowMark <= 0 || d.HighMark <= d.LowMark || d.MaxMark <= d.HighMark || d.MaxMark > 100 {
		return bad("disk", "%d, %d, %d: expecting 0 < disk_util_low_wm < disk_util_high_wm < disk_util_max_wm <= 100",
			d.LowMark, d.HighMark, d.MaxMark)
	}
	if d.RefreshLong < d.RefreshShort {
		return bad("disk.iostat_time_long", "%s is less than disk.iostat_time_short", d.RefreshLong)
	}
	return lasting(
		span{"disk.iostat_time_short", d.RefreshShort, 10 * millisecond, minute},
		span{"disk.iostat_time_long", d.RefreshLong, 10 * millisecond, hour},
		span{"disk.iostat_time_smooth", d.Smooth, 0, hour},
	)
}
