package store

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"aistore/errs"
	"aistore/fs"
)

// place is a directory in a walk.
type place struct {
	shelf   *shelf
	content fs.Content
	dir     string // encoded path below the content's directory; "" is that itself
	prefix  string // what all names below begin with
}

// path returns where the place is.
func (p place) path() string {
	if p.dir == "" {
		return p.shelf.top(p.content)
	}
	return p.shelf.path(p.content, p.dir)
}

// join returns the encoded path of an entry.
func (p place) join(entry string) string {
	if p.dir == "" {
		return entry
	}
	return p.dir + "/" + entry
}

// itemKind says what an entry of a directory is in a walk.
type itemKind uint8

const (
	fileItem    itemKind = iota
	dirItem              // stands for its text and a slash
	partlyItem           // a directory that stands for its text
	foreignItem          // not ours
)

// item is one entry of a directory.
type item struct {
	text  string // what it adds to names
	entry string // what it is called on disk
	kind  itemKind
}

// cursor is a directory read and sorted, at one of its items.
type cursor struct {
	items []item
	at    int
	held  int64 // bytes of all items, about
	step
}

// step is one item with its key, the lowest name that it can stand for.
type step struct {
	place
	item
	key string
}

func (s *step) isDir() bool  { return s.kind == dirItem || s.kind == partlyItem }
func (s *step) isFile() bool { return s.kind == fileItem }

// class orders steps of one key: a name before what begins with it.
func (s *step) class() itemKind { return s.kind }

// below returns the directory that the step is.
func (s *step) below() place {
	p := s.place
	p.dir, p.prefix = s.join(s.entry), s.key
	return p
}

// problem says what is wrong with a foreign entry.
func (s *step) problem() error {
	return errs.E("store.Walk", s.shelf.path(s.content, s.join(s.entry)), errs.Invalid,
		errors.New("the file was not made by the store"))
}

// advance goes to the next item; false at the end.
func (c *cursor) advance() bool {
	c.at++
	if c.at == len(c.items) {
		return false
	}
	c.aim()
	return true
}

// aim sets the step to the present item.
func (c *cursor) aim() {
	c.item = c.items[c.at]
	switch {
	case c.kind == dirItem:
		c.key = c.prefix + c.text + "/"
	case c.prefix == "":
		c.key = c.text
	default:
		c.key = c.prefix + c.text
	}
}

// readDir reads a directory whole, with no file in it moving aside meanwhile,
// and keeps what the options select, sorted. It is nil if there is nothing.
func (s *Store) readDir(ctx context.Context, at place, o *WalkOptions) (*cursor, error) {
	path := at.path()
	reading, err := s.lockDir(ctx, path, shared)
	if err != nil {
		return nil, err
	}
	defer reading.release()
	return s.readLocked(at, path, o)
}

// readBoth is readDir of the objects at a place, of the older versions there if they
// are wanted, and of the tombstones there. A name that always has one of them is
// found, also if that changes meanwhile: the object comes before its tombstone, or
// its older version, goes, which it does not in between; and the older version comes
// before the object goes.
func (s *Store) readBoth(ctx context.Context, at place, o *WalkOptions) ([]*cursor, error) {
	path := at.path()
	reading, err := s.lockDir(ctx, path, shared)
	if err != nil {
		return nil, err
	}
	defer reading.release()
	objects, err := s.readLocked(at, path, o)
	cursors := []*cursor{objects}
	if err == nil && o.Versions && at.shelf.versioned.Load() {
		at.content = fs.Versions
		older, failed := s.readDir(ctx, at, o)
		cursors, err = append(cursors, older), failed
	}
	if err == nil && at.shelf.buried.Load() {
		at.content = fs.Tombstones
		graves, failed := s.readDir(ctx, at, o)
		cursors, err = append(cursors, graves), failed
	}
	return cursors, err
}

// readLocked reads the directory at a path, whose lock the caller holds.
func (s *Store) readLocked(at place, path string, o *WalkOptions) (*cursor, error) {
	coming := at.shelf.arrivals.watch(path)
	entries, err := at.shelf.fsys.ReadDir(path)
	entries = append(entries, coming.end()...)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		return nil, at.gone()
	case err != nil:
		return nil, at.shelf.fail("store.Walk", path, err)
	}
	pick := o.below(at.prefix)
	items := make([]item, 0, len(entries))
	for _, entry := range entries {
		if it := at.item(entry); pick.selects(it) {
			items = append(items, it)
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	slices.SortFunc(items, compareItems)
	c := &cursor{items: items, held: heldBy(items), step: step{place: at}}
	c.aim()
	return c, nil
}

// heldBy returns about how many bytes items take.
func heldBy(items []item) int64 {
	const each = 48 // of an item beside its text
	held := int64(cap(items)) * each
	for i := range items {
		held += int64(len(items[i].text))
		if items[i].entry != items[i].text {
			held += int64(len(items[i].entry))
		}
	}
	return held
}

// glance tells whether a name is among the first entries of a directory, which
// is much cheaper than reading all of a large one. False says nothing.
func (p place) glance(pick selection) bool {
	const enough = 64
	f, err := p.shelf.fsys.Open(p.path())
	if err != nil {
		return false
	}
	defer f.Close()
	dir, ok := f.OSFile()
	if !ok {
		return false
	}
	entries, _ := dir.ReadDir(enough)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		it := p.item(fs.Entry{Name: e.Name(), Dir: e.IsDir(), Regular: e.Type().IsRegular()})
		return it.kind == fileItem && pick.selects(it)
	})
}

