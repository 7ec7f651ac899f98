package quorum

import (
	"cmp"
	"slices"
	"sync"

	"aistore/cluster"
)

const (
	recentEntries = 1024
	recentBytes   = 4 << 20 // of their data
)

// recent holds the latest entries, for replicas that lack only those.
type recent struct {
	mu      sync.Mutex
	entries []cluster.Entry // guarded by mu; each continues the one before
	after   uint64          // guarded by mu; index that the first entry continues
	bytes   int             // guarded by mu; of the data of entries
}

// reset forgets everything and begins after the entry of that index.
func (r *recent) reset(after uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.after, r.bytes = nil, after, 0
}

// add appends the entry that continues the last one.
func (r *recent) add(e cluster.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
	r.bytes += len(e.Data)
	for len(r.entries) > recentEntries || r.bytes > recentBytes && len(r.entries) > 1 {
		r.after = r.entries[0].Position.Index
		r.bytes -= len(r.entries[0].Data)
		r.entries = r.entries[1:]
	}
}

// since returns the entries that lead on from the one of that index, if all are there.
func (r *recent) since(index uint64) ([]cluster.Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if index == r.after {
		return r.entries[:len(r.entries):len(r.entries)], true
	}
	i, found := slices.BinarySearchFunc(r.entries, index, func(e cluster.Entry, index uint64) int {
		return cmp.Compare(e.Position.Index, index)
	})
	if !found {
		return nil, false
	}
	return r.entries[i+1 : len(r.entries) : len(r.entries)], true
}
