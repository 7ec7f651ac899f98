package cluster

import (
	"cmp"
	"fmt"
)

// Position is a place in the replicated log. The zero value is before all.
type Position struct {
	Term  uint64 `json:"term"`  // grows with each primary
	Index uint64 `json:"index"` // of the log entry; not every entry is a change
}

// Compare returns -1, 0 or 1 as p is before q, is q, or is after q: the term decides first.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Term, q.Term), cmp.Compare(p.Index, q.Index))
}

// String returns "term/index".
func (p Position) String() string { return fmt.Sprintf("%d/%d", p.Term, p.Index) }
