package proxy

import (
	"context"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
)

// lookAgain is how often the primary looks whether what has expired is to go.
const lookAgain = time.Minute

// KeepLifecycles starts the job that deletes what has expired, once a day, while this
// node is the primary, until ctx ends. A day on which there was no primary at the
// hour is made up for.
func (p *Proxy) KeepLifecycles(ctx context.Context) error {
	var done time.Time // the last hour for which the job is known to have begun
	for {
		at := LifecycleHour(time.Now(), p.core.Cluster.Get().Periodic.Lifecycle.Std())
		if at.After(done) && p.primary.Leads() && LifecycleDue(p.core.Meta.State(), at) {
			began, err := p.beginLifecycle(ctx, at)
			if began {
				done = at
			}
			if err != nil && ctx.Err() == nil {
				p.core.Log.Warn("what has expired is not deleted yet", "err", err)
			}
		}
		timer := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// beginLifecycle starts the job unless it has begun since that hour, and tells
// whether it has now.
func (p *Proxy) beginLifecycle(ctx context.Context, at time.Time) (bool, error) {
	spec, found := p.specs.Get(wire.ActionLifecycle)
	if !found {
		return true, nil // a cluster without such jobs
	}
	shares, err := p.sharesOf(ctx, &wire.JobQuery{Kind: wire.ActionLifecycle})
	if err != nil {
		return false, err
	}
	for _, s := range shares.all() {
		if s.Bucket.Name == "" && !s.StartTime.Before(at) {
			return true, nil
		}
	}
	id, err := p.primary.StartJob(ctx, &primary.JobRequest{Spec: spec})
	if err != nil {
		return false, err
	}
	p.core.Log.Info("what has expired is being deleted", "job", id)
	return true, nil
}

// LifecycleHour returns the last time, at or before now, at which what has expired
// was to be deleted: so long after a midnight in UTC.
func LifecycleHour(now time.Time, afterMidnight time.Duration) time.Time {
	const day = 24 * time.Hour
	at := now.UTC().Truncate(day).Add(afterMidnight)
	if at.After(now) {
		at = at.Add(-day)
	}
	return at
}

// LifecycleDue tells whether a bucket has rules that were there at that time.
func LifecycleDue(s *cluster.State, at time.Time) bool {
	for b := range s.Buckets.All() {
		if l := b.Props.S3.Lifecycle; l.Enabled() && l.Changed <= at.Unix() {
			return true
		}
	}
	return false
}
