package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/run"
)

// Run collects what interrupted writes have left, at once and from time to
// time, and writes access times to disk, until ctx ends. A last write of access
// times comes then. The store works without it, and before it has begun.
func (s *Store) Run(ctx context.Context) error {
	return run.Parts(ctx, []run.Named{
		{Name: "collect", Part: run.Func(s.keepCollecting)},
		{Name: "access times", Part: run.Func(s.keepFlushing)},
	})
}

func (s *Store) keepCollecting(ctx context.Context) error {
	for {
		if err := s.Collect(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("leftovers were not all collected", "err", err)
		}
		if !rest(ctx, s.options.CollectEvery.Std()) {
			return nil
		}
	}
}

// rest waits; false when ctx ends.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Collect removes once what interrupted writes have left in all buckets: work
// files, spill files and chunks that no object names, sidecars of objects that
// are gone, older versions that do not count (the first time), objects whose deletion was cut off after its tombstone. It also ends
// uploads that nobody touches. Work of this Store is left alone.
// Errors: Unavailable, Canceled, the first of each mountpath; the rest is
// collected all the same.
func (s *Store) Collect(ctx context.Context) error {
	available := s.mounts.Available()
	s.shelves.retain(available)
	var failed error
	uploads := 0
	for _, mount := range available {
		open, err := s.collectMount(ctx, mount)
		uploads, failed = uploads+open, errors.Join(failed, err)
	}
	if failed == nil {
		s.uploads.counted(uploads)
	}
	return failed
}

