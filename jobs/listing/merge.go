package listing

import (
	"container/heap"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/archive"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/module"
)

// Name is the name of the module, and of its part of the paths between nodes.
const Name = "listing"

// callChunk is the call that a merging node makes on each target.
const callChunk = "chunk"

// Page lists one page of a bucket over all targets. The page is full while more
// exists, except that one page after a full one may be empty. Errors: Invalid
// (the request), NotFound (the target asked for), Unavailable (a target does not
// answer: its objects would be missing).
func Page(ctx context.Context, m *cluster.Map, peers module.Peers, b *cluster.Bucket, r *wire.ListRequest) (*wire.ListPage, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	targets, err := targetsOf(m, r.Target)
	if err != nil {
		return nil, err
	}
	limit := wire.MaxPageSize(b.Provider)
	if r.PageSize > 0 {
		limit = min(limit, r.PageSize)
	}
	request, err := normal(r)
	if err != nil {
		return nil, err
	}
	merger := &merger{marks: len(m.Placements()) > 1}
	if merger.marks && request.Has(wire.ListNoRecursion) {
		// Tombstones hide single names, so directories are made of what is left.
		request.Flags &^= wire.ListNoRecursion
		merger.collapse, merger.prefix, merger.directory = true, len(request.Prefix), request.StartAfter
	}
	if merger.marks && request.Has(wire.ListArchives) {
		if merger.generations, err = winners(ctx, targets, peers, b, &request); err != nil {
			return nil, err
		}
	}
	for _, node := range targets {
		s := &source{node: node, peers: peers, bucket: b, request: chunkRequest{ListRequest: request, Marks: merger.marks}}
		s.request.PageSize = chunkSize(limit, len(targets))
		merger.sources = append(merger.sources, s)
	}
	page := &wire.ListPage{UUID: request.UUID}
	more, err := merger.fill(ctx, page, int(limit))
	if err != nil {
		return nil, err
	}
	if more {
		page.Continuation = token(page.Entries[len(page.Entries)-1].Name)
	}
	return page, nil
}

func targetsOf(m *cluster.Map, wanted string) ([]*wire.Node, error) {
	if wanted == "" {
		return whole(m)
	}
	node, ok := m.Node(wanted)
	if !ok || node.Type != wire.NodeTarget {
		return nil, errs.E("listing.Page", wanted, errs.NotFound, nil)
	}
	return []*wire.Node{node}, nil
}

// whole are the targets that have to be asked so that no object is missing.
// Errors: Unavailable (one is down).
func whole(m *cluster.Map) ([]*wire.Node, error) {
	var targets []*wire.Node
	for _, n := range m.Targets() {
		switch {
		case !n.Has(wire.NodeDown):
			targets = append(targets, n)
		case m.MayHold(n.ID):
			e := errs.E("listing.Page", n.ID, errs.Unavailable, nil)
			e.Public, e.RetryAfter = "target "+n.ID+" is down: its objects would be missing", time.Second
			return nil, e
		}
	}
	return targets, nil
}

// normal is what targets are asked: with an id, with one place to start after,
// and with the directory that a prefix names when listing without recursion.
// Errors: Invalid (the continuation token).
func normal(r *wire.ListRequest) (wire.ListRequest, error) {
	n := *r
	after, err := nameOf(n.Continuation)
	if err != nil {
		return n, err
	}
	if !n.Has(wire.ListS3) { // to which a slash is one as any other
		n.Prefix = strings.TrimPrefix(n.Prefix, "/")
	}
	if n.UUID == "" {
		n.UUID = rand.Text()[:12]
	}
	if after != "" {
		// Not the later of the two: a directory may come before the name below
		// it that the listing starts after.
		n.StartAfter = after
	}
	n.Continuation, n.Target, n.Header = "", "", nil
	if n.Has(wire.ListNoRecursion) && !n.Has(wire.ListS3) && n.Prefix != "" && !strings.HasSuffix(n.Prefix, "/") {
		n.Prefix += "/"
	}
	return n, nil
}

// chunkSize is how many entries to ask of each target for a page: its share and
// some more, since shares vary.
func chunkSize(limit int64, targets int) int64 {
	if targets == 1 {
		return limit + 1
	}
	share := limit / int64(targets)
	return min(limit+1, share+share/8+32)
}

// source is the stream of entries of one target.
type source struct {
	node    *wire.Node
	peers   module.Peers
	bucket  *cluster.Bucket
	request chunkRequest

	chunk *chunk // nil before the first fetch
	next  int    // index into the chunk
}

