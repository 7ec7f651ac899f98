package store

import "aistore/metrics"

// counters are what the store counts.
type counters struct {
	cacheHits, cacheMisses        *metrics.Counter
	corrupt                       *metrics.Counter
	syncFailures                  *metrics.Counter
	commits, commitBytes          *metrics.Counter
	deletes                       *metrics.Counter
	superseded                    *metrics.Counter
	spilled                       *metrics.Counter
	leftovers                     *metrics.Counter
	uploads, abandoned, adopted   *metrics.Counter
	atimesWritten, atimesLost     *metrics.Counter
	damagedOverwritten, extraFile *metrics.Counter
	summedAlone                   *metrics.Counter
}

func newCounters(m *metrics.Scope, c *cache, u *uploads) counters {
	m.GaugeFunc("store_cache_bytes", "bytes that the metadata cache holds", func() float64 {
		bytes, _ := c.size()
		return float64(bytes)
	})
	m.GaugeFunc("store_cache_objects", "objects in the metadata cache", func() float64 {
		_, objects := c.size()
		return float64(objects)
	})
	m.GaugeFunc("store_uploads", "open uploads, appends included", func() float64 { return float64(u.size()) })
	return counters{
		cacheHits:          m.Counter("store_cache_hit_total", "lookups answered by the metadata cache"),
		cacheMisses:        m.Counter("store_cache_miss_total", "lookups that went to a disk"),
		corrupt:            m.Counter("store_corrupt_total", "reads that found damaged content or metadata"),
		syncFailures:       m.Counter("store_sync_failure_total", "syncs that a disk has refused"),
		commits:            m.Counter("store_commit_total", "objects written"),
		commitBytes:        m.Counter("store_commit_bytes", "bytes of objects written"),
		deletes:            m.Counter("store_delete_total", "objects deleted"),
		superseded:         m.Counter("store_superseded_total", "writes dropped because a later one was here"),
		spilled:            m.Counter("store_spill_total", "records too long for an attribute"),
		leftovers:          m.Counter("store_leftover_total", "files of interrupted writes removed"),
		uploads:            m.Counter("store_upload_completed_total", "uploads that became objects"),
		adopted:            m.Counter("store_upload_adopted_total", "uploads taken over from an earlier owner of their object"),
		abandoned:          m.Counter("store_upload_abandoned_total", "uploads removed since nobody touched them"),
		atimesWritten:      m.Counter("store_atime_written_total", "access times written to disk"),
		atimesLost:         m.Counter("store_atime_lost_total", "access times dropped since too many waited"),
		damagedOverwritten: m.Counter("store_damaged_replaced_total", "objects with a damaged record that were replaced or deleted"),
		extraFile:          m.Counter("store_extra_file_total", "second files of a name removed after a crash"),
		summedAlone:        m.Counter("store_summed_alone_total", "large writes that computed slow sums as they went since enough others did so beside them"),
	}
}
