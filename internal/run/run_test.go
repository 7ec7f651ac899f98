package run_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aistore/internal/check"
	"aistore/internal/run"
)

// diary is what parts did, in order.
type diary struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// slow is a part that takes its time to start and to stop.
type slow struct {
	name  string
	diary *diary
	ready chan struct{}
	end   error
}

func (s *slow) Ready() <-chan struct{} { return s.ready }

func (s *slow) Run(ctx context.Context) error {
	time.Sleep(time.Second)
	s.diary.write("start " + s.name)
	close(s.ready)
	<-ctx.Done()
	time.Sleep(time.Second)
	s.diary.write("stop " + s.name)
	if s.end != nil {
		return s.end
	}
	return ctx.Err()
}

func part(d *diary, name string) run.Named {
	return run.Named{Name: name, Part: &slow{name: name, diary: d, ready: make(chan struct{})}}
}

func TestPartsStartFirstToLastAndStopLastToFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		check.NoError(t, run.Parts(ctx, []run.Named{part(d, "a"), part(d, "b"), part(d, "c")}))
		check.Equal(t, d.lines, []string{"start a", "start b", "start c", "stop c", "stop b", "stop a"})
	})
}

func TestPartsStopWhenOneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		broken := errors.New("broken")
		failing := run.Func(func(context.Context) error {
			time.Sleep(time.Hour)
			return broken
		})
		err := run.Parts(t.Context(), []run.Named{part(d, "a"), {Name: "f", Part: failing}, part(d, "b")})
		check.ErrorIs(t, err, broken)
		check.Equal(t, err.Error(), "f: broken")
		check.Equal(t, d.lines, []string{"start a", "start b", "stop b", "stop a"})
	})
}

func TestPartsStopWhenOneEndsBeforeItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		early := struct {
			run.Func
			never
		}{Func: func(context.Context) error { return errors.New("early") }}
		err := run.Parts(t.Context(), []run.Named{part(d, "a"), {Name: "e", Part: early}, part(d, "b")})
		check.Equal(t, err.Error(), "e: early")
		check.Equal(t, d.lines, []string{"start a", "stop a"})
	})
}

type never struct{}

func (never) Ready() <-chan struct{} { return nil }

func TestPartsStopWhenContextEndsDuringStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		check.NoError(t, run.Parts(ctx, []run.Named{part(d, "a"), part(d, "b"), part(d, "c")}))
		check.Equal(t, d.lines, []string{"start a", "start b", "stop b", "stop a"})
	})
}

func TestPartsReportWhatGoesWrongWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		lost := errors.New("lost on the last flush")
		bad := part(d, "bad")
		bad.Part.(*slow).end = lost
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		check.ErrorIs(t, run.Parts(ctx, []run.Named{part(d, "a"), bad}), lost)
	})
}

func TestPartsWithNothingToDo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	started := false
	check.NoError(t, run.Parts(ctx, []run.Named{{Name: "a", Part: run.Func(func(context.Context) error {
		started = true
		return nil
	})}}))
	check.Equal(t, started, false)
}

func TestEachKeepsToItsLimitAndVisitsAll(t *testing.T) {
	for _, limit := range []int{-1, 1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			var now, most, sum atomic.Int64
			items := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
			check.NoError(t, run.Each(t.Context(), limit, items, func(_ context.Context, item int) error {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				sum.Add(int64(item))
				return nil
			}))
			check.Equal(t, sum.Load(), int64(55))
			check.Equal(t, most.Load(), int64(min(max(limit, 1), len(items))))
		})
	}
}

func TestEachStopsAtTheFirstErrorAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var ended []int
		broken := errors.New("broken")
		err := run.Each(t.Context(), 2, []int{1, 2, 3, 4}, func(ctx context.Context, item int) error {
			if item == 1 {
				time.Sleep(time.Second)
				return broken
			}
			<-ctx.Done()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, item)
			return ctx.Err()
		})
		check.ErrorIs(t, err, broken)
		check.Equal(t, ended, []int{2})
	})
}

func TestEachOfNothingAndOfTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fail := func(context.Context, int) error { t.Error("called"); return nil }
	check.NoError(t, run.Each(ctx, 2, nil, fail))
	check.ErrorIs(t, run.Each(ctx, 2, []int{1}, fail), context.Canceled)
}

func TestGroupWaitsForGoroutinesOfGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group run.Group
		group.Wait() // nothing to wait for
		var mu sync.Mutex
		var done []string
		end := func(name string) {
			mu.Lock()
			defer mu.Unlock()
			done = append(done, name)
		}
		group.Go(func() {
			time.Sleep(time.Second)
			group.Go(func() {
				time.Sleep(time.Second)
				end("child")
			})
			end("parent")
		})
		group.Wait()
		check.Equal(t, slices.Clone(done), []string{"parent", "child"})
		group.Go(func() { end("again") })
		group.Wait()
		check.Equal(t, len(done), 3)
	})
}
