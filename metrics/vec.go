package metrics

import "slices"

// Other is the label value under which a Vec counts values that it does not
// know.
const Other = "other"

// CounterVec is counters told apart by one label.
type CounterVec = Vec[Counter]

// GaugeVec is gauges told apart by one label.
type GaugeVec = Vec[Gauge]

// LatencyVec is latencies told apart by one label.
type LatencyVec = Vec[Latency]

// Vec is metrics of one name, told apart by the values of one label. The
// values are fixed when it is declared, so there is a bound on them.
type Vec[M any] struct {
	values []string // sorted, without Other
	ofEach []M      // same order, and Other's at the end
}

// newVec returns a Vec of these label values.
func newVec[M any](values []string) *Vec[M] {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	return &Vec[M]{values: sorted, ofEach: make([]M, len(sorted)+1)}
}

// With returns the metric of a label value, that of Other for one that was
// not declared. Callers on a hot path keep what it returns.
func (v *Vec[M]) With(value string) *M {
	if i, ok := slices.BinarySearch(v.values, value); ok {
		return &v.ofEach[i]
	}
	return &v.ofEach[len(v.values)]
}
