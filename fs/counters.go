package fs

import "aistore/metrics"

// counters is what all mountpaths of a target count together.
type counters struct {
	suspected   *metrics.Counter
	full        *metrics.Counter
	trashed     *metrics.Counter
	trashErrors *metrics.Counter
}

// newCounters declares the counters, and gauges over available.
func newCounters(s *metrics.Scope, available func() []*Mountpath) *counters {
	each := func(value func(*Mountpath) float64) func(yield func(string, float64)) {
		return func(yield func(string, float64)) {
			for _, mp := range available() {
				yield(mp.root, value(mp))
			}
		}
	}
	s.GaugeEach("mountpath_used_bytes", "space in use", "mountpath",
		each(func(mp *Mountpath) float64 { return float64(mp.Usage().Used) }))
	s.GaugeEach("mountpath_available_bytes", "space that can be written", "mountpath",
		each(func(mp *Mountpath) float64 { return float64(mp.Usage().Available) }))
	s.GaugeEach("mountpath_suspect", "1 while writes are refused since the disk has failed", "mountpath",
		each(func(mp *Mountpath) float64 {
			if mp.Suspected() != nil {
				return 1
			}
			return 0
		}))
	return &counters{
		suspected:   s.Counter("mountpath_suspected_total", "failures of disks that made a mountpath suspect"),
		full:        s.Counter("mountpath_full_total", "writes refused since a disk was full"),
		trashed:     s.Counter("trash_deleted_total", "removed files and directories that were deleted"),
		trashErrors: s.Counter("trash_errors_total", "removed things that could not be deleted yet"),
	}
}
