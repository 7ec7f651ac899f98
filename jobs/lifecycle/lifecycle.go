package lifecycle

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// Name is the name of the module.
const Name = "lifecycle"

// Lifecycle is the module.
type Lifecycle struct {
	host module.Host
	now  func() time.Time
}

// Maker describes the module.
func Maker() module.Maker { return MakerAt(time.Now) }

// MakerAt is Maker with a clock, by which things expire.
func MakerAt(now func() time.Time) module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &Lifecycle{host: h, now: now}, nil },
		Specs: []xaction.Spec{{
			Kind: wire.ActionLifecycle, Need: access.DeleteObject, Scope: xaction.OfCluster, Startable: true,
			Excludes: []string{wire.ActionLifecycle},
		}},
	}
}

// Name is the name of the module.
func (*Lifecycle) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (l *Lifecycle) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{wire.ActionLifecycle: {Check: l.check, Run: l.run}}
}

// Counts are the result of one target's share.
type Counts struct {
	Objects  int64 `json:"objects,string"`  // that have expired
	Versions int64 `json:"versions,string"` // that had been replaced
	Markers  int64 `json:"markers,string"`  // delete markers
	Uploads  int64 `json:"uploads,string"`  // given up
}

// check refuses a job on a bucket for which there is nothing to do.
func (l *Lifecycle) check(_ context.Context, j *cluster.Job) error {
	if j.Bucket == nil {
		return nil
	}
	b, found := l.host.State().Buckets.Get(*j.Bucket)
	if !found || b.Props.S3.Lifecycle.Enabled() {
		return nil
	}
	e := errs.E("lifecycle.Check", j.Bucket.String(), errs.Invalid, nil)
	e.Public = "bucket \"" + j.Bucket.String() + "\" has no lifecycle rule that is enabled: put one by the S3 API (PutBucketLifecycleConfiguration)"
	return e
}

// share is a job at this target.
type share struct {
	*Lifecycle
	job *xaction.Job

	objects, versions, markers, uploads atomic.Int64
}

func (l *Lifecycle) run(ctx context.Context, j *xaction.Job) error {
	if err := j.Absence(); err != nil {
		j.Fail(err)
	}
	buckets, err := l.buckets(j)
	if err != nil {
		return err
	}
	s := &share{Lifecycle: l, job: j}
	for _, b := range buckets {
		j.Forget() // what marks there are is of another bucket
		if err := s.bucket(ctx, b); err != nil && s.current(b) != nil {
			return err
		}
	}
	return j.SetResult(Counts{s.objects.Load(), s.versions.Load(), s.markers.Load(), s.uploads.Load()})
}

// buckets are those that the job is about.
func (l *Lifecycle) buckets(j *xaction.Job) ([]*cluster.Bucket, error) {
	if j.Bucket != nil {
		b, err := l.host.Source(j)
		return []*cluster.Bucket{b}, err
	}
	var list []*cluster.Bucket
	for b := range l.host.State().Buckets.All() {
		if b.Props.S3.Lifecycle.Enabled() {
			list = append(list, b)
		}
	}
	return list, nil
}

// current is a bucket as it is now; nil if it is not there any more.
func (l *Lifecycle) current(b *cluster.Bucket) *cluster.Bucket {
	if now, found := l.host.State().Buckets.Get(b.Bucket); found && now.ID() == b.ID() {
		return now
	}
	return nil
}

// bucket does what is to be done in one bucket.
func (s *share) bucket(ctx context.Context, b *cluster.Bucket) error {
	rules := b.Props.S3.Lifecycle
	if !rules.Enabled() {
		return nil
	}
	if err := s.giveUp(ctx, b, prefixOf(rules)); err != nil {
		return err
	}
	return xaction.EachMount(ctx, s.job, s.host.Mounts(), xaction.Line[string]{
		Items: func(ctx context.Context, mount *fs.Mountpath, after string) iter.Seq2[string, error] {
			return s.namesOn(ctx, b, store.WalkOptions{Prefix: prefixOf(rules), After: after, Versions: true, Mountpath: mount.Root()})
		},
		Key: func(name string) string { return name },
		Do:  func(ctx context.Context, name string) error { return s.name(ctx, b, name) },
	})
}

// namesOn yields the names on one mountpath of which there is any version.
func (s *share) namesOn(ctx context.Context, b *cluster.Bucket, o store.WalkOptions) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		w, err := s.host.Objects.Walk(ctx, b, o)
		if err != nil {
			yield("", err)
			return
		}
		defer w.Close()
		for e, ok := w.Next(ctx); ok; e, ok = w.Next(ctx) {
			if e.Problem == nil && !yield(e.Name, nil) {
				return
			}
		}
		if err := w.Err(); err != nil {
			yield("", err)
		}
	}
}

// name does what is to be done with one name, by the rules that are in force now.
func (s *share) name(ctx context.Context, b *cluster.Bucket, name string) error {
	now := s.current(b)
	if now == nil {
		return errs.BucketNotFound("lifecycle", b.String())
	}
	n := store.Name{Bucket: now, Object: name}
	if mine, err := s.host.Verbs.Owner(n); err != nil || !mine {
		return err
	}
	versions, err := s.host.Objects.Versions(ctx, n)
	if err != nil {
		return s.outcome(ctx, err)
	}
	for _, step := range Plan(now.Props.S3.Lifecycle, name, versions, s.now()) {
		if err := s.outcome(ctx, s.remove(ctx, n, step)); err != nil {
			return err
		}
	}
	return nil
}

// remove carries out one step, and counts it.
func (s *share) remove(ctx context.Context, n store.Name, step Step) error {
	o := store.DeleteOptions{Version: step.Version, Conditions: store.Conditions{IfOrder: step.Order}}
	err := module.Patiently(ctx, func() error {
		_, err := s.host.Verbs.Remove(ctx, n, o)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case step.Marker:
		s.markers.Add(1)
	case step.Version != "":
		s.versions.Add(1)
	default:
		s.objects.Add(1)
	}
	s.job.Did(step.Size)
	return nil
}

// outcome is the error, of what was done with one name, that ends the job: not that
// somebody has changed it meanwhile, nor that it is locked.
func (s *share) outcome(ctx context.Context, err error) error {
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, errs.Unavailable), errs.CodeOf(err) == errs.CodeBucketNotFound:
		return err
	case errors.Is(err, errs.NotFound), errors.Is(err, errs.Precondition), errs.CodeOf(err) == errs.CodeLocked:
		return nil
	}
	s.job.Fail(err)
	return nil
}

// giveUp gives up the uploads on this target that have taken too long.
func (s *share) giveUp(ctx context.Context, b *cluster.Bucket, prefix string) error {
	found, err := s.host.Verbs.Uploads(ctx, b, store.UploadsOptions{Prefix: prefix})
	if err != nil {
		return err
	}
	for i := range found {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		u, now := &found[i], s.current(b)
		if now == nil {
			return errs.BucketNotFound("lifecycle", b.String())
		}
		if !UploadExpires(now.Props.S3.Lifecycle, u.Object, u.Created, s.now()) {
			continue
		}
		err := s.host.Verbs.AbortUpload(ctx, store.Name{Bucket: now, Object: u.Object}, u.ID)
		if err == nil {
			s.uploads.Add(1)
			s.job.Did(0)
		}
		if err := s.outcome(ctx, err); err != nil {
			return err
		}
	}
	return nil
}
