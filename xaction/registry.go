package xaction

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonfile"
	"aistore/internal/run"
	"aistore/metrics"
)

// Options configure a Registry. Node and Specs are required.
type Options struct {
	Node  string      // id of the target
	Specs *Specs      // all kinds
	Dir   string      // of history and checkpoints; must exist; "" keeps both in memory
	FS    jsonfile.FS // nil is that of the machine

	Limits func() config.Limits // bounds; nil is the default
	Load   func() float64       // of clients: 0 is none, 1 as much as there are processors; nil is none

	// Report tells the primary which shares are done. It is called again until
	// the jobs are over. Nil tells nobody.
	Report func(ctx context.Context, done []Outcome) error

	Metrics *metrics.Scope // nil counts for nobody
	Log     *slog.Logger   // nil is silent
}

// Outcome is how the share of a target has ended.
type Outcome struct {
	ID    string `json:"id"`
	Error string `json:"error,omitempty"` // "" for success
}

// Registry holds the jobs that run and have run on a target. Make it with Open;
// all methods may be called from any goroutine.
type Registry struct {
	options Options
	log     *slog.Logger
	work    map[string]Work // by kind; fixed before Run
	wake    chan struct{}   // capacity 1: there is something to start, or to report
	group   run.Group
	count   counters

	mu       sync.Mutex
	jobs     map[string]*Job      // guarded by mu; under way in the cluster
	pending  []*Job               // guarded by mu; to be started by Run
	reserved map[string]time.Time // guarded by mu; asked for by Begin, until when
	running  int                  // guarded by mu; shares that are not done
	history  *history
}

type counters struct {
	started, stopped, failed *metrics.Counter
}

// reserveTime is how long a job that has been asked for keeps its place.
const reserveTime = time.Minute

// Pauses of the registry.
const (
	reportEvery = 2 * time.Second
	reportRetry = 500 * time.Millisecond
)

// Open reads the history. Close releases it, unless Run has.
// Errors: Corrupt, Unsupported (of a newer release), and what the file system says.
func Open(o Options) (*Registry, error) {
	if o.FS == nil {
		o.FS = jsonfile.OS{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limits == nil {
		o.Limits = config.DefaultLimits
	}
	h, err := openHistory(o)
	if err != nil {
		return nil, err
	}
	r := &Registry{
		options: o, log: o.Log, work: map[string]Work{}, wake: make(chan struct{}, 1),
		jobs: map[string]*Job{}, reserved: map[string]time.Time{}, history: h,
	}
	r.count = counters{
		started: o.Metrics.Counter("job_start_total", "jobs started"),
		stopped: o.Metrics.Counter("job_stop_total", "jobs stopped before their end"),
		failed:  o.Metrics.Counter("job_error_total", "jobs that have ended with an error"),
	}
	o.Metrics.GaugeFunc("job_running", "jobs that run", func() float64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		return float64(r.running)
	})
	return r, nil
}

// Handle says how the jobs of a kind are done. It is called before Run.
func (r *Registry) Handle(kind string, w Work) { r.work[kind] = w }

// Close releases the files.
func (r *Registry) Close() error { return r.history.close() }

// Begin asks whether this target can take part in a job, and keeps a place for
// it for a while. Errors: Busy (too many jobs), Unsupported (unknown kind), and
// what the check of the kind returns.
func (r *Registry) Begin(ctx context.Context, j *cluster.Job) error {
	const op = "xaction.Begin"
	w, ok := r.work[j.Kind]
	if !ok {
		return errs.E(op, j.Kind, errs.Unsupported, errors.New("this target knows no such jobs"))
	}
	if w.Check != nil {
		if err := w.Check(ctx, j); err != nil {
			return err
		}
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.reserved {
		if now.After(until) {
			delete(r.reserved, id)
		}
	}
	if most := r.options.Limits().Jobs; r.running+len(r.reserved) >= most {
		e := errs.E(op, j.Kind, errs.Busy, nil)
		e.Public = "too many jobs are running (limits.max_jobs): wait for some to finish, or stop them"
		return e
	}
	r.reserved[j.ID] = now.Add(reserveTime)
	return nil
}

// Release gives up the place of a job that will not begin.
func (r *Registry) Release(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.reserved, id)
}

// Apply starts what the cluster has begun and this target takes part in, and
// ends what the cluster has ended. It does not wait for work. One call at a time.
func (r *Registry) Apply(state *cluster.State) {
	now := state.Jobs
	var over, fresh []*Job
	r.mu.Lock()
	var unknown []*cluster.Job
	for _, j := range now.All() {
		if r.jobs[j.ID] == nil && j.Has(r.options.Node) {
			unknown = append(unknown, j)
		}
	}
	for id, j := range r.jobs {
		if now.Get(id) == nil {
			delete(r.jobs, id)
			over = append(over, j)
		}
	}
	r.mu.Unlock()
	for _, j := range unknown {
		fresh = append(fresh, r.newJob(j))
	}
	r.mu.Lock()
	for _, j := range fresh {
		r.add(j)
	}
	r.mu.Unlock()
	for _, j := range over {
		r.conclude(j, failedToSwap(state, j))
	}
	r.notify()
}

// failedToSwap tells whether a job that has ended had a hidden destination that
// has not come into the place of its source.
func failedToSwap(state *cluster.State, j *Job) bool {
	if !j.Hidden {
		return false
	}
	b, found := state.Buckets.Get(*j.To)
	return !found || b.ID() != j.ToID
}

// newJob makes the share of a job, where its checkpoint says that it is.
func (r *Registry) newJob(started *cluster.Job) *Job {
	spec, ok := r.options.Specs.Get(started.Kind)
	if !ok {
		spec = &Spec{Kind: started.Kind}
	}
	j := newJob(started, spec, r.options.Load)
	j.saved, j.node = r.history.save, r.options.Node
	if k, ok := r.history.load(started.ID); ok {
		j.resume(k)
	}
	return j
}

// add takes the share of a job in. The caller holds mu.
func (r *Registry) add(j *Job) {
	delete(r.reserved, j.ID)
	r.jobs[j.ID] = j
	r.count.started.Inc()
	if done, _ := j.isDone(); !done {
		r.pending = append(r.pending, j)
		r.running++
	}
}

// conclude ends a job that the cluster has ended; stopped says that it was before
// all of it was done, whatever this share is.
func (r *Registry) conclude(j *Job, stopped bool) {
	if !j.end(time.Now(), stopped) {
		return
	}
	snapshot := j.Snapshot()
	switch {
	case snapshot.Aborted:
		r.count.stopped.Inc()
	case snapshot.Error != "":
		r.count.failed.Inc()
	}
	j.mu.Lock()
	stop := j.stop
	j.mu.Unlock()
	if stop != nil {
		stop(ErrStopped)
	}
	r.log.Info("job ended", "job", j.ID, "kind", j.Kind, "objects", snapshot.Stats.Objects,
		"bytes", snapshot.Stats.Bytes, "stopped", snapshot.Aborted, "err", snapshot.Error)
	if err := r.history.add(j.spec, snapshot); err != nil {
		r.log.Warn("a finished job is not kept", "job", j.ID, "err", err)
	}
}

// Run does the work of jobs until ctx ends. Shares that are not done then go on
// after the next start.
func (r *Registry) Run(ctx context.Context) error {
	defer r.history.close()
	defer r.group.Wait()
	tick := time.NewTimer(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-tick.C:
		}
		for _, j := range r.takePending() {
			r.start(ctx, j)
		}
		tick.Reset(r.report(ctx))
	}
}

