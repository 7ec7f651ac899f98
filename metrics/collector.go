package metrics

import "github.com/prometheus/client_golang/prometheus"

// collector shows the families of a registry to Prometheus.
type collector struct{ registry *Registry }

// Describe sends nothing: families are declared while nodes run.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the present numbers.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, f := range c.registry.list() {
		f.each(func(m single, labels ...string) {
			out <- f.sample(m, labels)
		})
	}
}

// sample returns the present numbers of one metric.
func (f *family) sample(m single, labels []string) prometheus.Metric {
	var p point
	m.read(&p)
	var sample prometheus.Metric
	var err error
	switch f.kind {
	case kindHistogram:
		sample, err = prometheus.NewConstHistogram(f.described, p.count, p.value, p.buckets, labels...)
	case kindCounter:
		sample, err = prometheus.NewConstMetric(f.described, prometheus.CounterValue, p.value, labels...)
	default:
		sample, err = prometheus.NewConstMetric(f.described, prometheus.GaugeValue, p.value, labels...)
	}
	if err != nil {
		return prometheus.NewInvalidMetric(f.described, err)
	}
	return sample
}
