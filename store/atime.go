package store

import (
	"cmp"
	"context"
	"time"
)

func (s *Store) keepFlushing(ctx context.Context) error {
	for more := true; more; {
		more = rest(ctx, s.options.FlushEvery.Std())
		if err := s.FlushAtimes(); err != nil {
			s.log.Warn("access times were not all written", "err", err)
		}
	}
	return nil
}

// FlushAtimes writes the access times that are only in memory to disk: as
// access times of the objects' files, and so without touching their records.
// Objects that somebody is changing are left for the next time.
// Errors: Unavailable, the first; the rest is written all the same.
func (s *Store) FlushAtimes() error {
	var touched []*cached
	var failed error
	for i := range s.cache.shards {
		var lost int64
		touched, lost = s.cache.takeTouched(i, touched[:0])
		s.count.atimesLost.Add(lost)
		for _, e := range touched {
			failed = cmp.Or(failed, s.flushAtime(e.digest, e.object))
		}
		clear(touched)
	}
	return failed
}

// flushAtime writes the access time of an object, if its file is still there.
func (s *Store) flushAtime(digest uint64, o *Object) error {
	held, ok := s.names.tryAcquire(digest, exclusive)
	if !ok {
		return nil
	}
	defer held.release()
	atime := o.accessed.Load()
	info, err := o.volume.fsys.Lstat(o.path)
	if err != nil || info.Inode != o.inode {
		o.flushed.Store(atime) // replaced or gone
		return ignoreMissing(err)
	}
	if err := o.volume.fsys.SetTimes(o.path, time.Unix(0, atime), time.Time{}); err != nil {
		return o.volume.fail("store.FlushAtimes", o.path, err)
	}
	o.flushed.Store(atime)
	s.count.atimesWritten.Inc()
	return nil
}
