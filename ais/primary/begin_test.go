package primary_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// stall has a question to a target hang until nobody waits any more.
func stall(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// question sets what becomes of questions to a target; nil lets them arrive.
func (a *asked) question(target string, broken func(context.Context) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken == nil {
		a.broken = map[string]func(context.Context) error{}
	}
	a.broken[target] = broken
}

// beats has targets send keepalives, until the rig stops.
func (r *rig) beats(ctx context.Context, group *run.Group, ids ...string) {
	for _, id := range ids {
		group.Go(func() {
			for ctx.Err() == nil {
				_, _ = r.Hear(ctx, &primary.Keepalive{IDs: []string{id}})
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		})
	}
}

func TestABucketThatATargetRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		before := r.log.State().Position
		md5 := "md5"
		verbs := map[string]func() error{
			"bucket-put b":    func() error { return r.CreateBucket(t.Context(), bucket("b"), nil) },
			"bucket-remove a": func() error { return r.DestroyEmptyBucket(t.Context(), bucket("a")) },
			"bucket-put a": func() error {
				return r.SetBucketProps(t.Context(), bucket("a"), &wire.BucketPropsToSet{Checksum: &wire.ChecksumPropsToSet{Type: &md5}})
			},
		}
		for _, kind := range []errs.Kind{errs.NoSpace, errs.Unavailable, errs.Invalid, errs.Busy} {
			e := errs.E("test", "", kind, nil)
			e.Public = "disk 7 says no"
			r.asked.refuse = map[string]error{"target02": e}
			for what, verb := range verbs {
				began := time.Now()
				err := verb()
				check.ErrorIs(t, err, kind)
				check.Equal(t, errs.PublicOf(err), "disk 7 says no")
				check.Equal(t, time.Since(began), time.Duration(0))
				_, released := r.asked.take()
				check.Equal(t, released, []string{"target01", "target02"})
				check.Equal(t, r.log.State().Position, before)
				_ = what
			}
		}
		r.asked.refuse = nil
		for what, verb := range verbs {
			if what == "bucket-remove a" {
				continue
			}
			check.NoError(t, verb())
			begun, released := r.asked.take()
			check.Equal(t, begun, []string{"target01 " + what, "target02 " + what})
			check.Equal(t, len(released), 0)
		}
		check.NoError(t, verbs["bucket-remove a"]())
		// What the rules refuse is not asked about.
		r.asked.take()
		check.ErrorIs(t, r.CreateBucket(t.Context(), bucket("b"), nil), errs.Exists)
		begun, _ := r.asked.take()
		check.Equal(t, len(begun), 0)
	})
}

// A target that takes changes and does not say whether it lets one happen is
// waited for, but not for ever.
func TestATargetThatIsSlowToAgree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		var group run.Group
		defer stop()
		defer group.Wait()
		defer cancel()
		r.beats(ctx, &group, "target01", "target02")
		r.asked.question("target02", stall)
		before := r.log.State().Position
		began := time.Now()
		err := r.CreateBucket(t.Context(), bucket("b"), nil)
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.PublicOf(err), "target target02 does not answer: nothing was changed")
		check.Equal(t, errs.RetryAfterOf(err), time.Second)
		check.Equal(t, time.Since(began), 10*time.Second)
		check.Equal(t, r.log.State().Position, before)
		_, released := r.asked.take()
		check.Equal(t, released, []string{"target01", "target02"})

		// In time is in time.
		r.asked.question("target02", func(ctx context.Context) error {
			time.Sleep(9 * time.Second)
			return ctx.Err()
		})
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		// One whose word gets lost is asked again.
		failures := 3
		r.asked.question("target02", func(context.Context) error {
			if failures--; failures >= 0 {
				return errors.New("connection refused")
			}
			return nil
		})
		began = time.Now()
		check.NoError(t, r.CreateBucket(t.Context(), bucket("c"), nil))
		check.Equal(t, time.Since(began), 150*time.Millisecond)
	})
}

