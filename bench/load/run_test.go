package load_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aistore/bench/load"
	"aistore/errs"
	"aistore/internal/check"
)

// meter counts a second of CPU time per question; broken fails.
type meter struct {
	asked int
	err   error
}

func (m *meter) CPU() (time.Duration, error) {
	m.asked++
	return time.Duration(m.asked) * time.Second, m.err
}

func TestRunCountsRequestsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		work := func(_ context.Context, i int64) (int64, error) {
			time.Sleep(10 * time.Millisecond)
			return 3, nil
		}
		got, err := load.Run(t.Context(), load.Options{
			Duration: time.Second,
			Workers:  []load.Operation{work, work},
			Servers:  []load.Meter{&meter{}, &meter{}},
			Next:     new(atomic.Int64),
		})
		check.NoError(t, err)
		check.Equal(t, got.Requests, 200)
		check.Equal(t, got.Bytes, 600)
		check.Equal(t, got.Elapsed, time.Second)
		check.Equal(t, got.CPU, 2*time.Second)
		check.Equal(t, got.P50, 10*time.Millisecond)
		check.Equal(t, got.P99, 10*time.Millisecond)
	})
}

func TestRunEndsAtTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	work := func(_ context.Context, i int64) (int64, error) {
		if i == 5 {
			return 0, broken
		}
		return 0, nil
	}
	_, err := load.Run(t.Context(), load.Options{Duration: time.Hour, Workers: []load.Operation{work}, Next: new(atomic.Int64)})
	check.ErrorIs(t, err, broken)
}

func TestRunWithoutCPUTimes(t *testing.T) {
	unknown := &meter{err: errs.E("cpu", "", errs.Unsupported, nil)}
	work := func(context.Context, int64) (int64, error) { return 0, nil }
	got, err := load.Run(t.Context(), load.Options{
		Duration: time.Millisecond,
		Workers:  []load.Operation{work},
		Servers:  []load.Meter{unknown},
		Next:     new(atomic.Int64),
	})
	check.NoError(t, err)
	check.Equal(t, got.CPU, 0)
}
