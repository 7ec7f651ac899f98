package command

import (
	"context"
	"errors"
	"iter"
	"sync"

	"aistore/errs"
	"aistore/internal/run"
)

// maxComplaints is how many errors of single objects are printed.
const maxComplaints = 10

// batch does one thing to many objects. An error with one of them is printed
// and does not stop the others, unless it would befall them too.
type batch struct {
	tool     *Tool
	verb     string // "put", "removed", for messages
	limit    int    // how many at once
	progress *progress

	mu     sync.Mutex // guards what follows, and output
	done   int64
	failed int64
	first  error
}

// each runs do for every item. It returns the first error, when all is over.
func each[T any](ctx context.Context, b *batch, items iter.Seq2[T, error], do func(context.Context, T) error) error {
	next, stop := iter.Pull2(items)
	defer stop()
	var turn sync.Mutex // guards next
	pull := func() (T, error, bool) {
		turn.Lock()
		defer turn.Unlock()
		return next()
	}
	workers := make([]struct{}, max(1, b.limit))
	err := run.Each(ctx, len(workers), workers, func(ctx context.Context, _ struct{}) error {
		for ctx.Err() == nil {
			item, err, more := pull()
			if !more {
				return nil
			}
			if err != nil {
				return err
			}
			if err := b.note(do(ctx, item)); err != nil {
				return err
			}
		}
		return errs.E("stop", "", errs.KindOf(ctx.Err()), context.Cause(ctx))
	})
	b.progress.finish()
	return b.outcome(err)
}

// note counts the outcome of one item, and returns its error if the rest
// should not be tried.
func (b *batch) note(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.done++
		b.progress.object()
		return nil
	}
	if hopeless(err) {
		return err
	}
	if b.failed++; b.failed == 1 {
		b.first = err
	}
	if b.failed <= maxComplaints {
		b.progress.notef(b.tool, "Error: %s\n", errs.PublicOf(err))
	}
	return nil
}

// hopeless reports whether an error will befall other objects too.
func hopeless(err error) bool {
	for _, kind := range []errs.Kind{errs.Canceled, errs.Unauthenticated, errs.NoSpace} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return errs.CodeOf(err) == errs.CodeBucketNotFound
}

// outcome returns the error of the whole: the one that stopped it, or the
// first that did not.
func (b *batch) outcome(stopped error) error {
	if stopped != nil {
		return stopped
	}
	if b.failed == 0 {
		return nil
	}
	if b.failed > 1 || b.done > 0 {
		b.tool.notef("Error: %d of %d objects could not be %s\n", b.failed, b.failed+b.done, b.verb)
	}
	return &reported{b.first}
}

// sayf prints a line to standard output, not in the middle of another.
func (b *batch) sayf(format string, args ...any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tool.printf(format, args...)
}

func countObjects(n int64) string { return plural(int(n), "object", "objects") }

// sequenceOf makes items of a slice.
func sequenceOf[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}