func (r *Registry) takePending() []*Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.pending
	r.pending = nil
	return list
}

// start runs a share.
func (r *Registry) start(ctx context.Context, j *Job) {
	ctx, cancel := context.WithCancelCause(ctx)
	j.mu.Lock()
	over := !j.ended.IsZero()
	j.stop = cancel
	j.mu.Unlock()
	if over {
		cancel(ErrStopped)
	}
	r.log.Info("job started", "job", j.ID, "kind", j.Kind)
	r.group.Go(func() {
		defer cancel(nil)
		r.do(ctx, j)
	})
}

func (r *Registry) do(ctx context.Context, j *Job) {
	err := r.run(ctx, j)
	r.mu.Lock()
	r.running--
	r.mu.Unlock()
	switch {
	case errors.Is(context.Cause(ctx), ErrStopped):
		r.history.forget(j.ID)
		return
	case ctx.Err() != nil:
		r.history.save(j) // the node stops; it goes on from here
		return
	}
	j.finish(err)
	r.history.save(j)
	if err != nil {
		r.log.Warn("job failed", "job", j.ID, "kind", j.Kind, "err", err)
	}
	r.notify()
}

func (r *Registry) run(ctx context.Context, j *Job) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w, ok := r.work[j.Kind]
	if !ok {
		return errs.E("xaction.Run", j.Kind, errs.Unsupported, errors.New("this target knows no such jobs"))
	}
	return w.Run(ctx, j)
}

// report tells the primary which shares are done, and returns when to do it
// again.
func (r *Registry) report(ctx context.Context) time.Duration {
	var done []Outcome
	r.mu.Lock()
	for _, j := range r.jobs {
		if is, err := j.isDone(); is {
			o := Outcome{ID: j.ID}
			if err != nil {
				o.Error = errs.PublicOf(err)
			}
			done = append(done, o)
		}
	}
	r.mu.Unlock()
	if len(done) == 0 || r.options.Report == nil {
		return reportEvery
	}
	if err := r.options.Report(ctx, done); err != nil {
		r.log.Debug("the primary has not heard that jobs are done", "err", err)
		return reportRetry
	}
	return reportEvery
}

func (r *Registry) notify() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Get returns the share of a job under way, nil if there is none.
func (r *Registry) Get(id string) *Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[id]
}

// Snapshots returns the jobs that q selects, under way and finished, newest
// first.
func (r *Registry) Snapshots(q *wire.JobQuery) []wire.JobSnapshot {
	r.mu.Lock()
	list := make([]wire.JobSnapshot, 0, len(r.jobs))
	for _, j := range r.jobs {
		list = append(list, j.Snapshot())
	}
	r.mu.Unlock()
	list = append(list, r.history.list(time.Now())...)
	return r.selected(q, list)
}
