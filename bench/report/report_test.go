package report_test

import (
	"bytes"
	"testing"
	"time"

	"aistore/bench/load"
	"aistore/bench/report"
	"aistore/internal/check"
	"aistore/internal/units"
)

// samples makes one sample per number of requests, each of one CPU second.
func samples(requests ...int64) []load.Sample {
	var all []load.Sample
	for _, n := range requests {
		all = append(all, load.Sample{
			Requests: n, Bytes: n * int64(units.MiB), Elapsed: 2 * time.Second, CPU: time.Second,
			P50: time.Duration(n) * time.Microsecond, P99: time.Duration(n) * time.Millisecond,
		})
	}
	return all
}

func TestRowsCompareRoundByRound(t *testing.T) {
	rows := report.Rows([]report.Series{
		{Key: report.Key{Operation: "GET", Size: units.MiB, Variant: "A"}, Baseline: true, Samples: samples(100, 400, 200)},
		{Key: report.Key{Operation: "GET", Size: units.MiB, Variant: "direct"}, Samples: samples(50, 400, 300)},
		{Key: report.Key{Operation: "GET", Size: units.KiB, Variant: "A"}, Baseline: true, Samples: samples(1)},
		{Key: report.Key{Operation: "HEAD", Variant: "direct"}, Samples: nil},
	})
	check.Equal(t, rows[0].RequestsPerCPUSecond, 200.0)
	check.Equal(t, rows[0].RequestsPerSecond, 100.0)
	check.Equal(t, rows[0].MiBPerSecond, 100.0)
	check.Equal(t, rows[0].P50Microseconds, 200.0)
	check.Equal(t, rows[0].Ratios, nil)
	check.Equal(t, rows[1].Ratios, map[string]float64{"A": 1}) // of 0.5, 1, 1.5
	check.Equal(t, rows[3].Rounds, 0)

	var table bytes.Buffer
	check.NoError(t, report.Write(&table, rows))
	check.Contains(t, table.String(), "1.00 of A")
	check.Contains(t, table.String(), "Medians over 3 round(s)")
}
