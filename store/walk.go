package store

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"slices"
	"strings"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// WalkOptions selects what a walk finds. The zero value finds the names of all
// objects.
type WalkOptions struct {
	Prefix string // names that begin with it
	After  string // names that follow it
	// Delimiter "/" stops at the first slash after Prefix: what is below is
	// one Entry, its name ending in the slash. An After that is such a name is
	// followed by what comes after all below it. "" descends.
	Delimiter  string
	Tombstones bool   // also deletions; not with Delimiter
	Versions   bool   // also names with nothing but older versions, or that had some; not with Tombstones or Records
	Records    bool   // look up every object, which opens files that are not in the cache
	Mountpath  string // root of the only mountpath to look at; "" is all
}

// Entry is one step of a walk.
type Entry struct {
	Name      string        // of the object; of the directory, with its slash; with Problem, maybe of neither
	Mountpath string        // that it was found on; of several, where it belongs if it is there
	Dir       bool          // there are names below, see WalkOptions.Delimiter
	Object    *Object       // with WalkOptions.Records, unless it is something else
	Tombstone bool          // a deletion
	Order     cluster.Order // of the deletion
	Problem   error         // what is there is no object: Invalid (a foreign file), Corrupt
}

// Walker gives the objects of one bucket in the order of the bytes of their
// names, each once, from all mountpaths. Every name that exists from Walk to
// the end is among them; those made or deleted meanwhile may be. It holds
// sorted directories in memory, no files, and may rest between calls. It is for
// one goroutine.
type Walker struct {
	store   *Store
	bucket  *cluster.Bucket
	options WalkOptions
	cursors cursorHeap
	group   []step // of one key, reused
	err     error
}

// Walk begins a walk. Errors: Invalid (options), Unavailable (mountpath).
func (s *Store) Walk(ctx context.Context, b *cluster.Bucket, o WalkOptions) (*Walker, error) {
	const op = "store.Walk"
	if o.Delimiter != "" && (o.Delimiter != "/" || o.Tombstones) {
		return nil, errs.E(op, b.String(), errs.Invalid, errors.New(`the delimiter is "/" or none, without tombstones`))
	}
	if o.Versions && (o.Tombstones || o.Records) {
		return nil, errs.E(op, b.String(), errs.Invalid, errors.New("older versions are walked without tombstones and records"))
	}
	w := &Walker{store: s, bucket: b, options: o}
	base := o.Prefix[:strings.LastIndexByte(o.Prefix, '/')+1]
	dir, err := fs.EncodeDir(base)
	if err != nil || (o.After > base && !strings.HasPrefix(o.After, base)) {
		return w, nil // no object can have such a name, or all come before After
	}
	for _, mount := range s.mounts.Available() {
		if o.Mountpath != "" && o.Mountpath != mount.Root() {
			continue
		}
		sh, err := s.shelfIn(ctx, b, mount)
		if err != nil {
			return nil, errs.E(op, b.String(), "", err)
		}
		if sh == nil {
			continue
		}
		w.enterBoth(ctx, place{shelf: sh, content: fs.Objects, dir: dir, prefix: base})
		if w.err != nil {
			return nil, errs.E(op, b.String(), "", w.err)
		}
	}
	return w, nil
}

// Next returns the next entry; false at the end, and when Err is not nil.
func (w *Walker) Next(ctx context.Context) (Entry, bool) {
	for w.err == nil && len(w.cursors) > 0 {
		if ctx.Err() != nil {
			w.err = errs.E("store.Walk", w.bucket.String(), "", context.Cause(ctx))
			break
		}
		w.nextGroup()
		if e, ok := w.entry(ctx); ok && w.err == nil {
			return e, true
		}
	}
	return Entry{}, false
}

// Err returns why the walk ended before its end, nil if it did not. Such a walk
// does not go on. Errors: Unavailable (mountpath), Canceled.
func (w *Walker) Err() error { return w.err }

