package measure

import (
	"context"
	"slices"
	"sync/atomic"

	"aistore/bench/load"
	"aistore/bench/report"
	"aistore/errs"
)

// Variant is one way to do one thing. It is for one goroutine.
type Variant struct {
	report.Series
	Servers []load.Meter
	// Worker makes the operation of one connection, and what to call after it.
	Worker func() (do load.Operation, end func(), err error)

	next atomic.Int64 // number of the next request, over all rounds
}

// sample measures once.
func (v *Variant) sample(ctx context.Context, s *Settings) error {
	o := load.Options{Duration: s.Duration, Servers: v.Servers, Next: &v.next}
	for range s.Workers {
		do, end, err := v.Worker()
		if err != nil {
			return err
		}
		defer end()
		o.Workers = append(o.Workers, do)
	}
	sample, err := load.Run(ctx, o)
	if err != nil {
		return errs.E("measure.sample", v.Key.String()+" "+v.Variant, "", err)
	}
	v.Samples = append(v.Samples, sample)
	return nil
}

// Rounds measures groups of variants that are compared with each other, round by
// round: each of them right behind the other, and whoever went first goes last in the
// next. Before a group say is told of it, unless that is nil. The first error ends it.
func Rounds(ctx context.Context, s *Settings, groups [][]*Variant, say func(round, group int)) error {
	for round := range s.Rounds {
		for i, group := range groups {
			if say != nil {
				say(round, i)
			}
			order := slices.Clone(group)
			if round%2 == 1 {
				slices.Reverse(order)
			}
			for _, v := range order {
				if err := v.sample(ctx, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Series are those of all groups, in their order.
func Series(groups [][]*Variant) (all []report.Series) {
	for _, group := range groups {
		for _, v := range group {
			all = append(all, v.Series)
		}
	}
	return all
}
