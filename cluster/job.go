package cluster

import (
	"errors"
	"slices"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// Job is work on many objects that the cluster has agreed to do. It is in the
// [State] from its start until every target that takes part has done its share,
// so that it outlives the restart of any node. It is immutable.
type Job struct {
	ID      string           `json:"id"`
	Kind    string           `json:"kind"`
	Bucket  *wire.Bucket     `json:"bck,omitempty"`    // that it works on, its source if it has two; nil for none
	To      *wire.Bucket     `json:"bck_to,omitempty"` // destination; nil for none
	Hidden  bool             `json:"hidden,omitempty"` // see Job.HiddenBucket
	ToID    uint64           `json:"to_id,omitempty,string"`
	Targets []string         `json:"targets"`           // ids of those that take part, ascending
	Absent  []string         `json:"absent,omitempty"`  // ids of targets that were down at the start and may hold objects, ascending
	Args    jsonx.RawMessage `json:"args,omitempty"`    // what the kind wants to know
	Flags   uint32           `json:"flags,omitempty"`   // wire.Job… bits of the start
	Started int64            `json:"started,omitempty"` // unix nanoseconds; nothing is decided by it
}

// Has tells whether a target takes part.
func (j *Job) Has(target string) bool {
	_, found := slices.BinarySearch(j.Targets, target)
	return found
}

// Touches tells whether the job works on a bucket.
func (j *Job) Touches(b wire.Bucket) bool {
	b = normal(b)
	return j.Bucket != nil && normal(*j.Bucket) == b || j.To != nil && normal(*j.To) == b
}

// HiddenBucket returns the bucket that the job fills and nobody sees, as it will
// be when the job has ended well, made of its source; nil if the job has none.
// It has the name of the destination, so that objects are placed where they
// will belong, and an id of its own.
func (j *Job) HiddenBucket(source *Bucket) *Bucket {
	if !j.Hidden || source == nil {
		return nil
	}
	props := *source.Props
	props.ID, props.Renamed = j.ToID, ""
	return &Bucket{Bucket: normal(*j.To), Props: &props}
}

// Jobs are the jobs under way, in the order in which they began. Immutable; the
// zero value is none.
type Jobs struct {
	list []*Job
}

// All returns the jobs, oldest first. The slice is shared and must not be changed.
func (j *Jobs) All() []*Job {
	if j == nil {
		return nil
	}
	return j.list
}

// Get returns the job with that id, nil if it is not under way.
func (j *Jobs) Get(id string) *Job {
	for _, one := range j.All() {
		if one.ID == id {
			return one
		}
	}
	return nil
}

// Touching returns the jobs that work on a bucket.
func (j *Jobs) Touching(b wire.Bucket) []*Job {
	var found []*Job
	for _, one := range j.All() {
		if one.Touches(b) {
			found = append(found, one)
		}
	}
	return found
}

// with returns the jobs and one more.
func (j *Jobs) with(added *Job) (*Jobs, error) {
	if j.Get(added.ID) != nil {
		return nil, errs.E("", added.ID, errs.Exists, errors.New("a job of that id is under way"))
	}
	return &Jobs{append(slices.Clip(j.All()), added)}, nil
}

// without returns the jobs but one.
func (j *Jobs) without(id string) (*Jobs, error) {
	at := slices.IndexFunc(j.All(), func(one *Job) bool { return one.ID == id })
	if at < 0 {
		return nil, JobNotFound("cluster.Jobs", id)
	}
	return &Jobs{slices.Concat(j.list[:at], j.list[at+1:])}, nil
}

// JobNotFound is the error that there is no job of that id, or of that kind.
func JobNotFound(op, id string) error {
	e := errs.E(op, id, errs.NotFound, nil)
	e.Public = "job \"" + id + "\" does not exist"
	return e
}

// StartJob begins a job. Of one with a hidden destination the id of that is set
// when the change is applied.
func StartJob(j *Job) Change { return Change{Kind: ChangeStartJob, Job: j} }

// EndJob ends a job: its targets have done their share, or stop.
func EndJob(id string) Change { return Change{Kind: ChangeEndJob, JobID: id} }

// RenameBucket puts what a job has filled in hiding into the place of its
// source: from then on the source is gone and the destination is there.
// The bucket must not have been destroyed and created again in between, and no
// other may have taken the new name.
func RenameBucket(source *Bucket, j *Job) Change {
	return Change{Kind: ChangeRenameBucket, Bucket: &source.Bucket, BucketID: source.ID(), JobID: j.ID}
}

// startJob applies StartJob.
func (s *State) startJob(j *Job) (err error) {
	started := *j
	if started.Hidden {
		s.Buckets = s.Buckets.next() // whose version no other bucket gets as id
		started.ToID = newBucketID(&Bucket{Bucket: normal(*j.To)}, s.Buckets.version)
	}
	s.Jobs, err = s.Jobs.with(&started)
	return err
}

func (s *State) endJob(id string) (err error) {
	s.Jobs, err = s.Jobs.without(id)
	return err
}

// renameBucket applies RenameBucket.
func (s *State) renameBucket(c Change) error {
	const op = "cluster.RenameBucket"
	j := s.Jobs.Get(c.JobID)
	if j == nil || !j.Hidden {
		return JobNotFound(op, c.JobID)
	}
	source, found := s.Buckets.Get(*c.Bucket)
	if !found {
		return errs.BucketNotFound(op, c.Bucket.String())
	}
	if source.ID() != c.BucketID {
		return recreated(op, *c.Bucket)
	}
	if _, taken := s.Buckets.Get(*j.To); taken {
		return errs.BucketExists(op, j.To.String())
	}
	hidden := j.HiddenBucket(source)
	if err := checkBucket(hidden); err != nil {
		return err
	}
	next, err := s.Buckets.WithoutBucket(source.Bucket)
	if err != nil {
		return err
	}
	next.put(hidden) // next is not shared yet
	next.count++
	s.Buckets = next
	return nil
}
