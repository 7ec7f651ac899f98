package measure_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aistore/bench/load"
	"aistore/bench/measure"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
)

func TestFlags(t *testing.T) {
	var s measure.Settings
	flags := measure.NewFlags("test", &s, 1)
	check.NoError(t, flags.Read([]string{"-rounds=5", "-seconds=0.5"}))
	check.Equal(t, s.Rounds, 5)
	check.Equal(t, s.Duration, 500*time.Millisecond)
	check.Equal(t, flags.Given("rounds"), true)
	check.Equal(t, flags.Given("workers"), false)
	for _, wrong := range []string{"-rounds=0", "-workers=0", "-seconds=0", "-no"} {
		check.ErrorIs(t, measure.NewFlags("test", &s, 1).Read([]string{wrong}), errs.Invalid)
	}
}

func TestLists(t *testing.T) {
	words, err := measure.Words("b,a", "a", "b", "c")
	check.NoError(t, err)
	check.Equal(t, words, []string{"b", "a"})
	_, err = measure.Words("b,", "a", "b")
	check.ErrorIs(t, err, errs.Invalid)
	sizes, err := measure.Sizes("4KiB,1", 1)
	check.NoError(t, err)
	check.Equal(t, sizes, []units.Size{4 * units.KiB, 1})
	for _, wrong := range []string{"", "many", "4KiB,7"} {
		_, err := measure.Sizes(wrong, 8)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

// TestRoundsTakeTurns tells the order in which connections are opened.
func TestRoundsTakeTurns(t *testing.T) {
	var order strings.Builder
	variant := func(name string) *measure.Variant {
		return &measure.Variant{
			Series: report.Series{Key: report.Key{Variant: name}},
			Worker: func() (load.Operation, func(), error) {
				order.WriteString(name)
				return func(context.Context, int64) (int64, error) { return 1, nil }, func() { order.WriteString(".") }, nil
			},
		}
	}
	groups := [][]*measure.Variant{{variant("a"), variant("b")}, {variant("c")}}
	s := &measure.Settings{Rounds: 2, Duration: time.Millisecond, Workers: 1}
	check.NoError(t, measure.Rounds(t.Context(), s, groups, func(round, group int) { fmt.Fprint(&order, round, group, " ") }))
	check.Equal(t, order.String(), "0 0 a.b.0 1 c.1 0 b.a.1 1 c.")
	series := measure.Series(groups)
	check.Equal(t, len(series), 3)
	check.Equal(t, len(series[2].Samples), 2)
	check.Equal(t, series[2].Samples[0].Requests > 0, true)

	failure := errors.New("no connection")
	groups[1][0].Worker = func() (load.Operation, func(), error) { return nil, nil, failure }
	check.ErrorIs(t, measure.Rounds(t.Context(), s, groups, nil), failure)
}
