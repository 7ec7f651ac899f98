package shard

import (
	"context"
	"errors"
	"sync"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/store"
)

// maxWaiting bounds the archives that wait for their index to be made. Beyond it
// a request makes the index itself.
const maxWaiting = 64

// builds are the indexes being made, or waiting to be, by workers of their own:
// an index of a large archive takes longer than some clients wait, and must not
// begin anew with each of them.
type builds struct {
	mu      sync.Mutex
	pending map[buildKey]*build // guarded by mu
	running bool                // guarded by mu; there are workers
	queue   chan *build         // holds maxWaiting; closed by nobody
}

// buildKey is one generation of one archive.
type buildKey struct {
	bucket uint64
	digest uint64
	order  cluster.Order
}

// build is one index being made.
type build struct {
	key  buildKey
	name store.Name
	mime string
	done chan struct{} // closed by the worker
	err  error         // set before done is closed
}

// join returns the build of an archive, begun now if there is none; nil where it
// cannot be left to a worker.
func (b *builds) join(src Source) *build {
	key := buildKey{src.Name.Bucket.ID(), src.Name.Digest(), src.Object.Order}
	b.mu.Lock()
	defer b.mu.Unlock()
	if one := b.pending[key]; one != nil {
		return one
	}
	if !b.running {
		return nil
	}
	one := &build{key: key, name: src.Name, mime: src.MIME, done: make(chan struct{})}
	select {
	case b.queue <- one:
		b.pending[key] = one
		return one
	default:
		return nil
	}
}

// finish tells those who wait for a build that it has ended.
func (b *builds) finish(one *build, err error) {
	b.mu.Lock()
	delete(b.pending, one.key)
	b.mu.Unlock()
	one.err = err
	close(one.done)
}

func (b *builds) setRunning(running bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running = running
}

// Run makes the indexes that requests wait for, until ctx ends. Without it each
// request makes its own.
func (s *Shards) Run(ctx context.Context) error {
	var workers run.Group
	for range cap(s.slots) {
		workers.Go(func() { s.work(ctx) })
	}
	s.builds.setRunning(true)
	<-ctx.Done()
	s.builds.setRunning(false)
	workers.Wait()
	for {
		select {
		case one := <-s.builds.queue:
			s.builds.finish(one, errs.E("shard.Run", one.name.String(), errs.Unavailable, context.Cause(ctx)))
		default:
			return nil
		}
	}
}

func (s *Shards) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case one := <-s.builds.queue:
			s.builds.finish(one, s.buildAway(ctx, one))
		}
	}
}

// buildAway makes the index of an archive apart from any request.
func (s *Shards) buildAway(ctx context.Context, one *build) (err error) {
	reader, err := s.store.Open(ctx, one.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	if reader.Object.Order != one.key.order {
		return nil // who still reads the earlier generation makes its own
	}
	src := Source{Name: one.name, Object: reader.Object, Content: reader, MIME: one.mime}
	a, err := s.archiveOf(src)
	if err != nil {
		return err
	}
	if made := s.openIndexed(ctx, src, a); made != nil {
		return made.Close() // since the request looked for it
	}
	opened, err := s.build(ctx, src, a)
	if err != nil {
		return err
	}
	return opened.Close()
}