// collectMount returns how many uploads are open on a mountpath.
func (s *Store) collectMount(ctx context.Context, mount *fs.Mountpath) (uploads int, failed error) {
	buckets, err := mount.Buckets()
	if err != nil {
		return 0, errs.E("store.Collect", mount.Root(), "", err)
	}
	v := s.shelves.volume(mount)
	for _, disk := range buckets {
		if ctx.Err() != nil {
			return 0, errs.E("store.Collect", mount.Root(), "", context.Cause(ctx))
		}
		dir := v.root + "/" + disk.Dir()
		id, err := v.readBucketID(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		sh := &shelf{volume: v, bucket: wireBucket(disk), id: id, dir: dir}
		if err == nil {
			err = sh.findVersions()
		}
		if err == nil {
			err = s.collectPrepared(ctx, sh)
		}
		open, uploadErr := s.collectUploads(ctx, sh)
		uploads += open
		failed = cmp.Or(failed, err, s.collectWork(sh), s.collectDeleted(ctx, sh), s.collectVersions(ctx, sh),
			s.collectSpill(ctx, sh), s.collectSidecars(ctx, sh), uploadErr, s.collectChunks(ctx, sh))
	}
	return uploads, failed
}

// wireBucket is the inverse of diskBucket.
func wireBucket(b fs.Bucket) wire.Bucket {
	return wire.Bucket{Name: b.Name, Provider: b.Provider, Namespace: wire.Namespace{UUID: b.UUID, Name: b.Namespace}}
}

// asBucket returns a bucket that names what is on the shelf, and durable
// whatever it is, since a shelf does not know.
func (s *shelf) asBucket() *cluster.Bucket {
	return &cluster.Bucket{Bucket: s.bucket, Props: &wire.BucketProps{ID: s.id, Durability: wire.DurabilityFsync}}
}

// collectWork removes the work files that nobody is writing.
func (s *Store) collectWork(sh *shelf) error {
	return s.eachFile(sh, fs.Work, func(name, path string) error {
		return s.collectFile(sh, path)
	})
}

// collectFile removes a leftover.
func (s *Store) collectFile(sh *shelf, path string) error {
	if err := sh.fsys.Remove(path); ignoreMissing(err) != nil {
		return sh.fail("store.Collect", path, err)
	}
	s.count.leftovers.Inc()
	return nil
}

// eachFile calls do for the files directly in a content directory that nobody
// is writing.
func (s *Store) eachFile(sh *shelf, content fs.Content, do func(name, path string) error) error {
	entries, err := sh.fsys.ReadDir(sh.top(content))
	if ignoreMissing(err) != nil {
		return sh.fail("store.Collect", sh.top(content), err)
	}
	var failed error
	for _, entry := range entries {
		path := sh.path(content, entry.Name)
		if !entry.Dir && !s.live.has(path) {
			failed = cmp.Or(failed, do(entry.Name, path))
		}
	}
	return failed
}

// collectSpill removes the spill files that their objects do not name.
func (s *Store) collectSpill(ctx context.Context, sh *shelf) error {
	return s.eachFile(sh, fs.Spill, func(name, path string) error {
		content, err := readWhole(sh.fsys, path)
		if err != nil {
			return ignoreMissing(err)
		}
		object, err := new(Record).parseSpill(content)
		if err != nil {
			return s.collectFile(sh, path) // torn: it was never synced
		}
		return s.collectSpillOf(ctx, sh, Name{Bucket: sh.asBucket(), Object: object}, name, path)
	})
}

// collectSpillOf removes a spill file unless its object names it.
func (s *Store) collectSpillOf(ctx context.Context, sh *shelf, n Name, name, path string) error {
	rel, err := fs.Encode(n.Object)
	if err != nil {
		return s.collectFile(sh, path)
	}
	t := target{Name: n, rel: rel, digest: n.Digest(), shelf: sh}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	if s.live.has(path) {
		return nil
	}
	plain := sh.path(fs.Objects, rel)
	files := []string{plain, fs.Beside(plain)}
	older, err := s.versionFiles(t)
	if err != nil {
		return err
	}
	for _, file := range append(files, older...) {
		names, err := s.namesSpill(sh, file, name)
		if names || err != nil {
			return err
		}
	}
	return s.collectFile(sh, path)
}

// namesSpill tells whether the record of a file names a spill file.
func (s *Store) namesSpill(sh *shelf, path, spill string) (bool, error) {
	buf := s.pool.Get(attrBuffer)
	defer s.pool.Put(buf)
	size, err := sh.fsys.GetXattr(path, recordAttr, buf)
	switch {
	case errors.Is(err, fs.ErrNoXattr), ignoreMissing(err) == nil && err != nil:
		return false, nil
	case err != nil:
		return false, sh.fail("store.Collect", path, err)
	}
	ref, err := new(Record).parseInto(buf[:size])
	return err != nil || ref.file() == spill, nil // who cannot read it must not judge
}

// collectDeleted removes the objects that are older than their tombstones, and
// the tombstones that are older than their objects.
func (s *Store) collectDeleted(ctx context.Context, sh *shelf) error {
	return s.eachName(ctx, sh, fs.Tombstones, func(n Name) error { return s.collectBuried(ctx, sh, n) })
}

// eachName calls do with the names of the files of a content on a shelf, in order,
// until that fails.
func (s *Store) eachName(ctx context.Context, sh *shelf, content fs.Content, do func(Name) error) error {
	b := sh.asBucket()
	w := &Walker{store: s, bucket: b}
	w.enter(ctx, place{shelf: sh, content: content})
	for w.err == nil && len(w.cursors) > 0 {
		w.nextGroup()
		first := w.group[0]
		switch {
		case first.isDir():
			w.descend(ctx)
		case first.isFile():
			w.err = do(Name{Bucket: b, Object: first.key})
		}
	}
	return w.err
}

// collectBuried removes either object or tombstone of n, the older, if there
// are both.
func (s *Store) collectBuried(ctx context.Context, sh *shelf, n Name) error {
	rel, err := fs.Encode(n.Object)
	if err != nil {
		return errs.E("store.Collect", n.String(), "", err)
	}
	t := target{Name: n, rel: rel, digest: n.Digest(), shelf: sh}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	sh.buried.Store(true)
	p, err := s.prior(t, nil, nil)
	if err != nil || p.path == "" || p.damaged != nil || p.grave.IsZero() {
		return err
	}
	s.count.leftovers.Inc()
	if p.object != nil {
		return s.unbury(ctx, t)
	}
	return s.unlink(t, p)
}
