package primary_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

// suspicion is how long a change waits for a node that is silent.
const suspicion = 2 * time.Second

func TestAChangeReturnsWhenEveryNodeHasIt(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		r.applied.Store(0)
		for _, name := range []string{"a", "b"} {
			check.NoError(t, r.CreateBucket(t.Context(), bucket(name), nil))
			for _, id := range []string{"target01", "target02"} {
				check.Equal(t, r.index(id), r.log.State().Position.Index)
			}
		}
		check.Equal(t, r.applied.Load(), int64(2))
		check.NoError(t, r.DestroyBucket(t.Context(), bucket("a")))
		check.Equal(t, r.index("target01"), r.log.State().Position.Index)
	})
}

func TestWhoHasThePreviousVersionGetsTheDifference(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		synctest.Wait()
		check.Equal(t, r.got("target01"), []string{"full"})
		check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		check.Equal(t, r.got("target01"), []string{"delta", "delta"})

		r.start(t, "target01") // it comes back without what it had
		check.NoError(t, r.CreateBucket(t.Context(), bucket("c"), nil))
		check.Equal(t, r.got("target01"), []string{"full"})
		check.NoError(t, r.CreateBucket(t.Context(), bucket("d"), nil))
		check.Equal(t, r.got("target01"), []string{"delta"})
	})
}

// What another primary has told a node need not be told again.
func TestAFollowerOfAnEarlierPrimaryGetsTheDifference(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.start(t, "target01")
		check.NoError(t, r.nodes["target01"].replica.Install(r.log.State()))
		_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node("target01", wire.NodeTarget)}})
		check.NoError(t, err)
		synctest.Wait()
		check.Equal(t, r.got("target01"), []string{"delta"})
		check.Equal(t, r.index("target01"), r.log.State().Position.Index)
	})
}

func TestASilentNodeIsWaitedForTwoSeconds(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(context.Context) (*primary.SyncReply, error){"refuses": refuses, "hangs": hangs} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inRig(t, func(t *testing.T, r *rig) {
				r.join(t, "target01")
				r.join(t, "target02")
				synctest.Wait()
				r.fail("target02", broken)

				start := time.Now()
				check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
				if took := time.Since(start); took < suspicion/4 || took > suspicion {
					t.Fatalf("the change took %v", took)
				}
				check.Equal(t, r.IsSuspected("target01"), false)
				check.Equal(t, r.IsSuspected("target02"), true)
				check.Equal(t, r.index("target01"), r.log.State().Position.Index)

				start = time.Now()
				check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
				check.Equal(t, time.Since(start), time.Duration(0)) // nobody waits any more

				r.fail("target02", nil)
				time.Sleep(2 * suspicion)
				synctest.Wait()
				check.Equal(t, r.index("target02"), r.log.State().Position.Index)
				check.Equal(t, r.IsSuspected("target02"), false)
				start = time.Now()
				check.NoError(t, r.CreateBucket(t.Context(), bucket("c"), nil))
				check.Equal(t, time.Since(start), time.Duration(0))
				check.Equal(t, r.index("target02"), r.log.State().Position.Index)
			})
		})
	}
}

func TestOneFailedRequestDoesNotMakeANodeSuspect(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		synctest.Wait()
		failures := 0
		r.fail("target01", func(ctx context.Context) (*primary.SyncReply, error) {
			if failures++; failures == 3 {
				r.fail("target01", nil)
			}
			return refuses(ctx)
		})
		start := time.Now()
		check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
		if took := time.Since(start); took >= suspicion {
			t.Fatalf("the change took %v", took)
		}
		check.Equal(t, r.index("target01"), r.log.State().Position.Index)
		check.Equal(t, r.IsSuspected("target01"), false)
	})
}

func TestASlowNodeHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		synctest.Wait()
		r.fail("target01", hangs)
		done := make(chan error, 1)
		go func() { done <- r.CreateBucket(t.Context(), bucket("a"), nil) }()
		synctest.Wait()
		check.Equal(t, r.index("target02"), r.log.State().Position.Index)
		check.NoError(t, <-done)
	})
}

func TestANewNodeCountsAtOnce(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		check.NoError(t, r.Wait(t.Context(), r.log.State().Position.Index))
		check.Equal(t, r.index("target02"), r.log.State().Position.Index)
	})
}

func TestANodeThatLeftIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		r.join(t, "target02")
		synctest.Wait()
		r.fail("target02", hangs)
		start := time.Now()
		_, err := r.log.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.RemoveNode("target02")}, nil
		})
		check.NoError(t, err)
		check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
		check.Equal(t, time.Since(start), time.Duration(0))
		check.Equal(t, r.IsSuspected("target02"), false)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		synctest.Wait()
		r.fail("target01", hangs)
		ctx, cancel := context.WithTimeout(t.Context(), suspicion/4)
		defer cancel()
		err := r.CreateBucket(ctx, bucket("a"), nil)
		check.ErrorIs(t, err, context.DeadlineExceeded)
		check.Equal(t, errs.KindOf(err), errs.Unavailable)
		_, found := r.log.State().Buckets.Get(bucket("a"))
		check.Equal(t, found, true)
	})
}

func TestANodeThatDoesNotMoveOnIsSuspected(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]primary.SyncReply{"stands still": {}, "wants the whole state for ever": {NeedFull: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inRig(t, func(t *testing.T, r *rig) {
				r.join(t, "target01")
				synctest.Wait()
				asked := 0
				r.fail("target01", func(context.Context) (*primary.SyncReply, error) {
					asked++
					return &reply, nil
				})
				check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
				check.Equal(t, r.IsSuspected("target01"), true)
				if asked > 50 {
					t.Fatalf("it was asked %d times", asked)
				}
			})
		})
	}
}

func TestAwaitState(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		joined := func(s *cluster.State) bool { return len(s.Map.Targets()) == 2 }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		check.ErrorIs(t, r.AwaitState(ctx, joined), context.DeadlineExceeded)
		done := make(chan error, 1)
		go func() { done <- r.AwaitState(t.Context(), joined) }()
		r.join(t, "target01")
		synctest.Wait()
		check.Equal(t, len(done), 0)
		r.join(t, "target02")
		check.NoError(t, <-done)
	})
}

func TestPublisherPushesToProxiesToo(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.start(t, "proxy002")
		_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node("proxy002", wire.NodeProxy)}})
		check.NoError(t, err)
		check.NoError(t, r.Wait(t.Context(), r.log.State().Position.Index))
		check.Equal(t, r.index("proxy002"), r.log.State().Position.Index)
	})
}
