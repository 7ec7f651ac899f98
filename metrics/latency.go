package metrics

import (
	"sync/atomic"
	"time"
)

// bucketCount is the number of upper bounds of a Latency; slower ones fall
// into one more bucket without bound.
const bucketCount = 16

// bounds are the upper bounds of the buckets, from 50 microseconds to 10
// seconds.
func bounds() [bucketCount]time.Duration {
	const us, ms = time.Microsecond, time.Millisecond
	return [bucketCount]time.Duration{
		50 * us, 100 * us, 250 * us, 500 * us, ms, 2500 * us, 5 * ms, 10 * ms,
		25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second, 2500 * ms, 10 * time.Second,
	}
}

// Latency is a distribution of durations. The zero value is ready.
type Latency struct {
	buckets [bucketCount + 1]atomic.Int64
	total   atomic.Int64 // nanoseconds
}

// Observe counts one duration.
func (l *Latency) Observe(d time.Duration) {
	l.buckets[bucketOf(d)].Add(1)
	l.total.Add(int64(d))
}

// Count returns how many durations were observed.
func (l *Latency) Count() int64 {
	count := int64(0)
	for i := range l.buckets {
		count += l.buckets[i].Load()
	}
	return count
}

// Total returns the sum of all durations observed.
func (l *Latency) Total() time.Duration { return time.Duration(l.total.Load()) }

func (l *Latency) read(p *point) {
	p.buckets = make(map[float64]uint64, bucketCount)
	for i, bound := range bounds() {
		p.count += uint64(l.buckets[i].Load())
		p.buckets[bound.Seconds()] = p.count
	}
	p.count += uint64(l.buckets[bucketCount].Load())
	p.value = l.Total().Seconds()
}

func (l *Latency) snapshot(name string, into map[string]int64) {
	into[name+"_count"] = l.Count()
	into[name+"_ns"] = int64(l.Total())
}

func bucketOf(d time.Duration) int {
	for i, bound := range bounds() {
		if d <= bound {
			return i
		}
	}
	return bucketCount
}
