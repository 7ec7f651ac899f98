package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"aistore/bench/load"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

// variant is one way to make one operation at one size.
type variant struct {
	report.Series
	servers []load.Meter
	next    atomic.Int64 // number of the next request, over all rounds
	// worker makes the operation of one connection, and what to close after.
	worker func() (load.Operation, io.Closer, error)
	// verify reads back one object and compares it, after the last round.
	verify func(context.Context) error
}

// group holds the variants that are compared with each other.
type group []*variant

// plan prepares the data and lists what to measure.
func plan(ctx context.Context, s settings, all *servers) ([]group, error) {
	var groups []group
	for _, operation := range s.operations {
		for i, size := range s.sizes {
			w, err := newWorkload(ctx, s, all, operation, size)
			if err != nil {
				return nil, err
			}
			if headOnly(operation) && i > 0 {
				continue // the size makes no difference
			}
			groups = append(groups, w.variants())
		}
	}
	return groups, nil
}

// measure runs all groups, round by round, and returns the rows.
func measure(ctx context.Context, s settings, groups []group, say func(string)) ([]report.Row, error) {
	for round := range s.rounds {
		for i, g := range groups {
			say(fmt.Sprintf("round %d of %d, %d of %d: %s", round+1, s.rounds, i+1, len(groups), g[0].Key))
			order := slices.Clone(g)
			if round%2 == 1 {
				slices.Reverse(order) // whoever went first goes last
			}
			for _, v := range order {
				if err := v.sample(ctx, s); err != nil {
					return nil, err
				}
			}
		}
	}
	var series []report.Series
	for _, g := range groups {
		for _, v := range g {
			if err := v.verify(ctx); err != nil {
				return nil, err
			}
			series = append(series, v.Series)
		}
	}
	return report.Rows(series), nil
}

// sample measures once.
func (v *variant) sample(ctx context.Context, s settings) error {
	o := load.Options{Duration: s.duration, Servers: v.servers, Next: &v.next}
	for range s.workers {
		do, closer, err := v.worker()
		if err != nil {
			return err
		}
		defer closer.Close()
		o.Workers = append(o.Workers, do)
	}
	sample, err := load.Run(ctx, o)
	if err != nil {
		return errs.E("bench.sample", v.Key.String()+" "+v.Variant, "", err)
	}
	v.Samples = append(v.Samples, sample)
	return nil
}

// clamp returns how many objects of a size make up about total bytes.
func clamp(total, size units.Size, least, most int) int {
	return min(max(int(total/size), least), most)
}
