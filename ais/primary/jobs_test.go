package primary_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/xaction"
)

// asked is what targets were asked, and what they answer.
type asked struct {
	mu       sync.Mutex
	begun    []string                               // guarded by mu; "target what", of each question
	released []string                               // guarded by mu; targets
	refuse   map[string]error                       // guarded by mu; by target
	broken   map[string]func(context.Context) error // guarded by mu; by target: what becomes of a question on its way
}

func (a *asked) Begin(ctx context.Context, n *wire.Node, m *primary.BeginMessage) (*primary.BeginReply, error) {
	a.mu.Lock()
	what := described(m.Changes)
	if m.Empty {
		what += " if empty"
	}
	a.begun = append(a.begun, n.ID+" "+what)
	refusal, broken := a.refuse[n.ID], a.broken[n.ID]
	a.mu.Unlock()
	if broken != nil {
		if err := broken(ctx); err != nil {
			return nil, err
		}
	}
	if refusal == nil {
		return &primary.BeginReply{}, nil
	}
	w := errs.ToWire(refusal, errs.Wire{})
	return &primary.BeginReply{Refusal: &w}, nil
}

// described says what changes do.
func described(changes []cluster.Change) string {
	for _, c := range changes {
		if c.Job != nil {
			return c.Job.Kind
		}
	}
	return string(changes[len(changes)-1].Kind) + " " + changes[len(changes)-1].Bucket.Name
}

func (a *asked) Release(_ context.Context, n *wire.Node, _ string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.released = append(a.released, n.ID)
	return nil
}

func (a *asked) take() (begun, released []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	begun, released = a.begun, a.released
	a.begun, a.released = nil, nil
	slices.Sort(begun)
	slices.Sort(released)
	return begun, released
}

func jobSpecs(t *testing.T) *xaction.Specs {
	t.Helper()
	specs, err := xaction.NewSpecs(
		xaction.Spec{Kind: "plain", Display: "plain-job"},
		xaction.Spec{Kind: "copy", Destination: xaction.MadeDestination},
		xaction.Spec{Kind: "move", Destination: xaction.HiddenDestination, Excludes: []string{xaction.AnyKind}, NeedsAll: true},
	)
	check.NoError(t, err)
	return specs
}

// jobRig is a cluster of two targets with a bucket.
func jobRig(t *testing.T) (*rig, func()) {
	t.Helper()
	r, stop := newRig(t, "")
	r.join(t, "target01")
	r.join(t, "target02")
	check.NoError(t, r.CreateBucket(t.Context(), bucket("a"), nil))
	r.asked.take()
	return r, stop
}

func (r *rig) startJob(t *testing.T, kind, from, to string) (string, error) {
	t.Helper()
	spec, _ := r.specs.Get(kind)
	b := bucket(from)
	request := &primary.JobRequest{Spec: spec, Bucket: &b}
	if to != "" {
		destination := bucket(to)
		request.To = &destination
	}
	return r.StartJob(t.Context(), request)
}

func (r *rig) report(t *testing.T, target, id, failure string) {
	t.Helper()
	check.NoError(t, r.JobsDone(t.Context(), &primary.JobsDoneMessage{Node: target, Jobs: []xaction.Outcome{{ID: id, Error: failure}}}))
}

func (r *rig) hasBucket(name string) bool {
	_, found := r.log.State().Buckets.Get(bucket(name))
	return found
}

func TestAJobBeginsOnAllTargetsOrOnNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		id, err := r.startJob(t, "plain", "a", "")
		check.NoError(t, err)
		begun, released := r.asked.take()
		check.Equal(t, begun, []string{"target01 plain", "target02 plain"})
		check.Equal(t, len(released), 0)
		check.Equal(t, r.log.State().Jobs.Get(id).Targets, []string{"target01", "target02"})

		for _, answer := range []errs.Kind{errs.Busy, errs.Invalid, errs.Unavailable} {
			r.asked.refuse = map[string]error{"target02": errs.E("test", "", answer, nil)}
			_, err := r.startJob(t, "copy", "a", "new")
			check.ErrorIs(t, err, answer)
			_, released := r.asked.take()
			check.Equal(t, released, []string{"target01", "target02"})
			check.Equal(t, len(r.log.State().Jobs.All()), 1)
			check.Equal(t, r.hasBucket("new"), false)
		}
		r.asked.refuse = nil
		_, err = r.startJob(t, "move", "a", "b")
		check.ErrorIs(t, err, errs.Busy)
		begun, _ = r.asked.take()
		check.Equal(t, len(begun), 0) // what is not possible is not asked about
	})
}

