package metrics

// Scope declares metrics under a prefix. Declaring a name again returns the
// same metric, so that a part which is made twice goes on counting; a name
// that was declared as something else is a mistake of ours, and panics.
// A nil *Scope is valid: its metrics count and are not exported.
type Scope struct {
	registry *Registry
	prefix   string
}

// Scope returns a scope for names that begin with this one's prefix and then
// prefix.
func (s *Scope) Scope(prefix string) *Scope {
	if s == nil {
		return nil
	}
	return &Scope{registry: s.registry, prefix: s.prefix + prefix}
}

// Counter declares a counter; its name ends in _total or in a unit.
func (s *Scope) Counter(name, help string) *Counter {
	return declare(s, family{name: name, help: help, kind: kindCounter}, func() *Counter { return new(Counter) })
}

// Gauge declares a gauge.
func (s *Scope) Gauge(name, help string) *Gauge {
	return declare(s, family{name: name, help: help, kind: kindGauge}, func() *Gauge { return new(Gauge) })
}

// GaugeFunc declares a gauge whose value is computed at each scrape: value
// must be quick and safe for any goroutine. Declared again, the first stays.
func (s *Scope) GaugeFunc(name, help string, value func() float64) {
	declare(s, family{name: name, help: help, kind: kindGauge}, func() gaugeFunc { return value })
}

// GaugeEach declares a gauge whose label values come and go, such as
// mountpaths: at each scrape each yields every one with its value. The caller
// keeps their number bounded. Declared again, the first stays.
func (s *Scope) GaugeEach(name, help, label string, each func(yield func(value string, number float64))) {
	declare(s, family{name: name, help: help, kind: kindGauge, label: label}, func() gaugeEach { return each })
}

// Latency declares a distribution of durations; its name ends in _seconds.
func (s *Scope) Latency(name, help string) *Latency {
	return declare(s, family{name: name, help: help, kind: kindHistogram}, func() *Latency { return new(Latency) })
}

// CounterVec declares counters told apart by label.
func (s *Scope) CounterVec(name, help, label string, values ...string) *CounterVec {
	return declare(s, family{name: name, help: help, kind: kindCounter, label: label},
		func() *CounterVec { return newVec[Counter](values) })
}

// GaugeVec declares gauges told apart by label.
func (s *Scope) GaugeVec(name, help, label string, values ...string) *GaugeVec {
	return declare(s, family{name: name, help: help, kind: kindGauge, label: label},
		func() *GaugeVec { return newVec[Gauge](values) })
}

// LatencyVec declares latencies told apart by label.
func (s *Scope) LatencyVec(name, help, label string, values ...string) *LatencyVec {
	return declare(s, family{name: name, help: help, kind: kindHistogram, label: label},
		func() *LatencyVec { return newVec[Latency](values) })
}

// Snapshot returns every number of the scope under its name without the
// scope's prefix; a label value follows in braces, "errors_total{get}"; a
// latency has two, with _count and _ns after the name. Nil for a nil Scope.
func (s *Scope) Snapshot() map[string]int64 {
	if s == nil {
		return nil
	}
	return s.registry.snapshot(s.prefix)
}
