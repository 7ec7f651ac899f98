package xaction

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// Work is how the jobs of a kind are done.
type Work struct {
	// Run does this target's share of a job and returns when it is done, or
	// when ctx ends. It is called again after a restart of the node, and must
	// come to the same result then.
	Run func(ctx context.Context, j *Job) error

	// Check may refuse a job before it begins; nil refuses none.
	Check func(ctx context.Context, j *cluster.Job) error
}

// ErrStopped is the cause of the end of a job's context when somebody has
// stopped the job.
var ErrStopped = errors.New("stopped")

// Job is the share of a job that this target does. Its methods may be called
// from any goroutine.
type Job struct {
	*cluster.Job
	spec  *Spec
	node  string // id of this target
	load  func() float64
	saved func(*Job) // writes the checkpoint
	stop  context.CancelCauseFunc

	counts counts
	total  total

	mu      sync.Mutex
	began   time.Time         // guarded by mu
	marks   map[string]string // guarded by mu
	failed  error             // guarded by mu; the first of what did not stop the job
	result  jsonx.RawMessage  // guarded by mu
	done    bool              // guarded by mu; the share is done
	err     error             // guarded by mu; how Run ended
	ended   time.Time         // guarded by mu; when the cluster ended it; zero before
	aborted bool              // guarded by mu
	workers int               // guarded by mu; of each mountpath
	joggers int               // guarded by mu; mountpaths
}

// counts are what a job has done.
type counts struct {
	objects, bytes       atomic.Int64
	outObjects, outBytes atomic.Int64
	inObjects, inBytes   atomic.Int64
	failures             atomic.Int64
	written              atomic.Int64 // unix nanoseconds of the last checkpoint
}

// total is what a job will have done at its end; negative is unknown.
type total struct {
	objects, bytes atomic.Int64
}

// kept is the part of a checkpoint that the work of the job has made.
type kept struct {
	Marks  map[string]string `json:"marks,omitempty"`
	Stats  wire.JobStats     `json:"stats"`
	Began  time.Time         `json:"began"`
	Done   bool              `json:"done,omitempty"`
	Error  string            `json:"error,omitempty"`
	Result jsonx.RawMessage  `json:"result,omitempty"`
}

// Extra is what a snapshot says beyond the protocol, in its field ext.
type Extra struct {
	TotalObjects int64            `json:"total-objs,string,omitempty"`  // 0 is unknown
	TotalBytes   int64            `json:"total-bytes,string,omitempty"` // 0 is unknown
	Absent       []string         `json:"absent,omitempty"`             // targets that did not take part, since they were down
	Failures     int64            `json:"failures,string,omitempty"`    // objects that the job could not do
	Result       jsonx.RawMessage `json:"result,omitempty"`             // of the kinds that have one
}

func newJob(j *cluster.Job, spec *Spec, load func() float64) *Job {
	return &Job{Job: j, spec: spec, began: time.Now(), load: load, marks: map[string]string{}}
}

// Decode decodes the argument of the job. Errors: Invalid.
func (j *Job) Decode(into any) error {
	if len(j.Args) == 0 {
		return nil
	}
	if err := jsonx.Unmarshal(j.Args, into); err != nil {
		return errs.E("xaction.Decode", j.Kind, errs.Invalid, err)
	}
	return nil
}

// Did counts one object that is done, and its size in bytes.
func (j *Job) Did(bytes int64) {
	j.counts.objects.Add(1)
	j.counts.bytes.Add(bytes)
}

// Sent counts one object that went to another target.
func (j *Job) Sent(bytes int64) {
	j.counts.outObjects.Add(1)
	j.counts.outBytes.Add(bytes)
}

// Received counts one object that came from another target.
func (j *Job) Received(bytes int64) {
	j.counts.inObjects.Add(1)
	j.counts.inBytes.Add(bytes)
}

// Expect says how much there will be in all; negative is unknown.
func (j *Job) Expect(objects, bytes int64) {
	j.total.objects.Store(objects)
	j.total.bytes.Store(bytes)
}