// ready makes sure that an entry is there, and reports false at the end of the
// stream.
func (s *source) ready(ctx context.Context) (bool, error) {
	for s.chunk == nil || s.next == len(s.chunk.entries) {
		if s.chunk != nil && !s.chunk.more {
			return false, nil
		}
		if err := s.fetch(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *source) fetch(ctx context.Context) error {
	if s.chunk != nil && len(s.chunk.entries) > 0 {
		s.request.StartAfter = s.chunk.entries[len(s.chunk.entries)-1].Name
	}
	body, err := s.request.encode()
	if err != nil {
		return errs.E("listing.fetch", s.node.ID, errs.Internal, err)
	}
	to := module.PeerAddress{Module: Name, Call: callChunk, Bucket: s.bucket.Bucket}
	answer, err := s.peers.Call(ctx, s.node, to, body)
	if errors.Is(err, errs.Unavailable) {
		e := errs.E("listing.fetch", s.node.ID, "", err)
		e.Public = "target " + s.node.ID + " gives no list of its objects: " + errs.PublicOf(err)
		return e
	}
	if err != nil {
		return err
	}
	s.chunk, err = decodeChunk(answer)
	s.next = 0
	return err
}

func (s *source) entry() *wire.ListEntry { return s.chunk.entries[s.next] }
func (s *source) mark() mark             { return s.chunk.mark(s.next) }

// merger puts the streams of all targets together by name. It is a heap of the
// sources that have an entry ready, least name first.
type merger struct {
	sources []*source
	marks   bool

	collapse  bool   // make directories of what is below a slash
	prefix    int    // length of the prefix that directories are below
	directory string // the last one made

	// generations are the archives met so far: what counts of them, as members of
	// other generations are not listed. Nil where it cannot matter.
	generations map[string]mark
}

func (m *merger) Len() int           { return len(m.sources) }
func (m *merger) Less(i, j int) bool { return m.sources[i].entry().Name < m.sources[j].entry().Name }
func (m *merger) Swap(i, j int)      { m.sources[i], m.sources[j] = m.sources[j], m.sources[i] }
func (m *merger) Push(s any)         { m.sources = append(m.sources, s.(*source)) }
func (m *merger) Pop() any {
	last := m.sources[len(m.sources)-1]
	m.sources = m.sources[:len(m.sources)-1]
	return last
}

// start fetches the first chunk of every target at once.
func (m *merger) start(ctx context.Context) error {
	err := run.Each(ctx, len(m.sources), m.sources, func(ctx context.Context, s *source) error {
		_, err := s.ready(ctx)
		return err
	})
	if err != nil {
		return err
	}
	live := m.sources[:0]
	for _, s := range m.sources {
		if s.next < len(s.chunk.entries) {
			live = append(live, s)
		}
	}
	m.sources = live
	heap.Init(m)
	return nil
}

// fill takes entries until the page has limit of them, and reports whether more
// may follow.
func (m *merger) fill(ctx context.Context, page *wire.ListPage, limit int) (more bool, err error) {
	if err := m.start(ctx); err != nil {
		return false, err
	}
	for m.Len() > 0 {
		if len(page.Entries) == limit {
			return true, nil
		}
		entry, best := m.sources[0].entry(), m.sources[0].mark()
		if err := m.advance(ctx); err != nil {
			return false, err
		}
		for m.Len() > 0 && m.sources[0].entry().Name == entry.Name {
			if other := m.sources[0].mark(); newer(other, best) || !newer(best, other) && entry.Flags&wire.EntryInArchive != 0 {
				entry, best = m.sources[0].entry(), other
			}
			if err := m.advance(ctx); err != nil {
				return false, err
			}
		}
		if !m.current(entry, best) || best.tombstone {
			continue
		}
		if entry = m.visible(entry); entry != nil {
			page.Entries = append(page.Entries, entry)
		}
	}
	return false, nil
}

// visible is what an entry looks like in the page: itself, or the directory that
// it is below, or nil if that was shown before.
func (m *merger) visible(entry *wire.ListEntry) *wire.ListEntry {
	if !m.collapse {
		return entry
	}
	slash := strings.IndexByte(entry.Name[m.prefix:], '/')
	if slash < 0 {
		return entry
	}
	directory := entry.Name[:m.prefix+slash+1]
	if directory == m.directory {
		return nil
	}
	m.directory = directory
	return &wire.ListEntry{Name: directory, Flags: wire.EntryDir}
}

// current notes which generation of an archive counts, and reports false for
// members of any other one.
func (m *merger) current(entry *wire.ListEntry, best mark) bool {
	switch {
	case m.generations == nil:
		return true
	case entry.Flags&wire.EntryInArchive == 0:
		if archive.OfName(entry.Name) != 0 {
			m.generations[entry.Name] = best
		}
		return true
	}
	for at, c := range []byte(entry.Name) {
		if c == '/' && m.generations[entry.Name[:at]] == best {
			return true
		}
	}
	return false
}

// winners returns what counts of the archives that a page lists the members of
// without listing them.
func winners(ctx context.Context, targets []*wire.Node, peers module.Peers, b *cluster.Bucket, r *wire.ListRequest) (map[string]mark, error) {
	generations := map[string]mark{}
	for _, object := range notMet(r.StartAfter, r.Prefix) {
		one := &merger{marks: true}
		for _, node := range targets {
			request := chunkRequest{ListRequest: wire.ListRequest{UUID: r.UUID, Prefix: object, PageSize: 1}, Marks: true}
			one.sources = append(one.sources, &source{node: node, peers: peers, bucket: b, request: request})
		}
		if err := one.start(ctx); err != nil {
			return nil, err
		}
		for _, s := range one.sources {
			if found := s.mark(); s.entry().Name == object && newer(found, generations[object]) {
				generations[object] = found
			}
		}
	}
	return generations, nil
}

// newer reports whether an entry with mark a hides one with mark b.
func newer(a, b mark) bool { return a.order.Compare(b.order) > 0 }

// advance moves the first source to its next entry, or drops it at its end.
func (m *merger) advance(ctx context.Context) error {
	s := m.sources[0]
	s.next++
	ok, err := s.ready(ctx)
	if err != nil {
		return err
	}
	if ok {
		heap.Fix(m, 0)
	} else {
		heap.Pop(m)
	}
	return nil
}
