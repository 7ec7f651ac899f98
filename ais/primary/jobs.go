package primary

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/xaction"
)

// JobRequest is a job that a client wants.
type JobRequest struct {
	Spec   *xaction.Spec
	Bucket *wire.Bucket     // nil for none
	To     *wire.Bucket     // destination; nil for none
	Args   jsonx.RawMessage // checked; nil for none
	Flags  uint32           // wire.Job… bits
}

// StartJob begins a job on all targets that are up, or on none, and returns its
// id. Every node that is not suspected knows of the job then. Targets that are
// down by the map, and may hold objects, are absent: the job says what that leaves
// undone. Errors: NotFound (a bucket), Invalid, Exists, Busy (another job excludes
// it, or there are too many), what a target refuses with, Unavailable (a target is
// silent, and not down yet; the kind needs one that is down).
func (p *Primary) StartJob(ctx context.Context, r *JobRequest) (string, error) {
	j := &cluster.Job{
		ID: r.Spec.NewID(), Kind: r.Spec.Kind, Bucket: r.Bucket, To: r.To, Args: r.Args, Flags: r.Flags,
		Hidden: r.Spec.Destination == xaction.HiddenDestination, Started: unixNow(),
	}
	j.Targets, j.Absent = takers(p.log.State().Map)
	err := p.transact(ctx, &transaction{id: j.ID, targets: j.Targets, makes: func(s *cluster.State) ([]cluster.Change, error) {
		if err := checkDestination(s, r.Spec, j); err != nil {
			return nil, err
		}
		if err := r.Spec.Check(p.o.Specs, s, j); err != nil {
			return nil, err
		}
		return startChanges(s, r.Spec, j)
	}})
	return j.ID, err
}

// takers returns the targets that can take part in a job, and those that cannot
// and may hold objects.
func takers(m *cluster.Map) (up, absent []string) {
	for _, t := range m.Targets() {
		switch {
		case !t.Has(wire.NodeDown):
			up = append(up, t.ID)
		case m.MayHold(t.ID):
			absent = append(absent, t.ID)
		}
	}
	slices.Sort(up)
	slices.Sort(absent)
	return up, absent
}

// checkDestination refuses to make a bucket for a job that only a backend can make.
// Errors: Unsupported.
func checkDestination(s *cluster.State, spec *xaction.Spec, j *cluster.Job) error {
	if j.To == nil || !j.To.IsRemote() {
		return nil
	}
	if _, found := s.Buckets.Get(*j.To); found {
		return nil
	}
	switch spec.Destination {
	case xaction.MadeDestination, xaction.HiddenDestination:
		return noBackend("primary.StartJob", *j.To)
	}
	return nil
}

// startChanges are those that begin a job: its destination is made, or its
// source takes no more writes.
func startChanges(s *cluster.State, spec *xaction.Spec, j *cluster.Job) ([]cluster.Change, error) {
	start := cluster.StartJob(j)
	if j.Bucket == nil {
		return []cluster.Change{start}, nil
	}
	source, err := cluster.CheckBucket(s, *j.Bucket)
	if err != nil {
		return nil, err
	}
	props := *source.Props
	switch spec.Destination {
	case xaction.MadeDestination:
		if _, found := s.Buckets.Get(*j.To); found {
			break
		}
		props.Created = unixNow()
		return []cluster.Change{cluster.CreateBucket(*j.To, props), start}, nil
	case xaction.HiddenDestination:
		if props.Versioning.History != wire.HistoryNone {
			e := errs.E("primary.StartJob", source.String(), errs.Unsupported, nil)
			e.Public = "bucket " + strconv.Quote(source.String()) + " keeps older versions of its objects, which a rename would lose: copy it instead"
			return nil, e
		}
		props.Renamed = j.To.String()
		return []cluster.Change{cluster.SetBucketProps(source, props), start}, nil
	}
	return []cluster.Change{start}, nil
}

// endChanges are those that end a job, whether it has done its work or not.
func endChanges(s *cluster.State, j *cluster.Job, well bool) []cluster.Change {
	end := cluster.EndJob(j.ID)
	if !j.Hidden {
		return []cluster.Change{end}
	}
	source, found := s.Buckets.Get(*j.Bucket)
	if !found {
		return []cluster.Change{end}
	}
	if well {
		return []cluster.Change{cluster.RenameBucket(source, j), end}
	}
	props := *source.Props
	props.Renamed = ""
	return []cluster.Change{cluster.SetBucketProps(source, props), end}
}

// StopJobs ends the jobs that a query selects before they are done, and returns
// their ids. What they have done stays, except that a rename leaves nothing.
// Errors: NotFound (there is none), Unavailable.
func (p *Primary) StopJobs(ctx context.Context, q *wire.JobStart) ([]string, error) {
	var ids []string
	err := p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		ids = nil
		var changes []cluster.Change
		for _, j := range s.Jobs.All() {
			if p.selects(q, j) {
				ids = append(ids, j.ID)
				changes = append(changes, endChanges(s, j, false)...)
			}
		}
		if len(ids) == 0 {
			name := q.ID
			if name == "" {
				name = q.Kind
			}
			return nil, cluster.JobNotFound("primary.StopJobs", name)
		}
		return changes, nil
	})
	return ids, err
}

func (p *Primary) selects(q *wire.JobStart, j *cluster.Job) bool {
	if q.ID != "" && q.ID != j.ID {
		return false
	}
	if q.Kind != "" && q.Kind != j.Kind {
		if spec, known := p.o.Specs.Get(j.Kind); !known || !spec.Names(q.Kind) {
			return false
		}
	}
	return q.Bucket == nil || q.Bucket.Name == "" || j.Touches(*q.Bucket)
}

// JobsDone takes note of the shares that a target has done, and ends the jobs
// whose shares all are. A rename ends with the first share that has failed.
// Errors: Unavailable.
func (p *Primary) JobsDone(ctx context.Context, m *JobsDoneMessage) error {
	if _, err := p.leading(); err != nil {
		return err
	}
	var failed error
	for _, o := range m.Jobs {
		j := p.log.State().Jobs.Get(o.ID)
		if j == nil {
			continue
		}
		if over, well := p.shares.note(p.log.State(), j, m.Node, o.Error); over {
			failed = errors.Join(failed, p.endJob(ctx, j, well))
		}
	}
	p.shares.keep(p.log.State().Jobs)
	return failed
}

// endJob ends a job whose shares are done. It is no error if it has ended
// meanwhile.
func (p *Primary) endJob(ctx context.Context, j *cluster.Job, well bool) error {
	err := p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		now := s.Jobs.Get(j.ID)
		if now == nil {
			return nil, cluster.JobNotFound("primary.endJob", j.ID)
		}
		return endChanges(s, now, well), nil
	})
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	return err
}