// gone tells a directory that was removed, as others remove empty ones at any
// time, from one that its disk has taken with it.
func (p place) gone() error { return p.shelf.alive() }

// item classifies an entry.
func (p place) item(entry fs.Entry) item {
	foreign := item{text: entry.Name, entry: entry.Name, kind: foreignItem}
	if name, is := strings.CutSuffix(entry.Name, historyMark); is && p.content == fs.Versions && entry.Dir {
		// A directory that stands for a name.
		it := p.item(fs.Entry{Name: name, Regular: true})
		it.entry = entry.Name
		return it
	}
	text, kind, ok := fs.DecodeEntry(entry.Name, entry.Dir)
	if !ok || (!entry.Dir && !entry.Regular) {
		return foreign
	}
	it := item{text: text, entry: entry.Name, kind: fileItem}
	if entry.Dir {
		it.kind = dirItem
	}
	if kind == fs.Partly {
		it.kind = partlyItem
	}
	if !p.ours(it) {
		return foreign
	}
	return it
}

// ours tells whether Encode makes an entry that looks as if it did. It is
// costly, and asked only where looks may deceive.
func (p place) ours(it item) bool {
	const surelyWhole = 200 // bytes of a component that is not cut
	if it.text == it.entry && len(it.entry) <= surelyWhole {
		return true
	}
	rel := p.join(it.entry)
	switch it.kind {
	case dirItem:
		rel += "/x"
	case partlyItem:
		return true // of no name by itself: each file below it is asked
	}
	_, _, err := fs.Decode(rel)
	return err == nil
}

// selection is what the options of a walk select in one directory, in terms of
// the texts of its entries.
type selection struct {
	prefix  string
	after   string
	bounded bool // after counts; "" then excludes the text ""
}

// below returns the selection in a directory that is part of the walk: all
// names below it begin with prefix.
func (o *WalkOptions) below(prefix string) selection {
	var sel selection
	if len(o.Prefix) > len(prefix) {
		sel.prefix = o.Prefix[len(prefix):]
	}
	if o.After != "" {
		sel.after, sel.bounded = strings.CutPrefix(o.After, prefix) // else all that is below follows After
	}
	return sel
}

// selects tells whether an item is selected, or may lead to what is: all below
// a directory begins with its key.
func (sel selection) selects(it item) bool {
	if sel.prefix == "" && !sel.bounded {
		return true
	}
	key := it.text
	if it.kind == dirItem {
		key += "/"
	}
	if it.kind == fileItem || it.kind == foreignItem {
		return strings.HasPrefix(key, sel.prefix) && (!sel.bounded || key > sel.after)
	}
	if !strings.HasPrefix(key, sel.prefix) && !strings.HasPrefix(sel.prefix, key) {
		return false
	}
	return !sel.bounded || key > sel.after || strings.HasPrefix(sel.after, key)
}

// compareItems orders items of one directory by key, then by class, without
// making the keys.
func compareItems(a, b item) int {
	n := min(len(a.text), len(b.text))
	if order := strings.Compare(a.text[:n], b.text[:n]); order != 0 {
		return order
	}
	return cmp.Or(cmp.Compare(a.next(n), b.next(n)), cmp.Compare(a.kind, b.kind))
}

// next returns the byte of the key at n, -1 at its end. Of one with text beyond
// n, only the text counts.
func (it item) next(n int) int {
	switch {
	case n < len(it.text):
		return int(it.text[n])
	case it.kind == dirItem:
		return '/'
	}
	return -1
}

// cursorHeap is a priority queue of cursors, lowest key first.
type cursorHeap []*cursor

// Len is heap.Interface.Len.
func (h cursorHeap) Len() int { return len(h) }

// Less is heap.Interface.Less.
func (h cursorHeap) Less(i, j int) bool { return compareSteps(&h[i].step, &h[j].step) < 0 }

// Swap is heap.Interface.Swap.
func (h cursorHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is heap.Interface.Push.
func (h *cursorHeap) Push(c any) { *h = append(*h, c.(*cursor)) }

// Pop is heap.Interface.Pop.
func (h *cursorHeap) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return c
}
