package store

import (
	"context"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
)

// historyMark ends the name of the directory of an object's older versions. No
// encoded name ends so.
const historyMark = "%v"

// history is what is on disk of the older versions of a name, beside the object.
//
// The object at its place in %ob is the latest version. If there is none there,
// the latest of those in %ov is: a delete marker. So one rename or removal in
// %ob decides of every change; what comes before it in %ov does not count until
// then, and is stray after a crash: a second name of the object itself, and a
// delete marker later than the object. Of several null versions the latest
// counts: what a crash has left of the others is stray too.
type history struct {
	keys  []string // of the versions that count, latest first; not that of the object
	stray []string // of the files that do not
}

// latest returns the key of the latest older version, false if there is none.
func (h *history) latest() (string, bool) {
	if h == nil || len(h.keys) == 0 {
		return "", false
	}
	return h.keys[0], true
}

// order returns the order of the write that made the latest older version.
func (h *history) order() cluster.Order {
	key, _ := h.latest()
	order, _ := orderOfKey(key)
	return order
}

// null returns the key of the null version, false if there is none.
func (h *history) null() (string, bool) {
	if h == nil {
		return "", false
	}
	i := slices.IndexFunc(h.keys, isNullKey)
	if i < 0 {
		return "", false
	}
	return h.keys[i], true
}

// historyDir returns the directory of the older versions of t.
func (t target) historyDir() string { return t.shelf.path(fs.Versions, t.rel) + historyMark }

// versionPath returns the path of an older version.
func (t target) versionPath(key string) string {
	if key == "" {
		key = NullVersion
	}
	return t.historyDir() + "/" + key
}

// findVersions sets whether there may be older versions.
func (s *shelf) findVersions() error {
	_, err := s.fsys.Lstat(s.top(fs.Versions))
	if ignoreMissing(err) != nil {
		return s.fail("store.versions", s.bucket.String(), err)
	}
	s.versioned.Store(err == nil)
	return nil
}

// history reads the older versions of t, whose object is in place, nil if there
// is none. The caller holds the lock of the name. Errors: Unavailable.
func (s *Store) history(t target, object *Object) (*history, error) {
	if !t.shelf.versioned.Load() {
		return &history{}, nil
	}
	entries, err := t.shelf.fsys.ReadDir(t.historyDir())
	if ignoreMissing(err) != nil {
		return nil, t.shelf.fail("store.versions", t.String(), err)
	}
	keys := make([]string, 0, len(entries))
	for _, entry := range entries {
		key := entry.Name
		if key == NullVersion {
			key = ""
		}
		if _, ours := orderOfKey(key); ours && !entry.Dir {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(b, a) })
	return s.sift(t, object, keys)
}

// sift tells the versions that count from stray files.
func (s *Store) sift(t target, object *Object, keys []string) (*history, error) {
	h := &history{}
	null := object != nil && isNullKey(object.VersionID)
	for _, key := range keys {
		stray := object != nil && key == object.VersionID || null && isNullKey(key)
		if !stray && object != nil && key > object.VersionID {
			var err error
			if stray, err = s.isMarker(t, key); err != nil {
				return nil, err
			}
		}
		if stray {
			h.stray = append(h.stray, key)
			continue
		}
		null = null || isNullKey(key)
		h.keys = append(h.keys, key)
	}
	return h, nil
}

// isMarker tells whether an older version is a delete marker.
func (s *Store) isMarker(t target, key string) (bool, error) {
	it, err := s.version(t, key)
	if err != nil {
		return false, err
	}
	return it.object != nil && it.object.DeleteMarker, it.close()
}

// version reads the file of an older version. The caller closes what is found.
func (s *Store) version(t target, key string) (found, error) {
	return s.inspect(t.shelf, t.Name, t.versionPath(key))
}

// keeps says how a change of t treats what it replaces, one of the values of
// wire.VersioningProps.History. A version with an id is never dropped by who does
// not mean it, also if the request began before the bucket kept a history.
func (s *Store) keeps(t target, p *prior) string {
	mode := t.Bucket.Props.Versioning.History
	if mode != wire.HistoryNone {
		return mode
	}
	if _, older := p.history.latest(); older || p.object != nil && p.object.VersionID != "" {
		return wire.HistoryEnabled
	}
	return wire.HistoryNone
}

// sweep removes the stray files of a history, durably: what the change at hand
// leaves must not make them count. The caller holds the lock of the name
// exclusively.
func (s *Store) sweep(t target, p *prior) error {
	if p.history == nil || len(p.history.stray) == 0 {
		return nil
	}
	for _, key := range p.history.stray {
		itself := p.object != nil && key == p.object.VersionID
		if err := s.removeVersion(t, key, itself); err != nil {
			return err
		}
		s.count.leftovers.Inc()
	}
	p.history.stray = nil
	return nil
}

// removeVersion removes the file of an older version, durably, and then what
// belongs to it unless that is the object's too.
func (s *Store) removeVersion(t target, key string, itself bool) error {
	it, err := s.version(t, key)
	if err == nil {
		err = it.close()
	}
	if err != nil {
		return err
	}
	if err := t.shelf.fsys.Remove(t.versionPath(key)); ignoreMissing(err) != nil {
		return t.shelf.fail("store.versions", t.String(), err)
	}
	if err := s.settle(t, t.versionPath(key)); err != nil {
		return err
	}
	if it.object != nil && !itself {
		s.cleanup(t, s.dropSpill(t.shelf, it.object.spill))
		s.dropChunks(t, it.object)
	}
	return nil
}

// pruneHistory removes the directory of older versions if it is empty, not while
// somebody reads the directory of the object: see readBoth.
func (s *Store) pruneHistory(ctx context.Context, t target) {
	sh := t.shelf
	if s.whileUnread(ctx, sh, t.rel, func() error { return sh.removeEmpty(t.historyDir()) }) != nil {
		return // it is not empty, or in nobody's way
	}
	s.pruneUnread(ctx, t, fs.Versions)
}
