package xaction_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/xaction"
)

const idleTime = 5 * time.Second

// counting is work that does n objects of ten bytes.
func counting(n int) xaction.Work {
	return xaction.Work{Run: func(_ context.Context, j *xaction.Job) error {
		for range n {
			j.Did(10)
		}
		j.Expect(int64(n), int64(10*n))
		return nil
	}}
}

// waiting is work that only ends when it is stopped.
func waiting() xaction.Work {
	return xaction.Work{Run: func(ctx context.Context, _ *xaction.Job) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}}
}

func TestAJobRunsAndIsReportedUntilItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, "", map[string]xaction.Work{"plain": counting(3)})
		r.deaf = true
		check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: "job1", Kind: "plain"}))
		r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
		time.Sleep(time.Minute)
		s := r.snapshot(t, "job1")
		check.Equal(t, s.Stats.Objects, 3)
		check.Equal(t, s.Stats.Bytes, 30)
		check.Equal(t, s.Idle, false)
		check.Equal(t, s.EndTime.IsZero(), true)
		check.Equal(t, len(r.outcomes()), 0)
		r.mu.Lock()
		r.deaf = false
		r.mu.Unlock()
		time.Sleep(time.Minute)
		check.Equal(t, len(r.outcomes()) > 5, true)
		check.Equal(t, r.outcomes()[0], xaction.Outcome{ID: "job1"})
		r.end(t, "job1")
		s = r.snapshot(t, "job1")
		check.Equal(t, s.EndTime.IsZero(), false)
		check.Equal(t, s.Idle, true)
		check.Equal(t, s.Aborted, false)
		check.Equal(t, string(s.Ext), `{"total-objs":"3","total-bytes":"30"}`)
		told := len(r.outcomes())
		time.Sleep(time.Minute)
		check.Equal(t, len(r.outcomes()), told)
		r.stop()
	})
}

func TestAJobIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, "", map[string]xaction.Work{"plain": waiting()})
		r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
		synctest.Wait()
		check.Equal(t, r.snapshot(t, "job1").Idle, false)
		r.end(t, "job1")
		synctest.Wait()
		s := r.snapshot(t, "job1")
		check.Equal(t, s.Aborted, true)
		check.Equal(t, s.AbortError, "stopped")
		check.Equal(t, s.Error, "")
		check.Equal(t, len(r.outcomes()), 0)
		if r.Get("job1") != nil {
			t.Error("a stopped job is still there")
		}
		r.stop()
	})
}

func TestAFailedShareIsReportedWithItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		work := map[string]xaction.Work{
			"plain": {Run: func(context.Context, *xaction.Job) error {
				return errs.E("op", "x", errs.NoSpace, errors.New("disk is full"))
			}},
			"copy": {Run: func(_ context.Context, j *xaction.Job) error {
				j.Did(1)
				j.Fail(errors.New("first"))
				j.Fail(errors.New("second"))
				return nil
			}},
		}
		r := open(t, "", work)
		r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
		synctest.Wait()
		check.Equal(t, r.outcomes()[0], xaction.Outcome{ID: "job1", Error: "x: disk is full"})
		r.end(t, "job1")
		check.Equal(t, r.snapshot(t, "job1").Error, "x: disk is full")
		r.begin(t, &cluster.Job{ID: "job2", Kind: "copy"})
		synctest.Wait()
		check.Equal(t, r.snapshot(t, "job2").Error, "first")
		r.begin(t, &cluster.Job{ID: "job3", Kind: "unheard-of"})
		synctest.Wait()
		check.Contains(t, r.snapshot(t, "job3").Error, "no such jobs")
		r.stop()
	})
}

func TestBeginRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := errs.E("", "", errs.Invalid, errors.New("not today"))
		r := open(t, "", map[string]xaction.Work{
			"plain": waiting(), "copy": {Check: func(context.Context, *cluster.Job) error { return refusal }},
		})
		check.ErrorIs(t, r.Begin(t.Context(), &cluster.Job{ID: "x", Kind: "copy"}), errs.Invalid)
		check.ErrorIs(t, r.Begin(t.Context(), &cluster.Job{ID: "x", Kind: "move"}), errs.Unsupported)
		most := config.DefaultLimits().Jobs
		for i := range most {
			check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: fmt.Sprint(i), Kind: "plain"}))
		}
		check.ErrorIs(t, r.Begin(t.Context(), &cluster.Job{ID: "more", Kind: "plain"}), errs.Busy)
		r.Release("0")
		check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: "more", Kind: "plain"}))
		time.Sleep(2 * time.Minute) // what was never committed is forgotten
		check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: "again", Kind: "plain"}))
		r.stop()
	})
}

