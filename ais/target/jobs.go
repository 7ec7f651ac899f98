package target

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/module"
	"aistore/xaction"
)

// openJobs opens the registry of jobs, with the kinds that the modules do.
func (t *Target) openJobs(makers []module.Maker) error {
	specs, err := module.Specs(makers)
	if err != nil {
		return err
	}
	dir := filepath.Join(t.core.Config.ConfDir, "jobs")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errs.E("target.New", dir, errs.Invalid, err)
	}
	t.jobs, err = xaction.Open(xaction.Options{
		Node: t.id, Specs: specs, Dir: dir,
		Limits: func() config.Limits { return t.core.Cluster.Get().Limits },
		Load:   t.load, Report: t.reportJobs, Metrics: t.core.Scope, Log: t.log,
	})
	return err
}

// load is how busy clients keep the node: requests in flight for each processor.
func (t *Target) load() float64 {
	r := t.router.Load()
	if r == nil {
		return 0
	}
	return float64(r.InFlight(rest.Public)) / float64(runtime.GOMAXPROCS(0))
}

// reportJobs tells the primary which shares are done.
func (t *Target) reportJobs(ctx context.Context, done []xaction.Outcome) error {
	leader := t.applied.Load().Map.Primary()
	if leader == nil {
		return errs.E("target.reportJobs", t.id, errs.Unavailable, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	return t.core.Peers.JobsDone(ctx, leader, &primary.JobsDoneMessage{Node: t.id, Jobs: done})
}

// reportTimeout bounds one report to the primary, which may wait for the others
// to hear what follows of it.
const reportTimeout = 30 * time.Second

// prepareJobs gets ready for a state before anybody sees it: objects of a bucket
// that is being renamed no longer change, and what it is copied into is there.
func (t *Target) prepareJobs(ctx context.Context, changes []cluster.BucketChange, next *cluster.State) error {
	for _, c := range changes {
		switch {
		case c.New == nil:
		case c.New.Props.Renamed != "":
			if err := t.store.Freeze(ctx, c.New); err != nil {
				return err
			}
		case c.Old != nil && c.Old.Props.Renamed != "":
			t.store.Thaw(c.New)
		}
	}
	for _, j := range next.Jobs.All() {
		hidden := hiddenBucket(next, j)
		if hidden == nil || t.jobs.Get(j.ID) != nil {
			continue
		}
		if err := t.store.CreateBucket(ctx, hidden); err != nil {
			t.log.Warn("bucket is not on every mountpath yet", "bucket", hidden.String(), "err", err)
		}
	}
	return nil
}

// applyJobs begins and ends jobs, and removes what a rename that did not come to
// its end has copied.
func (t *Target) applyJobs(ctx context.Context, old, next *cluster.State) {
	t.jobs.Apply(next)
	for _, j := range old.Jobs.All() {
		hidden := hiddenBucket(old, j)
		if hidden == nil || next.Jobs.Get(j.ID) != nil {
			continue
		}
		if b, found := next.Buckets.Get(hidden.Bucket); found && b.ID() == hidden.ID() {
			continue
		}
		if err := t.store.DestroyBucket(ctx, hidden); err != nil {
			t.log.Warn("a mountpath keeps what is left of a rename", "bucket", hidden.String(), "err", err)
		}
	}
}

// hiddenBucket is what a job fills in hiding, nil if it has no such bucket.
func hiddenBucket(s *cluster.State, j *cluster.Job) *cluster.Bucket {
	if !j.Hidden || j.Bucket == nil {
		return nil
	}
	source, _ := s.Buckets.Get(*j.Bucket)
	return j.HiddenBucket(source)
}

// listJobs answers with this target's shares of jobs.
func (t *Target) listJobs(w http.ResponseWriter, r *http.Request) error {
	q := &wire.JobQuery{}
	if err := rest.Decode(w, r, q); err != nil {
		return err
	}
	return rest.JSON(w, t.jobs.Snapshots(q))
}