// A target that is down takes no part; what needs it is refused.
func TestJobsWhileATargetIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		_, err := r.log.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.SetFlags("target02", wire.NodeDown, 0).Fenced()}, nil
		})
		check.NoError(t, err)
		id, err := r.startJob(t, "copy", "a", "b")
		check.NoError(t, err)
		begun, _ := r.asked.take()
		check.Equal(t, begun, []string{"target01 copy"})
		j := r.log.State().Jobs.Get(id)
		check.Equal(t, j.Targets, []string{"target01"})
		check.Equal(t, j.Absent, []string{"target02"})
		r.report(t, "target01", id, "target02 did not take part")
		check.Equal(t, r.log.State().Jobs.Get(id) == nil, true)

		_, err = r.startJob(t, "move", "a", "c")
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.PublicOf(err), "cannot start move: it needs all targets, and target02 is down")
		check.Equal(t, errs.RetryAfterOf(err), time.Second)
		begun, _ = r.asked.take()
		check.Equal(t, len(begun), 0)
		_, err = r.log.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.SetFlags("target01", wire.NodeDown, 0).Fenced()}, nil
		})
		check.NoError(t, err)
		_, err = r.startJob(t, "plain", "a", "")
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.PublicOf(err), "cannot start plain: no target is up")
	})
}

func TestAJobEndsWhenAllSharesAreDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		id, err := r.startJob(t, "copy", "a", "b")
		check.NoError(t, err)
		check.Equal(t, r.hasBucket("b"), true)
		r.report(t, "target01", id, "")
		r.report(t, "target01", id, "")
		r.report(t, "target01", "unknown", "")
		check.Equal(t, r.log.State().Jobs.Get(id) != nil, true)
		r.report(t, "target02", id, "disk is full")
		check.Equal(t, r.log.State().Jobs.Get(id) == nil, true)
		r.report(t, "target02", id, "disk is full")
	})
}

func TestATargetThatHasLeftIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		id, err := r.startJob(t, "plain", "a", "")
		check.NoError(t, err)
		_, err = r.log.Propose(t.Context(), func(s *cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.RemoveNode("target02")}, nil
		})
		check.NoError(t, err)
		r.report(t, "target01", id, "")
		check.Equal(t, r.log.State().Jobs.Get(id) == nil, true)
	})
}

func TestRenames(t *testing.T) {
	tests := []struct {
		name    string
		end     func(t *testing.T, r *rig, id string)
		renamed bool
		exists  bool
	}{
		{"done", func(t *testing.T, r *rig, id string) {
			r.report(t, "target01", id, "")
			r.report(t, "target02", id, "")
		}, true, false},
		{"a share fails", func(t *testing.T, r *rig, id string) { r.report(t, "target02", id, "disk is full") }, false, true},
		{"stopped", func(t *testing.T, r *rig, id string) {
			_, err := r.StopJobs(t.Context(), &wire.JobStart{ID: id})
			check.NoError(t, err)
		}, false, true},
		{"source destroyed", func(t *testing.T, r *rig, _ string) {
			check.NoError(t, r.DestroyBucket(t.Context(), bucket("a")))
		}, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, stop := jobRig(t)
				defer stop()
				id, err := r.startJob(t, "move", "a", "b")
				check.NoError(t, err)
				source, _ := r.log.State().Buckets.Get(bucket("a"))
				check.Equal(t, source.Props.Renamed, "ais://b")
				check.ErrorIs(t, r.CreateBucket(t.Context(), bucket("b"), nil), errs.Exists)
				_, err = r.startJob(t, "plain", "a", "")
				check.ErrorIs(t, err, errs.Busy)
				test.end(t, r, id)
				check.Equal(t, len(r.log.State().Jobs.All()), 0)
				check.Equal(t, r.hasBucket("b"), test.renamed)
				check.Equal(t, r.hasBucket("a"), test.exists)
				if source, found := r.log.State().Buckets.Get(bucket("a")); found {
					check.Equal(t, source.Props.Renamed, "")
				}
			})
		})
	}
}

func TestJobsAreStoppedByKindAndBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := jobRig(t)
		defer stop()
		check.NoError(t, r.CreateBucket(t.Context(), bucket("other"), nil))
		first, err := r.startJob(t, "plain", "a", "")
		check.NoError(t, err)
		second, err := r.startJob(t, "plain", "other", "")
		check.NoError(t, err)
		other := bucket("other")
		ids, err := r.StopJobs(t.Context(), &wire.JobStart{Kind: "plain-job", Bucket: &other})
		check.NoError(t, err)
		check.Equal(t, ids, []string{second})
		ids, err = r.StopJobs(t.Context(), &wire.JobStart{Kind: "plain"})
		check.NoError(t, err)
		check.Equal(t, ids, []string{first})
		_, err = r.StopJobs(t.Context(), &wire.JobStart{Kind: "plain"})
		check.ErrorIs(t, err, errs.NotFound)
	})
}
