package proxy_test

import (
	"testing"
	"time"

	"aistore/ais/proxy"
	"aistore/internal/check"
)

func TestTheHourOfLifecycles(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct{ now, after, want time.Duration }{
		{0, 0, 0},
		{time.Hour, 0, 0},
		{time.Hour, time.Hour, time.Hour},
		{time.Hour - 1, time.Hour, -23 * time.Hour},
		{23 * time.Hour, 30 * time.Minute, 30 * time.Minute},
	} {
		check.Equal(t, proxy.LifecycleHour(midnight.Add(row.now), row.after), midnight.Add(row.want))
	}
}
