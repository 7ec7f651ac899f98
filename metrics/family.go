package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

type kind int

const (
	kindCounter kind = iota
	kindGauge
	kindHistogram
)

// family is one name: its description and its metric or metrics.
type family struct {
	name, help string
	kind       kind
	label      string // "" without
	metric     any    // *Counter, *Gauge, gaugeFunc, gaugeEach, *Latency, or a *Vec of them
	described  *prometheus.Desc
}

// gaugeEach yields the values of a gauge whose labels come and go.
type gaugeEach func(yield func(value string, number float64))

// single is a metric without labels.
type single interface {
	read(p *point)
	snapshot(name string, into map[string]int64)
}

// point is what was read from a metric at one moment.
type point struct {
	value   float64            // or the sum, of a histogram
	count   uint64             // histogram only
	buckets map[float64]uint64 // histogram only; upper bound to cumulated count
}

func (f *family) describe() {
	var labels []string
	if f.label != "" {
		labels = []string{f.label}
	}
	f.described = prometheus.NewDesc(f.name, f.help, labels, nil)
}

// each calls yield for every metric of the family, with its label value if
// there is a label.
func (f *family) each(yield func(m single, labels ...string)) {
	switch m := f.metric.(type) {
	case single:
		yield(m)
	case gaugeEach:
		m(func(value string, number float64) { yield(constant(number), value) })
	case *CounterVec:
		eachOf(m, func(c *Counter, value string) { yield(c, value) })
	case *GaugeVec:
		eachOf(m, func(g *Gauge, value string) { yield(g, value) })
	case *LatencyVec:
		eachOf(m, func(l *Latency, value string) { yield(l, value) })
	}
}

func eachOf[M any](v *Vec[M], yield func(m *M, value string)) {
	for i, value := range v.values {
		yield(&v.ofEach[i], value)
	}
	yield(&v.ofEach[len(v.values)], Other)
}

func (f *family) snapshot(name string, into map[string]int64) {
	f.each(func(m single, labels ...string) {
		if len(labels) > 0 {
			m.snapshot(name+"{"+labels[0]+"}", into)
			return
		}
		m.snapshot(name, into)
	})
}

// constant is a number already read.
type constant float64

func (c constant) read(p *point) { p.value = float64(c) }

func (c constant) snapshot(name string, into map[string]int64) { into[name] = int64(c) }
