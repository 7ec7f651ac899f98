package node_test

import (
	"testing"
	"time"

	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/units"
)

func TestTokensComeBackWithTime(t *testing.T) {
	t.Parallel()
	take := node.TakeForTest()
	limit := &wire.FrontendRate{Burst: 3, MaxTokens: 10, Interval: units.Duration(time.Second)}
	now := time.Unix(1000, 0)
	for range 3 {
		check.Equal(t, take(1, limit, now), 0)
	}
	check.Equal(t, take(1, limit, now), 100*time.Millisecond)
	check.Equal(t, take(2, limit, now), 0)
	now = now.Add(100 * time.Millisecond)
	check.Equal(t, take(1, limit, now), 0)
	check.Equal(t, take(1, limit, now) > 0, true)
	now = now.Add(time.Hour)
	for range 3 {
		check.Equal(t, take(1, limit, now), 0)
	}
	check.Equal(t, take(1, limit, now) > 0, true)
	for id := range uint64(10000) {
		take(id+10, limit, now)
	}
}
