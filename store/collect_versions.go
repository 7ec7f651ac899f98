package store

import (
	"context"
	"sync"

	"aistore/fs"
)

// collectVersions removes the older versions that do not count, which a crash has
// left: once on each shelf, as only a start follows a crash, and whoever changes a
// name removes those of it.
func (s *Store) collectVersions(ctx context.Context, sh *shelf) error {
	if !sh.versioned.Load() || s.swept.has(sh) {
		return nil
	}
	err := s.eachName(ctx, sh, fs.Versions, func(n Name) error { return s.collectHistory(ctx, sh, n) })
	if err == nil {
		s.swept.add(sh)
	}
	return err
}

// collectHistory removes the files of a history that do not count.
func (s *Store) collectHistory(ctx context.Context, sh *shelf, n Name) error {
	rel, err := fs.Encode(n.Object)
	if err != nil {
		return nil // it is none of ours
	}
	t := target{Name: n, rel: rel, digest: n.Digest(), shelf: sh}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	sh.buried.Store(true) // there may be some
	p, err := s.prior(t, nil, nil)
	if err != nil || p.damaged != nil {
		return err // of a damaged object the key is not known
	}
	if err := s.sweep(t, p); err != nil {
		return err
	}
	s.pruneHistory(ctx, t)
	return nil
}

// versionFiles returns the paths of all files in the history of t.
func (s *Store) versionFiles(t target) ([]string, error) {
	h, err := s.history(t, nil)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, key := range append(h.keys, h.stray...) {
		files = append(files, t.versionPath(key))
	}
	return files, nil
}

// sweptShelves are those whose histories were gone through since the start. The
// zero value is none.
type sweptShelves struct {
	mu   sync.Mutex
	done map[sweptShelf]struct{} // guarded by mu; bounded by buckets and mountpaths
}

type sweptShelf struct {
	volume *volume
	bucket uint64
}

func (s *sweptShelves) has(sh *shelf) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, done := s.done[sweptShelf{sh.volume, sh.id}]
	return done
}

func (s *sweptShelves) add(sh *shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = map[sweptShelf]struct{}{}
	}
	s.done[sweptShelf{sh.volume, sh.id}] = struct{}{}
}
