package listing

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/module"
	"aistore/store"
)

// walkKey tells open walks apart: two requests with one key want the same
// entries.
type walkKey struct {
	listing, prefix, timeFormat string
	bucket                      uint64
	props                       wire.Props
	flags                       uint64
	marks                       bool
}

func keyOf(b *cluster.Bucket, r *chunkRequest) walkKey {
	props, _ := r.Selection() // validated before
	return walkKey{
		listing: r.UUID, prefix: r.Prefix, timeFormat: r.TimeFormat, bucket: b.ID(),
		props: props, flags: r.Flags, marks: r.Marks,
	}
}

// walk is an open walk over the objects of a bucket, with the entries that it
// handed out last: the merging node may take fewer than it was given, and asks
// for the rest again. A walk has one user at a time.
type walk struct {
	key    walkKey
	host   module.Host
	bucket *cluster.Bucket
	walker *store.Walker
	peeked *store.Entry // what the walker gave last, if it is not among the entries yet
	opened *archives    // nil: archives are not opened
	walked bool         // the walker is at its end
	ended  bool
	used   time.Time // when it was kept last
	held   int64     // bytes in memory by then

	after   string // what came before the first of held
	entries []*wire.ListEntry
	marks   []mark // parallel to entries, or empty
}

func newWalk(ctx context.Context, host module.Host, b *cluster.Bucket, r *chunkRequest, key walkKey) (*walk, error) {
	walker, err := host.Objects.Walk(ctx, b, store.WalkOptions{
		Prefix:     r.Prefix,
		After:      r.StartAfter,
		Delimiter:  delimiter(r),
		Records:    key.props&^(wire.PropName|wire.PropCached|wire.PropStatus) != 0 || r.Marks,
		Tombstones: r.Marks,
	})
	if err != nil {
		return nil, err
	}
	w := &walk{key: key, host: host, bucket: b, walker: walker, after: r.StartAfter}
	if r.Has(wire.ListArchives) && !r.Has(wire.ListNoRecursion) {
		w.opened = &archives{members: host.Members, bucket: b, prefix: r.Prefix, log: host.Log}
		if err := w.opened.resume(ctx, r.StartAfter); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// delimiter is where the walk stops descending.
func delimiter(r *chunkRequest) string {
	if r.Has(wire.ListNoRecursion) {
		return "/"
	}
	return ""
}

// memory is about how many bytes the walk takes.
func (w *walk) memory() int64 {
	const entry, marked = 160, 32 // bytes beside the text
	held := w.walker.Held() + int64(len(w.marks))*marked
	for _, e := range w.entries {
		held += entry + int64(len(e.Name)+len(e.Custom)+len(e.Checksum)+len(e.Location))
	}
	return held
}

// covers reports whether the walk can go on after a name without a gap.
func (w *walk) covers(after string) bool {
	return after >= w.after && (after == w.after || len(w.entries) > 0 && after <= w.entries[len(w.entries)-1].Name)
}

// read returns the next entries after a name, limit at most.
func (w *walk) read(ctx context.Context, after string, limit int) (*chunk, error) {
	w.drop(after)
	began := time.Now()
	for len(w.entries) <= limit && !w.ended {
		if w.opened != nil && len(w.entries) > 0 && time.Since(began) > chunkPatience {
			break // indexes of archives are being made: the merging node asks again
		}
		if err := w.step(ctx); err != nil {
			return nil, err
		}
	}
	n := min(limit, len(w.entries))
	c := &chunk{entries: w.entries[:n:n], more: len(w.entries) > n || !w.ended}
	if w.key.marks {
		c.marks = w.marks[:n:n]
	}
	return c, nil
}

// chunkPatience is how long a walk that opens archives works on one answer, if it
// has something to tell.
const chunkPatience = 2 * time.Second

// drop forgets the entries up to and including a name.
func (w *walk) drop(after string) {
	n := sort.Search(len(w.entries), func(i int) bool { return w.entries[i].Name > after })
	w.entries = slices.Clone(w.entries[n:])
	if w.key.marks {
		w.marks = slices.Clone(w.marks[n:])
	}
	w.after = max(w.after, after)
}

// step takes one entry: the next of the walker, or a member of an archive that
// comes before it. An object hides a member of its name.
func (w *walk) step(ctx context.Context) error {
	if err := w.peek(ctx); err != nil {
		return err
	}
	m := w.opened.next()
	switch {
	case m == nil && w.peeked == nil:
		w.ended = true
		return nil
	case m == nil || w.peeked != nil && w.peeked.Name < m.name:
		e := w.peeked
		w.peeked = nil
		return w.add(ctx, e)
	}
	if w.peeked == nil || w.peeked.Name != m.name {
		w.addMember(m)
	}
	return w.opened.advance(ctx)
}

// peek makes sure that peeked is what the walker has next, nil at its end. Names
// that it finds a problem with are the scrubber's business, not a reader's.
func (w *walk) peek(ctx context.Context) error {
	for w.peeked == nil && !w.walked {
		e, ok := w.walker.Next(ctx)
		if !ok {
			w.walked = true
			return w.walker.Err()
		}
		if e.Problem == nil {
			w.peeked = &e
		}
	}
	return nil
}

// add takes an entry of the walker, and opens it if it is an archive.
func (w *walk) add(ctx context.Context, e *store.Entry) error {
	entry := w.describe(e)
	m := mark{tombstone: e.Tombstone, order: e.Order}
	if e.Object != nil {
		m.order = e.Object.Order
	}
	if w.opened != nil && !e.Dir && !e.Tombstone {
		is, err := w.opened.open(ctx, e.Name)
		if err != nil {
			return err
		}
		if is {
			entry.Flags |= wire.EntryArchive
		}
	}
	w.entries = append(w.entries, entry)
	if w.key.marks {
		w.marks = append(w.marks, m)
	}
	return nil
}

// addMember takes a member of an archive.
func (w *walk) addMember(m *member) {
	entry := &wire.ListEntry{Name: m.name, Flags: wire.EntryCached | wire.EntryInArchive}
	if w.key.props&wire.PropSize != 0 {
		entry.Size = m.size
	}
	w.entries = append(w.entries, entry)
	if w.key.marks {
		w.marks = append(w.marks, m.mark)
	}
}

func (w *walk) describe(e *store.Entry) *wire.ListEntry {
	entry := &wire.ListEntry{Name: e.Name}
	if e.Dir {
		entry.Flags = wire.EntryDir
		return entry
	}
	entry.Flags = wire.EntryCached
	o, has := e.Object, func(p wire.Props) bool { return w.key.props&p != 0 }
	if o == nil {
		return entry
	}
	if pieces, _ := o.Pieces(); has(wire.PropChunked) && pieces > 0 {
		entry.Flags |= wire.EntryChunked
	}
	if has(wire.PropLocation) {
		entry.Location = "t[" + w.host.Node + "]:" + o.Mountpath
	}
	if has(wire.PropSize) {
		entry.Size = o.Size
	}
	if has(wire.PropChecksum) {
		entry.Checksum = o.Checksum.Hex()
	}
	if has(wire.PropVersion) {
		entry.Version = o.Version
	}
	if has(wire.PropAtime) {
		entry.Atime = wire.FormatTime(o.Atime(), w.key.timeFormat)
	}
	if has(wire.PropCopies) {
		entry.Copies = 1
	}
	switch {
	case w.key.flags&wire.ListS3 != 0:
		entry.Custom = About{Modified: o.Modified, ETag: o.EntityTag()}.text()
	case has(wire.PropCustom):
		entry.Custom = joinPairs(o.Custom)
	}
	return entry
}

// joinPairs writes pairs as one string, the way listings show them.
func joinPairs(pairs []store.Pair) string {
	text := make([]string, len(pairs))
	for i, p := range pairs {
		text[i] = p.Key + "=" + p.Value
	}
	return strings.Join(text, ", ")
}
