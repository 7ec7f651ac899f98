package xaction

import (
	"context"
	"iter"
	"time"

	"aistore/fs"
	"aistore/internal/run"
)

// Line is what EachMount does on each mountpath.
type Line[T any] struct {
	// Items yields what there is on a mountpath in ascending order of keys,
	// after the given key; an error is the last that it yields.
	Items func(ctx context.Context, mount *fs.Mountpath, after string) iter.Seq2[T, error]
	Key   func(T) string
	Do    func(context.Context, T) error // an error ends the job; Job.Fail does not

	Workers int // at a time on each mountpath; 0 is 4
}

// batch is how many items are worked on between two marks and pauses.
const batch = 64

// defaultWorkers is how many items of a mountpath are worked on at a time.
const defaultWorkers = 4

// EachMount works on every mountpath at the same time, each at the pace that the
// load of clients leaves to it. It marks how far each is, so that after a
// restart it goes on from there. Errors: the first of Do and of Items, and the
// cause of ctx.
func EachMount[T any](ctx context.Context, j *Job, mounts []*fs.Mountpath, l Line[T]) error {
	if l.Workers <= 0 {
		l.Workers = defaultWorkers
	}
	j.mu.Lock()
	j.joggers, j.workers = len(mounts), l.Workers
	j.mu.Unlock()
	return run.Each(ctx, len(mounts), mounts, func(ctx context.Context, mount *fs.Mountpath) error {
		return l.follow(ctx, j, mount)
	})
}

// follow works on one mountpath.
func (l *Line[T]) follow(ctx context.Context, j *Job, mount *fs.Mountpath) error {
	line := mount.Root()
	items := make([]T, 0, batch)
	flush := func() error {
		if len(items) == 0 {
			return nil
		}
		began := time.Now()
		if err := run.Each(ctx, l.Workers, items, l.Do); err != nil {
			return err
		}
		j.Mark(line, l.Key(items[len(items)-1]))
		items = items[:0]
		return j.Pause(ctx, time.Since(began))
	}
	for item, err := range l.Items(ctx, mount, j.Marked(line)) {
		if err != nil {
			return err
		}
		if items = append(items, item); len(items) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// EachName works on names that are not looked for on disks, at the pace that the
// load of clients leaves. Names come in any order; the job begins anew after a
// restart. Errors: as of EachMount.
func EachName(ctx context.Context, j *Job, names iter.Seq[string], workers int, do func(context.Context, string) error) error {
	if workers <= 0 {
		workers = defaultWorkers
	}
	j.mu.Lock()
	j.workers = workers
	j.mu.Unlock()
	items := make([]string, 0, batch)
	flush := func() error {
		began := time.Now()
		if err := run.Each(ctx, workers, items, do); err != nil {
			return err
		}
		items = items[:0]
		return j.Pause(ctx, time.Since(began))
	}
	for name := range names {
		if items = append(items, name); len(items) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
