package s3

import (
	"context"
	"strings"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/jobs/listing"
	"aistore/module"
)

// walk gives the names of a bucket in order, those that have a prefix and follow a
// name; names with a delimiter behind the prefix become one directory, up to the
// first delimiter.
type walk struct {
	ctx     context.Context
	state   *cluster.State
	peers   module.Peers
	bucket  *cluster.Bucket
	request wire.ListRequest
	list    *list

	entries []*wire.ListEntry // read and not yet given
	ended   bool
	within  string // the directory given last; what is below it is in it
}

func (c *call) walk(l *list) *walk {
	w := &walk{
		ctx: c.r.Context(), state: c.options.State(), peers: c.options.Peers, bucket: c.bucket, list: l,
		request: wire.ListRequest{
			Prefix: l.prefix, StartAfter: clip(l.after), Flags: wire.ListS3, Props: "name,size", UUID: l.id,
		},
	}
	if l.delimiter == "/" {
		w.request.Flags |= wire.ListNoRecursion
	}
	if l.isDirectory(l.after) {
		w.enter(l.after) // a page before has given it
	}
	w.narrow()
	return w
}

// clip is a name with no more bytes than names have: what follows it follows what
// it was clipped from.
func clip(name string) string {
	if len(name) > wire.MaxObjectName {
		return name[:wire.MaxObjectName]
	}
	return name
}

// narrow makes the request one that targets take. A prefix may end in what no name
// has as a component, and still begin that of a longer one; a prefix that has it
// elsewhere begins none.
func (w *walk) narrow() {
	p := w.list.prefix
	directory, last := p[:strings.LastIndexByte(p, '/')+1], p[strings.LastIndexByte(p, '/')+1:]
	switch {
	case unlistable(p):
		w.ended = true
	case last == "..":
		w.request.Prefix = directory + "."
		w.request.Flags &^= wire.ListNoRecursion
	}
}

// unlistable tells whether no name begins with a prefix.
func unlistable(prefix string) bool {
	directory := prefix[:strings.LastIndexByte(prefix, '/')+1]
	return len(prefix) > wire.MaxObjectName || strings.IndexByte(prefix, 0) >= 0 || strings.Contains("/"+directory, "/../")
}

// enter makes what is below a directory be passed over.
func (w *walk) enter(directory string) {
	w.within = directory
	if w.request.Has(wire.ListNoRecursion) {
		w.request.StartAfter = directory
		return
	}
	w.request.StartAfter = lastIn(directory)
}

// next returns the next entry, nil at the end. About so many are wanted.
func (w *walk) next(wanted int) (*wire.ListEntry, error) {
	for {
		for len(w.entries) > 0 {
			entry := w.entries[0]
			w.entries = w.entries[1:]
			if entry = w.visible(entry); entry != nil {
				return entry, nil
			}
		}
		if w.ended {
			return nil, nil
		}
		if err := w.read(wanted); err != nil {
			return nil, err
		}
	}
}

// read reads on.
func (w *walk) read(wanted int) error {
	w.request.PageSize = int64(wanted)
	read, err := listing.Page(w.ctx, w.state.Map, w.peers, w.bucket, &w.request)
	if err != nil {
		return err
	}
	w.entries, w.ended = read.Entries, read.Continuation == ""
	if n := len(read.Entries); n > 0 {
		w.request.StartAfter = read.Entries[n-1].Name
		if directory := w.list.directoryOf(w.request.StartAfter); directory != "" {
			within := w.within
			w.enter(directory)
			w.within = within
		}
	}
	return nil
}

// visible is what an entry looks like in the answer: itself, or the directory that
// it is in, or nil if that was given before.
func (w *walk) visible(entry *wire.ListEntry) *wire.ListEntry {
	if !strings.HasPrefix(entry.Name, w.list.prefix) {
		return nil
	}
	directory := w.list.directoryOf(entry.Name)
	switch {
	case directory == "":
		return entry
	case directory == w.within:
		return nil
	}
	w.within = directory
	return &wire.ListEntry{Name: directory, Flags: wire.EntryDir}
}
