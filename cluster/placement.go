package cluster

import (
	"slices"

	"aistore/api/wire"
	"aistore/internal/hrw"
)

// Placement is a set of targets that objects are, or were, spread over.
// It is immutable; the zero value is the empty set.
type Placement struct {
	version    int64
	targets    []string        // ids, ascending
	candidates []hrw.Candidate // of targets, index by index
}

func newPlacement(version int64, targets []string) Placement {
	p := Placement{version: version, targets: targets, candidates: make([]hrw.Candidate, len(targets))}
	for i, id := range targets {
		p.candidates[i].Digest = hrw.Digest(id)
	}
	return p
}

// Version returns the version of the map that brought p into force.
func (p Placement) Version() int64 { return p.version }

// Targets returns the ids of the targets, ascending. The slice is shared and
// must not be changed.
func (p Placement) Targets() []string { return p.targets }

// Has tells whether the target with that id is in p.
func (p Placement) Has(id string) bool {
	_, found := slices.BinarySearch(p.targets, id)
	return found
}

// Owner returns the id of the target that owns the name with this digest when
// p is in force, or "" if p is empty. It does not allocate.
func (p Placement) Owner(digest uint64) string {
	if i := hrw.Owner(p.candidates, digest); i >= 0 {
		return p.targets[i]
	}
	return ""
}

func (p Placement) wire() wire.Placement {
	return wire.Placement{Version: p.version, Targets: p.targets}
}