// How many jobs may run is what the configuration says when one begins.
func TestBoundsFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	limits := config.NewLive(&config.Limits{Jobs: 1})
	r, err := xaction.Open(xaction.Options{
		Node: "target01", Specs: specs(t), Dir: t.TempDir(), Limits: func() config.Limits { return *limits.Get() },
	})
	check.NoError(t, err)
	r.Handle("plain", waiting())
	check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: "1", Kind: "plain"}))
	check.ErrorIs(t, r.Begin(t.Context(), &cluster.Job{ID: "2", Kind: "plain"}), errs.Busy)
	limits.Set(&config.Limits{Jobs: 2})
	check.NoError(t, r.Begin(t.Context(), &cluster.Job{ID: "2", Kind: "plain"}))
	check.NoError(t, r.Close())
}

func TestAJobThatIsDoneShowsAsIdleForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, "", map[string]xaction.Work{"idle": counting(1)})
		r.begin(t, &cluster.Job{ID: "job1", Kind: "idle"})
		synctest.Wait()
		r.end(t, "job1")
		active := true
		check.Equal(t, r.snapshot(t, "job1").EndTime.IsZero(), true)
		check.Equal(t, len(r.Snapshots(&wire.JobQuery{OnlyActive: &active})), 1)
		time.Sleep(idleTime)
		check.Equal(t, r.snapshot(t, "job1").EndTime.IsZero(), false)
		check.Equal(t, len(r.Snapshots(&wire.JobQuery{OnlyActive: &active})), 0)
		r.stop()
	})
}

func TestHistorySurvivesARestartAndIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir, map[string]xaction.Work{"plain": counting(2)})
	for i := range 100 {
		id := fmt.Sprintf("job%03d", i)
		r.begin(t, &cluster.Job{ID: id, Kind: "plain"})
		r.awaitDone(t, id)
		r.end(t, id)
	}
	before := r.Snapshots(&wire.JobQuery{})
	check.Equal(t, len(before), 100)
	r.stop()
	again := open(t, dir, nil)
	check.Equal(t, again.Snapshots(&wire.JobQuery{}), before)
	again.stop()
	few, err := xaction.Open(xaction.Options{Node: "target01", Specs: specs(t), Dir: dir, Limits: func() config.Limits {
		l := config.DefaultLimits()
		l.JobHistory = 10
		return l
	}})
	check.NoError(t, err)
	check.Equal(t, len(few.Snapshots(&wire.JobQuery{})), 10)
	check.NoError(t, few.Close())
}

// disks opens mountpaths in memory.
func disks(t *testing.T, n int) []*fs.Mountpath {
	t.Helper()
	var paths []string
	for i := range n {
		paths = append(paths, fmt.Sprintf("/mp%d", i))
	}
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: memfs.New(memfs.Options{}), Paths: paths, TargetID: "target01", Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	return mounts.Available()
}

// A share that a restart has interrupted goes on behind what was done: no item
// more than the last batches twice, and none left out.
func TestAShareGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	dir, mounts := t.TempDir(), disks(t, 3)
	const items = 1000
	var mu sync.Mutex
	times := map[string]int{} // guarded by mu
	line := func(stopAt int, reached chan<- struct{}) xaction.Work {
		return xaction.Work{Run: func(ctx context.Context, j *xaction.Job) error {
			did := 0
			return xaction.EachMount(ctx, j, mounts, xaction.Line[string]{
				Items: func(_ context.Context, m *fs.Mountpath, after string) iter.Seq2[string, error] {
					return func(yield func(string, error) bool) {
						for i := range items {
							if name := fmt.Sprintf("%04d", i); name > after && !yield(name, nil) {
								return
							}
						}
					}
				},
				Key: func(s string) string { return s },
				Do: func(ctx context.Context, name string) error {
					mu.Lock()
					times[name]++
					did++
					stop := did == stopAt
					over := stopAt > 0 && did >= stopAt
					mu.Unlock()
					if stop {
						close(reached)
					}
					if over {
						<-ctx.Done()
						return ctx.Err()
					}
					j.Did(1)
					return nil
				},
			})
		}}
	}
	reached := make(chan struct{})
	r := open(t, dir, map[string]xaction.Work{"plain": line(1500, reached)})
	r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
	<-reached
	r.stop()
	again := open(t, dir, map[string]xaction.Work{"plain": line(0, nil)})
	again.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
	again.awaitDone(t, "job1")
	check.Equal(t, again.snapshot(t, "job1").Packed, wire.PackJob(3, 4, 0))
	mu.Lock()
	defer mu.Unlock()
	twice := 0
	for i := range items {
		n := times[fmt.Sprintf("%04d", i)]
		if n < 3 {
			t.Fatalf("item %d was done %d times on 3 mountpaths", i, n)
		}
		twice += n - 3
	}
	if twice > 3*2*64 {
		t.Errorf("%d items were done twice", twice)
	}
}

func TestAShareThatWasDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir, map[string]xaction.Work{"plain": counting(7)})
	r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
	check.Eventually(t, func() bool { return len(r.outcomes()) > 0 })
	r.stop()
	again := open(t, dir, map[string]xaction.Work{"plain": {Run: func(context.Context, *xaction.Job) error { return errors.New("again") }}})
	again.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
	check.Eventually(t, func() bool { return len(again.outcomes()) > 0 })
	check.Equal(t, again.outcomes()[0], xaction.Outcome{ID: "job1"})
	check.Equal(t, again.snapshot(t, "job1").Stats.Objects, 7)
}

func TestWorkYieldsToClients(t *testing.T) {
	for _, test := range []struct {
		load float64
		want time.Duration
	}{{0, 0}, {0.5, 50 * time.Millisecond}, {2, 200 * time.Millisecond}, {1000, 400 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			r, err := xaction.Open(xaction.Options{Node: "target01", Specs: specs(t), Load: func() float64 { return test.load }})
			check.NoError(t, err)
			r.Handle("plain", waiting())
			b := bucket("a")
			state := apply(t, newState(t), cluster.StartJob(&cluster.Job{ID: "j", Kind: "plain", Bucket: &b, Targets: []string{"target01"}}))
			r.Apply(state)
			began := time.Now()
			check.NoError(t, r.Get("j").Pause(t.Context(), 100*time.Millisecond))
			check.Equal(t, time.Since(began), test.want)
		})
	}
}

func TestQueriesSelect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, "", map[string]xaction.Work{"plain": counting(1), "copy": waiting()})
		r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
		time.Sleep(time.Second)
		r.end(t, "job1")
		a, b := bucket("a"), bucket("b")
		r.begin(t, &cluster.Job{ID: "job2", Kind: "copy", Bucket: &a, To: &b})
		time.Sleep(time.Second)
		active, all := true, false
		for _, test := range []struct {
			query wire.JobQuery
			want  []string
		}{
			{wire.JobQuery{}, []string{"job2", "job1"}},
			{wire.JobQuery{OnlyActive: &all}, []string{"job2", "job1"}},
			{wire.JobQuery{OnlyActive: &active}, []string{"job2"}},
			{wire.JobQuery{Kind: "plain"}, []string{"job1"}},
			{wire.JobQuery{Kind: "plain-job"}, []string{"job1"}},
			{wire.JobQuery{Kind: "none"}, []string{}},
			{wire.JobQuery{ID: "job1"}, []string{"job1"}},
			{wire.JobQuery{ID: "job3"}, []string{}},
			{wire.JobQuery{Bucket: &b}, []string{"job2"}},
			{wire.JobQuery{Buckets: []wire.Bucket{a, b}}, []string{"job2", "job1"}},
			{wire.JobQuery{Bucket: &wire.Bucket{Provider: "ais"}}, []string{"job2", "job1"}},
		} {
			ids := []string{}
			for _, s := range r.Snapshots(&test.query) {
				ids = append(ids, s.ID)
			}
			check.Equal(t, ids, test.want)
		}
		r.stop()
	})
}

func TestEachNameDoesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string // guarded by mu
		r := open(t, "", map[string]xaction.Work{"plain": {Run: func(ctx context.Context, j *xaction.Job) error {
			names := func(yield func(string) bool) {
				for i := range 200 {
					if !yield(fmt.Sprintf("%03d", i)) {
						return
					}
				}
			}
			return xaction.EachName(ctx, j, names, 3, func(_ context.Context, name string) error {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, name)
				return nil
			})
		}}})
		r.begin(t, &cluster.Job{ID: "job1", Kind: "plain"})
		synctest.Wait()
		slices.Sort(got)
		check.Equal(t, len(slices.Compact(got)), 200)
		r.stop()
	})
}

// A share that is done does not make a rename that was stopped one that was not.
func TestAStoppedRenameCountsAsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, "", map[string]xaction.Work{"move": counting(1)})
		c := bucket("c")
		r.begin(t, &cluster.Job{ID: "job1", Kind: "move", Hidden: true, To: &c})
		synctest.Wait()
		check.Equal(t, len(r.outcomes()) > 0, true)
		r.end(t, "job1")
		check.Equal(t, r.snapshot(t, "job1").Aborted, true)
		r.begin(t, &cluster.Job{ID: "job2", Kind: "move", Hidden: true, To: &c})
		synctest.Wait()
		source, _ := r.state.Buckets.Get(bucket("a"))
		r.state = apply(t, r.state, cluster.RenameBucket(source, r.state.Jobs.Get("job2")))
		r.end(t, "job2")
		check.Equal(t, r.snapshot(t, "job2").Aborted, false)
		r.stop()
	})
}
