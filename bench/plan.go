package main

import (
	"context"
	"fmt"

	"aistore/bench/measure"
	"aistore/bench/report"
	"aistore/internal/units"
)

// group holds the variants that are compared with each other.
type group struct {
	variants []*measure.Variant
	// verify reads back one object of each and compares it, after the last round.
	verify []func(context.Context) error
}

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

// measureAll measures all groups, and returns the rows.
func measureAll(ctx context.Context, s settings, groups []group, say func(string)) ([]report.Row, error) {
	variants := make([][]*measure.Variant, len(groups))
	for i := range groups {
		variants[i] = groups[i].variants
	}
	err := measure.Rounds(ctx, &s.Settings, variants, func(round, i int) {
		say(fmt.Sprintf("round %d of %d, %d of %d: %s", round+1, s.Rounds, i+1, len(groups), variants[i][0].Key))
	})
	if err != nil {
		return nil, err
	}
	for i := range groups {
		for _, verify := range groups[i].verify {
			if err := verify(ctx); err != nil {
				return nil, err
			}
		}
	}
	return report.Rows(measure.Series(variants)), nil
}

// clamp returns how many objects of a size make up about total bytes.
func clamp(total, size units.Size, least, most int) int {
	return min(max(int(total/size), least), most)
}
