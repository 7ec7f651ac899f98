// Package metrics counts. A node has one Registry; each part of it gets a
// Scope, which puts a prefix before the names, and declares its counters,
// gauges and latencies there, once, when it is made:
//
//	type counters struct{ gets, getBytes *metrics.Counter; latency *metrics.Latency }
//
//	func newCounters(s *metrics.Scope) counters {
//		return counters{
//			gets:     s.Counter("object_get_total", "objects read by clients"),
//			getBytes: s.Counter("object_get_bytes", "bytes read by clients"),
//			latency:  s.Latency("object_get_seconds", "time to serve a read"),
//		}
//	}
//
// Counting is one atomic addition: no lock, no allocation, no lookup.
// Prometheus reads the same numbers when it scrapes. A nil *Scope makes
// metrics that count and are shown nowhere, which is what most tests want.
package metrics
