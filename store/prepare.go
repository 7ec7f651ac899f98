package store

import (
	"context"
	"path"
	"sync"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// PrepareBucket sees to it that the directory of a bucket which may come is on
// every available mountpath, still without an id: nothing is served from it, and
// [Store.CreateBucket] takes it over. What is there already stays as it is. It is
// not durable: [Store.Collect] removes what a crash, or nobody's
// [Store.AbandonBucket], has left. Doing it again changes nothing.
// Errors: NoSpace, Unavailable (a mountpath is suspect, read-only, or gone), which
// name the mountpath; nothing is left then of what was made. Canceled.
func (s *Store) PrepareBucket(ctx context.Context, b wire.Bucket) error {
	held, err := s.lockBucket(ctx, &cluster.Bucket{Bucket: b})
	if err != nil {
		return err
	}
	defer held.release()
	s.prepared.add(b)
	var made []*volume
	for _, mount := range s.mounts.Available() {
		v := s.shelves.volume(mount)
		err := v.prepare(b)
		if err == nil {
			made = append(made, v)
			continue
		}
		for _, v := range made {
			v.removeUnmarked(b)
		}
		s.prepared.drop(b)
		e := errs.E("store.PrepareBucket", b.String(), "", err)
		e.Public = "mountpath " + v.root + ": " + errs.PublicOf(err)
		return e
	}
	return nil
}

// AbandonBucket undoes [Store.PrepareBucket] for a bucket that has not come. A
// directory with an id, or with anything in it, stays. Errors: Canceled.
func (s *Store) AbandonBucket(ctx context.Context, b wire.Bucket) error {
	held, err := s.lockBucket(ctx, &cluster.Bucket{Bucket: b})
	if err != nil {
		return err
	}
	defer held.release()
	s.prepared.drop(b)
	for _, mount := range s.mounts.Available() {
		s.shelves.volume(mount).removeUnmarked(b)
	}
	return nil
}

// collectPrepared removes the directory of a bucket that was prepared by somebody
// who did not come back.
func (s *Store) collectPrepared(ctx context.Context, sh *shelf) error {
	if sh.id != 0 || s.prepared.has(sh.bucket) {
		return nil
	}
	held, err := s.lockBucket(ctx, &cluster.Bucket{Bucket: sh.bucket})
	if err != nil {
		return err
	}
	defer held.release()
	if !s.prepared.has(sh.bucket) {
		sh.removeUnmarked(sh.bucket)
	}
	return nil
}

// prepare makes the directory of a bucket, if it may be written to.
func (v *volume) prepare(b wire.Bucket) error {
	if err := v.alive(); err != nil {
		return err
	}
	if err := v.mount.Admit(0); err != nil {
		return err
	}
	if _, err := fs.MakeDirs(v.fsys, v.root, diskBucket(b).Dir()); err != nil {
		return v.fail("store.PrepareBucket", b.String(), err)
	}
	return nil
}

// removeUnmarked removes the directory of a bucket if it is empty and without an
// id. One that stays is in nobody's way. The caller holds the bucket's lock.
func (v *volume) removeUnmarked(b wire.Bucket) {
	dir := bucketDir(v, b)
	if id, err := v.readBucketID(dir); err == nil && id == 0 {
		v.prune(dir, path.Dir(dir))
	}
}

// preparedBuckets are those that [Store.PrepareBucket] has made directories for.
// The zero value is none.
type preparedBuckets struct {
	mu   sync.Mutex
	held map[wire.Bucket]struct{} // guarded by mu
}

func (p *preparedBuckets) add(b wire.Bucket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = map[wire.Bucket]struct{}{}
	}
	p.held[b] = struct{}{}
}

func (p *preparedBuckets) drop(b wire.Bucket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, b)
}

func (p *preparedBuckets) has(b wire.Bucket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, is := p.held[b]
	return is
}
