// Package report turns the samples of a benchmark into medians and ratios,
// as a table for people and as JSON for programs.
package report

import (
	"slices"
	"strings"
	"time"

	"aistore/bench/load"
	"aistore/internal/units"
)

// Key names what was measured.
type Key struct {
	Operation string     `json:"operation"` // "GET", "PUT fsync"
	Size      units.Size `json:"size"`      // of one object; 0 where it does not matter
	Variant   string     `json:"variant"`   // server and way to reach it
}

// String names operation and size.
func (k Key) String() string {
	if k.Size == 0 {
		return k.Operation
	}
	return k.Operation + " " + k.Size.String()
}

// Series is what was measured for one key, a sample per round.
type Series struct {
	Key
	Baseline bool // one of the servers to compare with
	Compared bool // a baseline that is itself compared with the others
	Samples  []load.Sample
}

// Row is the outcome for one key: medians over the rounds.
type Row struct {
	Key
	Baseline             bool               `json:"baseline,omitempty"`
	Rounds               int                `json:"rounds"`
	RequestsPerCPUSecond float64            `json:"requests_per_cpu_second"` // CPU time of the servers; 0 when not known
	RequestsPerSecond    float64            `json:"requests_per_second"`
	MiBPerSecond         float64            `json:"mib_per_second"`
	P50Microseconds      float64            `json:"p50_us"`
	P99Microseconds      float64            `json:"p99_us"`
	Ratios               map[string]float64 `json:"ratios,omitempty"` // requests per CPU second to those of each baseline, round by round
}

// Rows computes the rows of series, in their order. A series is compared with
// every baseline of the same operation and size.
func Rows(series []Series) []Row {
	rows := make([]Row, len(series))
	for i, s := range series {
		rows[i] = row(s)
		if s.Baseline && !s.Compared {
			continue
		}
		for _, base := range series {
			if base.Baseline && !(s.Baseline && base.Compared) && base.Operation == s.Operation && base.Size == s.Size {
				rows[i].compare(s, base)
			}
		}
	}
	return rows
}

func row(s Series) Row {
	return Row{
		Key:                  s.Key,
		Baseline:             s.Baseline,
		Rounds:               len(s.Samples),
		RequestsPerCPUSecond: median(s.Samples, perCPUSecond),
		RequestsPerSecond: median(s.Samples, func(x load.Sample) float64 {
			return float64(x.Requests) / x.Elapsed.Seconds()
		}),
		MiBPerSecond: median(s.Samples, func(x load.Sample) float64 {
			return float64(x.Bytes) / float64(units.MiB) / x.Elapsed.Seconds()
		}),
		P50Microseconds: median(s.Samples, func(x load.Sample) float64 { return microseconds(x.P50) }),
		P99Microseconds: median(s.Samples, func(x load.Sample) float64 { return microseconds(x.P99) }),
	}
}

// compare adds the median of the ratios that each round gave.
func (r *Row) compare(s, base Series) {
	var ratios []float64
	for i := range min(len(s.Samples), len(base.Samples)) {
		if was := perCPUSecond(base.Samples[i]); was > 0 {
			ratios = append(ratios, perCPUSecond(s.Samples[i])/was)
		}
	}
	if len(ratios) == 0 {
		return
	}
	if r.Ratios == nil {
		r.Ratios = make(map[string]float64)
	}
	r.Ratios[base.Variant] = middle(ratios)
}

func perCPUSecond(s load.Sample) float64 {
	if s.CPU == 0 {
		return 0
	}
	return float64(s.Requests) / s.CPU.Seconds()
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func median(samples []load.Sample, of func(load.Sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return middle(values)
}

// middle returns the median; 0 of nothing.
func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n == 0 {
		return 0
	}
	return (values[(n-1)/2] + values[n/2]) / 2
}

// baselines returns the names that a row is compared with, sorted.
func (r Row) baselines() []string {
	names := make([]string, 0, len(r.Ratios))
	for name := range r.Ratios {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