// Fail notes that one object could not be done. The job goes on; its first
// failure is its error in the end.
func (j *Job) Fail(err error) {
	j.counts.failures.Add(1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed == nil {
		j.failed = err
	}
}

// Absence is the error of what targets that were down at the start have left
// undone, for one of the shares to report; nil on the others, and when there are
// none.
func (j *Job) Absence() error {
	if !j.reports() {
		return nil
	}
	e := errs.E("xaction.Absence", j.Kind, errs.Unavailable, nil)
	e.Public = strings.Join(j.Absent, ", ") + down(j.Absent) + " and did not take part: what is there is left undone"
	return e
}

// AbsenceOf is the error of an object that belongs to a target, if that was down
// at the start and this share is to report it; else nil.
func (j *Job) AbsenceOf(owner, object string) error {
	if !j.reports() || !slices.Contains(j.Absent, owner) {
		return nil
	}
	e := errs.E("xaction.Absence", object, errs.Unavailable, nil)
	e.Public = "object " + strconv.Quote(object) + ": its target " + owner + " is down and did not take part"
	return e
}

// reports tells whether this share speaks for the targets that are absent.
func (j *Job) reports() bool { return len(j.Absent) > 0 && j.Targets[0] == j.node }

// SetResult keeps what the job has found out, as JSON. Errors: Invalid.
func (j *Job) SetResult(v any) error {
	text, err := jsonx.Marshal(v)
	if err != nil {
		return errs.E("xaction.SetResult", j.Kind, errs.Invalid, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.result = text
	return nil
}

// Mark notes how far one line of the work is: what it has done need not be done
// again after a restart. Marks reach the disk now and then.
func (j *Job) Mark(line, at string) {
	j.mu.Lock()
	j.marks[line] = at
	j.mu.Unlock()
	const every = int64(5 * time.Second)
	now, was := time.Now().UnixNano(), j.counts.written.Load()
	if j.saved != nil && now-was > every && j.counts.written.CompareAndSwap(was, now) {
		j.saved(j)
	}
}

// Marked returns how far a line of the work was when it was marked last, "" if
// never.
func (j *Job) Marked(line string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.marks[line]
}

// Pause lets clients go first: it waits for a multiple of took, how long a piece
// of work was, that grows with their load. Errors: the cause of ctx.
func (j *Job) Pause(ctx context.Context, took time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if j.load == nil {
		return nil
	}
	const most = 4
	wait := time.Duration(float64(took) * min(j.load(), most))
	if wait < time.Millisecond {
		return nil
	}
	timer := time.NewTimer(min(wait, time.Second))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (j *Job) stats() wire.JobStats {
	c := &j.counts
	return wire.JobStats{
		Objects: c.objects.Load(), Bytes: c.bytes.Load(),
		OutObjects: c.outObjects.Load(), OutBytes: c.outBytes.Load(),
		InObjects: c.inObjects.Load(), InBytes: c.inBytes.Load(),
	}
}

// keep returns what a restart needs to go on.
func (j *Job) keep() kept {
	k := kept{Stats: j.stats()}
	j.mu.Lock()
	defer j.mu.Unlock()
	k.Began = j.began
	k.Marks = make(map[string]string, len(j.marks))
	for line, at := range j.marks {
		k.Marks[line] = at
	}
	k.Done, k.Result = j.done, j.result
	if err := j.outcome(); err != nil {
		k.Error = errs.PublicOf(err)
	}
	return k
}

// resume takes what keep has returned before a restart.
func (j *Job) resume(k kept) {
	c := &j.counts
	c.objects.Store(k.Stats.Objects)
	c.bytes.Store(k.Stats.Bytes)
	c.outObjects.Store(k.Stats.OutObjects)
	c.outBytes.Store(k.Stats.OutBytes)
	c.inObjects.Store(k.Stats.InObjects)
	c.inBytes.Store(k.Stats.InBytes)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.began, j.done, j.result = k.Began, k.Done, k.Result
	if k.Marks != nil {
		j.marks = k.Marks
	}
	if k.Error != "" {
		j.failed = errors.New(k.Error)
	}
}

// finish notes that the share is done.
func (j *Job) finish(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done, j.err = true, err
}

// end notes that the cluster has ended the job, maybe before it was done, and
// reports whether this was new.
func (j *Job) end(now time.Time, stopped bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.ended.IsZero() {
		return false
	}
	j.ended, j.aborted = now, stopped || !j.done
	return true
}

// isDone tells whether the share is done, and with what error.
func (j *Job) isDone() (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done, j.outcome()
}

// outcome is the error of the job; the caller holds mu.
func (j *Job) outcome() error {
	if j.err != nil {
		return j.err
	}
	return j.failed
}

// Snapshot describes the share as it is now.
func (j *Job) Snapshot() wire.JobSnapshot {
	s := wire.JobSnapshot{ID: j.ID, Kind: j.Kind, Stats: j.stats()}
	if j.Bucket != nil {
		s.Bucket, s.Source = *j.Bucket, *j.Bucket
	}
	if j.To != nil {
		s.Destination = *j.To
	}
	if len(j.Args) > 0 {
		s.Control = shortened(string(j.Args))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.StartTime = j.began
	s.Packed = wire.PackJob(j.joggers, j.workers, 0)
	s.Idle = !j.ended.IsZero() // not before: what excludes this job may begin only then
	s.Aborted = j.aborted
	if j.aborted {
		s.AbortError = ErrStopped.Error()
	}
	if err := j.outcome(); err != nil && !j.aborted {
		s.Error = errs.PublicOf(err)
	}
	s.EndTime = j.ended
	s.Ext = j.extra()
	return s
}

// extra is the field ext; the caller holds mu.
func (j *Job) extra() jsonx.RawMessage {
	e := Extra{
		TotalObjects: max(j.total.objects.Load(), 0), TotalBytes: max(j.total.bytes.Load(), 0),
		Failures: j.counts.failures.Load(), Result: j.result, Absent: j.Absent,
	}
	if len(e.Absent) == 0 && e.TotalObjects == 0 && e.TotalBytes == 0 && e.Failures == 0 && e.Result == nil {
		return nil
	}
	text, err := jsonx.Marshal(e)
	if err != nil {
		return nil // numbers and what is JSON already
	}
	return text
}

// shortened is what of an argument is shown to people.
func shortened(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// Restart forgets all marks and counts: the work begins anew.
func (j *Job) Restart() {
	j.resume(kept{Began: j.since()})
	j.Forget()
}

// since is when the share began.
func (j *Job) since() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.began
}

// Forget forgets all marks.
func (j *Job) Forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.marks = map[string]string{}
}
