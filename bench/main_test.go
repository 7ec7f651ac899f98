package main

import (
	"context"
	"os"
	"testing"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
)

// TestMain lets the test binary be a plain server, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		if err := start(context.Background(), os.Args[1:]); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestSettings(t *testing.T) {
	s, err := parseSettings([]string{"-short", "-rounds=5"})
	check.NoError(t, err)
	check.Equal(t, s.sizes, []units.Size{4 * units.KiB, units.MiB})
	check.Equal(t, s.Rounds, 5)
	check.Equal(t, s.Duration, 300*time.Millisecond)
	check.Equal(t, s.cluster(), true)

	for _, args := range [][]string{
		{"-ops=get,fly"}, {"-ways=tunnel"}, {"-sizes=many"}, {"-sizes=1"}, {"-rounds=0"}, {"-workers=0"}, {"-seconds=0"}, {"-no"},
	} {
		_, err := parseSettings(args)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestPlainServersAreMeasured(t *testing.T) {
	s, err := parseSettings([]string{
		"-ways=plain", "-sizes=4KiB,100KiB", "-rounds=2", "-seconds=0.02", "-workers=2", "-dir=" + t.TempDir(),
	})
	check.NoError(t, err)
	rows, err := compare(t.Context(), s, func(string) {})
	check.NoError(t, err)
	var got []string
	for _, row := range rows {
		got = append(got, row.Key.String()+" "+row.Variant)
		check.Equal(t, row.Rounds, 2)
		check.Equal(t, row.RequestsPerSecond > 0, true)
	}
	check.Equal(t, got, []string{
		"GET 4KiB A", "GET 4KiB A2", "GET 100KiB A", "GET 100KiB A2", "HEAD H", "HEAD size H",
		"PUT fsync 4KiB B", "PUT fsync 100KiB B", "PUT relaxed 4KiB B", "PUT relaxed 100KiB B",
	})
	left, err := os.ReadDir(s.Dir)
	check.NoError(t, err)
	check.Equal(t, len(left), 0)
}

func TestWithoutTheServerToMeasure(t *testing.T) {
	s, err := parseSettings([]string{"-node=" + t.TempDir() + "/missing", "-ways=direct", "-dir=" + t.TempDir()})
	check.NoError(t, err)
	_, err = compare(t.Context(), s, func(string) {})
	check.ErrorIs(t, err, errs.NotFound)
}
