package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// legend explains the columns.
const legend = `
req/cpu-s: requests per second of CPU time of the servers (proxy and target counted together); ratio: that
number against the baseline named. Medians over %d round(s). Everything over loopback, client on the same machine.
`

// Write prints the rows as a table.
func Write(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "operation\tsize\tserver\treq/cpu-s\treq/s\tMiB/s\tp50\tp99\t  ratio\t")
	var last Key
	rounds := 0
	for i, r := range rows {
		if i > 0 && (r.Operation != last.Operation || r.Size != last.Size) {
			fmt.Fprintln(t, "\t\t\t\t\t\t\t\t\t")
		}
		last, rounds = r.Key, max(rounds, r.Rounds)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.0f\t%.0f\t%s\t%s\t  %s\t\n", r.Operation, r.size(), r.Variant,
			known(r.RequestsPerCPUSecond), r.RequestsPerSecond, r.MiBPerSecond,
			wait(r.P50Microseconds), wait(r.P99Microseconds), r.ratios())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, legend, rounds)
	return err
}

func (r Row) size() string {
	if r.Size == 0 {
		return "-"
	}
	return r.Size.String()
}

func (r Row) ratios() string {
	parts := make([]string, 0, len(r.Ratios))
	for _, name := range r.baselines() {
		parts = append(parts, fmt.Sprintf("%.2f of %s", r.Ratios[name], name))
	}
	return strings.Join(parts, ", ")
}

func known(v float64) string {
	if v == 0 {
		return "?"
	}
	return fmt.Sprintf("%.0f", v)
}

// wait prints microseconds with three significant digits.
func wait(us float64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%.0fµs", us)
	case us < 10000:
		return fmt.Sprintf("%.2fms", us/1000)
	default:
		return fmt.Sprintf("%.1fms", us/1000)
	}
}
