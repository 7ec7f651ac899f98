package s3

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// versionEntry is a version, a delete marker or a directory, as one target tells the
// node that asked.
type versionEntry struct {
	objects.VersionEntry

	ID       string    `json:"id,omitempty"`
	Marker   bool      `json:"marker,omitempty"`
	Size     int64     `json:"size,omitempty"`
	ETag     string    `json:"etag,omitempty"`
	Class    string    `json:"class,omitempty"`
	Modified time.Time `json:"modified"`
}

// versionPage is what one target has of those that a query selects.
type versionPage struct {
	Entries []versionEntry `json:"entries"`
	All     bool           `json:"all"`
}

// versionsHere answers a query from this target's own store.
func (d *Dialect) versionsHere(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	return answerOf(b, body, func(q *objects.VersionsQuery) (versionPage, error) {
		if q.Max < 1 || q.Max > maxKeys+1 {
			return versionPage{}, errs.E("s3.versionsHere", b.String(), errs.Invalid, nil)
		}
		found, all, err := d.options.Objects.VersionsHere(ctx, b, *q)
		page := versionPage{Entries: make([]versionEntry, 0, len(found)), All: all}
		for _, one := range found {
			e := versionEntry{VersionEntry: one}
			if o := one.Object; o != nil {
				e.ID, e.Marker, e.Size, e.Modified = o.PublicVersion(), o.DeleteMarker, o.Size, o.Modified
				e.ETag, e.Class = o.EntityTag(), classOf(o.Header)
			}
			page.Entries = append(page.Entries, e)
		}
		return page, err
	})
}

// versionsAt asks all targets, and merges what they have, up to where one of them has
// more that it has not told: at, nil if all have told all.
func (c *call) versionsAt(q objects.VersionsQuery) (merged []versionEntry, at *versionEntry, err error) {
	var mu sync.Mutex
	var all []versionEntry
	err = run.Each(c.r.Context(), targetsAtOnce, c.options.State().Map.Targets(), func(ctx context.Context, node *wire.Node) error {
		var page versionPage
		if err := c.ask(ctx, node, callVersions, &q, &page); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, page.Entries...)
		if n := len(page.Entries); !page.All && n > 0 && (at == nil || compareVersions(page.Entries[n-1], *at) < 0) {
			at = &page.Entries[n-1]
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if at != nil {
		all = slices.DeleteFunc(all, func(e versionEntry) bool { return compareVersions(e, *at) > 0 })
	}
	return mergeVersions(all), at, nil
}

// targetsAtOnce is how many targets are asked at a time.
const targetsAtOnce = 16

// compareVersions orders entries: by name, of one name the latest first.
func compareVersions(a, b versionEntry) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(b.Key, a.Key))
}

// mergeVersions sorts what targets have, and leaves out what several have: an earlier
// owner what has moved, and null versions of which there is a later one. Of several
// latest ones the first is it.
func mergeVersions(all []versionEntry) []versionEntry {
	slices.SortStableFunc(all, compareVersions)
	var merged []versionEntry
	name, null, latest := "", false, false
	for i, e := range all {
		if i == 0 || e.Name != name {
			name, null, latest = e.Name, false, false
		}
		same := len(merged) > 0 && merged[len(merged)-1].Name == e.Name && merged[len(merged)-1].Key == e.Key
		if isNull := !e.Dir && e.ID == nullVersion; same || isNull && null {
			continue
		} else if isNull {
			null = true
		}
		e.Latest = e.Latest && !latest
		latest = latest || e.Latest
		merged = append(merged, e)
	}
	return merged
}

// versionWalk gives the versions of a listing in order.
type versionWalk struct {
	call   *call
	list   *list
	query  objects.VersionsQuery
	within string // the directory given last; what is below it is in it
	ready  []versionEntry
	ended  bool
}

// versionWalk begins where the list says: behind all versions of the name after, or
// behind the version of it with a key.
func (c *call) versionWalk(l *list, key string, within bool) *versionWalk {
	w := &versionWalk{call: c, list: l}
	w.query = objects.VersionsQuery{Prefix: l.prefix, Name: clip(l.after), Key: key, Within: within}
	if l.delimiter == "/" {
		w.query.Delimiter = "/"
	}
	if l.isDirectory(l.after) {
		w.enter(l.after)
	}
	w.ended = unlistable(l.prefix)
	return w
}

// next returns the next entry, nil at the end. About so many are wanted.
func (w *versionWalk) next(wanted int) (*versionEntry, error) {
	for {
		for len(w.ready) > 0 {
			e := &w.ready[0]
			w.ready = w.ready[1:]
			w.query.Name, w.query.Key, w.query.Within = e.Name, e.Key, !e.Dir && e.Key != ""
			directory := w.list.directoryOf(e.Name)
			switch {
			case directory == "":
				return e, nil
			case directory == w.within:
				continue
			}
			w.enter(directory)
			w.ready, w.ended = nil, false // go on behind it
			return &versionEntry{VersionEntry: objects.VersionEntry{Name: directory, Dir: true}}, nil
		}
		if w.ended {
			return nil, nil
		}
		w.query.Max = wanted
		ready, at, err := w.call.versionsAt(w.query)
		if err != nil {
			return nil, err
		}
		w.ready, w.ended = ready, at == nil
		if len(ready) == 0 && at != nil {
			w.query.Name, w.query.Key, w.query.Within = at.Name, at.Key, !at.Dir && at.Key != ""
		}
	}
}

// enter makes what is below a directory be passed over.
func (w *versionWalk) enter(directory string) {
	w.within = directory
	w.query.Name, w.query.Key, w.query.Within = directory, "", false
	if w.query.Delimiter == "" {
		w.query.Name = lastIn(directory)
	}
}