// A target that is silent, or that nothing reaches, counts as agreed for a bucket
// as soon as it is suspected; for a job it does not.
func TestATargetThatIsSilentCountsAsAgreed(t *testing.T) {
	t.Parallel()
	const suspicion = 2 * time.Second
	for name, mute := range map[string]bool{"silent": true, "out of reach": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, stop := jobRig(t)
				ctx, cancel := context.WithCancel(t.Context())
				var group run.Group
				defer stop()
				defer group.Wait()
				defer cancel()
				r.beats(ctx, &group, "target01")
				if !mute {
					r.beats(ctx, &group, "target02") // its keepalives arrive
				}
				r.asked.question("target02", stall)
				r.fail("target02", hangs)
				began := time.Now()
				check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
				if took := time.Since(began); took < suspicion/2 || took > 3*suspicion/2 {
					t.Fatalf("it took %v", took)
				}
				// But not that a bucket is empty: it may store what it is sent.
				check.ErrorIs(t, r.DestroyEmptyBucket(t.Context(), bucket("b")), errs.Unavailable)
				began = time.Now()
				check.NoError(t, r.DestroyBucket(t.Context(), bucket("b")))
				check.Equal(t, time.Since(began) < suspicion/10, true)
				_, err := r.startJob(t, "plain", "a", "")
				check.ErrorIs(t, err, errs.Unavailable)
				check.Contains(t, errs.PublicOf(err), "target target02 does not answer: nothing was changed")
			})
		})
	}
}

// Clients that want the same get one answer after the other, and no target is
// asked about two changes of a name at a time.
func TestChangesOfANameComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		under := 0
		r.asked.question("target01", func(context.Context) error {
			if under++; under > 1 {
				t.Error("two changes of one name at a time")
			}
			time.Sleep(time.Millisecond)
			under--
			return nil
		})
		results := make(chan error, 8)
		var group run.Group
		for range cap(results) {
			group.Go(func() { results <- r.CreateBucket(t.Context(), bucket("b"), nil) })
		}
		group.Wait()
		made := 0
		for range cap(results) {
			if err := <-results; err == nil {
				made++
			} else {
				check.ErrorIs(t, err, errs.Exists)
			}
		}
		check.Equal(t, made, 1)
	})
}

func TestAClientThatDoesNotWaitLeavesNothingBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		r.asked.question("target02", stall)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := r.CreateBucket(ctx, bucket("b"), nil)
		check.ErrorIs(t, err, context.DeadlineExceeded)
		_, released := r.asked.take()
		check.Equal(t, released, []string{"target01", "target02"})
		check.Equal(t, r.hasBucket("b"), false)
		r.asked.question("target02", nil)
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
	})
}

func TestATargetThatIsDownIsNotAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		r.asked.question("target02", stall)
		r.fail("target02", hangs)
		_, err := r.log.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.SetFlags("target02", wire.NodeDown, 0).Fenced()}, nil
		})
		check.NoError(t, err)
		time.Sleep(3 * time.Second) // the change of the map waits for it no longer
		began := time.Now()
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		check.Equal(t, time.Since(began) < 100*time.Millisecond, true)
		begun, _ := r.asked.take()
		check.Equal(t, begun, []string{"target01 bucket-put b"})
	})
}

// TestABucketThatGetsLocksIsDestroyedOnlyIfEmpty destroys a bucket while its versions
// are being made lockable.
func TestABucketThatGetsLocksIsDestroyedOnlyIfEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		var group run.Group
		defer stop()
		defer group.Wait()
		defer cancel()
		r.beats(ctx, &group, "target01", "target02")
		r.asked.question("target02", func(ctx context.Context) error {
			time.Sleep(5 * time.Second)
			return ctx.Err()
		})
		history, locks := wire.HistoryEnabled, true
		var changes run.Group
		changes.Go(func() {
			check.NoError(t, r.SetBucketProps(ctx, bucket("a"), &wire.BucketPropsToSet{
				Versioning: &wire.VersioningPropsToSet{History: &history}, Lock: &wire.LockPropsToSet{Enabled: &locks},
			}))
		})
		synctest.Wait()
		check.NoError(t, r.DestroyBucket(ctx, bucket("a")))
		changes.Wait()
		begun, _ := r.asked.take()
		check.Equal(t, begun, []string{"target01 bucket-put a", "target01 bucket-remove a if empty", "target02 bucket-put a", "target02 bucket-remove a if empty"})
	})
}