// entry returns the entry that the group stands for; false if it is none.
func (w *Walker) entry(ctx context.Context) (Entry, bool) {
	first := &w.group[0]
	switch {
	case first.kind == foreignItem:
		return Entry{Name: first.key, Mountpath: first.shelf.root, Problem: first.problem()}, true
	case !first.isDir():
		return w.name(ctx, first.key)
	case w.folds(first):
		return w.fold(ctx, first.key)
	}
	w.descendBoth(ctx)
	return Entry{}, false
}

// Held returns about how many bytes the walk holds in memory.
func (w *Walker) Held() int64 {
	held := int64(0)
	for _, c := range w.cursors {
		held += c.held
	}
	return held
}

// Close forgets the walk.
func (w *Walker) Close() { w.cursors, w.group = nil, nil }

// nextGroup takes all items of the lowest key that are of one class.
func (w *Walker) nextGroup() {
	w.group = w.group[:0]
	for len(w.cursors) > 0 {
		c := w.cursors[0]
		if len(w.group) > 0 && compareSteps(&c.step, &w.group[0]) != 0 {
			return
		}
		w.group = append(w.group, c.step)
		if c.advance() {
			heap.Fix(&w.cursors, 0)
		} else {
			heap.Pop(&w.cursors)
		}
	}
}

// folds tells whether a directory is an entry of its own.
func (w *Walker) folds(at *step) bool {
	return w.options.Delimiter != "" && at.kind == dirItem && len(at.key) > len(w.options.Prefix)
}

// descend reads the directories of the group.
func (w *Walker) descend(ctx context.Context) {
	for i := range w.group {
		w.enter(ctx, w.group[i].below())
	}
}

// descendBoth reads the directories of objects that the group stands for, with
// those of their tombstones: one of both may be new.
func (w *Walker) descendBoth(ctx context.Context) {
	for i := range w.group {
		at := w.group[i].below()
		known := func(other step) bool { return other.shelf == at.shelf }
		if slices.ContainsFunc(w.group[:i], known) {
			continue
		}
		at.content = fs.Objects
		w.enterBoth(ctx, at)
	}
}

// enter adds a directory to the walk.
func (w *Walker) enter(ctx context.Context, at place) {
	if w.err == nil {
		c, err := w.store.readDir(ctx, at, &w.options)
		w.push(err, c)
	}
}

// enterBoth adds a directory of objects, and that of their tombstones.
func (w *Walker) enterBoth(ctx context.Context, at place) {
	if w.err == nil {
		cursors, err := w.store.readBoth(ctx, at, &w.options)
		w.push(err, cursors...)
	}
}

// push adds the cursors that are not nil, unless there was an error.
func (w *Walker) push(err error, cursors ...*cursor) {
	if err != nil {
		w.err = err
		return
	}
	for _, c := range cursors {
		if c != nil {
			heap.Push(&w.cursors, c)
		}
	}
}

// fold returns the entry of the directories of the group, false if no name is
// below them.
func (w *Walker) fold(ctx context.Context, key string) (Entry, bool) {
	if key == w.options.After {
		return Entry{}, false
	}
	for i := range w.group {
		at := &w.group[i]
		if (at.content == fs.Objects || at.content == fs.Versions) && w.holdsName(ctx, at.below()) {
			return Entry{Name: key, Mountpath: at.shelf.root, Dir: true}, true
		}
	}
	return Entry{}, false
}

// holdsName tells whether a directory holds a name of the walk, at any depth.
func (w *Walker) holdsName(ctx context.Context, at place) bool {
	inner := Walker{store: w.store, bucket: w.bucket, options: WalkOptions{Prefix: at.prefix, After: w.options.After}}
	if at.glance(inner.options.below(at.prefix)) {
		return true
	}
	inner.enter(ctx, at)
	for inner.err == nil && len(inner.cursors) > 0 {
		inner.nextGroup()
		if inner.group[0].isFile() {
			return true
		}
		if inner.group[0].isDir() {
			inner.descend(ctx)
		}
	}
	w.err = inner.err
	return false
}

// compareSteps orders steps by key; of one key, files come before directories.
func compareSteps(a, b *step) int {
	return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.class(), b.class()))
}
