package cluster

import (
	"slices"
	"time"
)

// Fence is what the primary knows when it decides about the placement.
type Fence struct {
	Map *Map

	// Acknowledged tells whether a target has said that it has the pending
	// placement on disk, that no write of a name that moves is in flight there,
	// and that it begins none.
	Acknowledged func(id string) bool
	// Expired tells whether a target has no lease, and gets none before it has
	// a map of [Map.FenceVersion].
	Expired func(id string) bool
	// Health returns what is thought of a target.
	Health func(id string) Health

	// Waited is how long the placement has been pending, or, with none pending,
	// how long ago one was given up; as far as this primary has seen it. It is
	// at least Pause if none was.
	Waited   time.Duration
	Deadline time.Duration // for all to acknowledge
	Pause    time.Duration // after giving up
}

// NextFence returns the change of the placement that is due: to prepare the one
// that the map asks for, to commit it when it is safe, to abort it when it has
// taken too long. If there is none the kind of the change is "", and the ids
// are those that are waited for. It needs no memory, so a new primary goes on
// where another ended.
//
// The map asks for the targets that are not in maintenance. One that is new has
// to be healthy when it comes in; one that is placed keeps its place when it
// falls silent.
func NextFence(f Fence) (due Change, waiting []string) {
	if pending, is := f.Map.Pending(); is {
		return f.finish(pending)
	}
	wanted := f.wanted()
	if slices.Equal(wanted, f.Map.InForce().Targets()) {
		return Change{}, nil
	}
	if f.Waited < f.Pause {
		return Change{}, nil
	}
	// Who is silent and may hold a lease would only keep the fence closed.
	next, err := f.Map.prepare(wanted)
	if err != nil {
		return Change{}, nil
	}
	for _, id := range next.Fencers() {
		if f.Health(id) != Healthy && !f.Expired(id) {
			waiting = append(waiting, id)
		}
	}
	if len(waiting) > 0 {
		return Change{}, waiting
	}
	return PreparePlacement(wanted), nil
}

// finish decides about a placement that is pending.
func (f Fence) finish(pending Placement) (Change, []string) {
	for _, id := range pending.Targets() {
		if !f.Map.InForce().Has(id) && f.Health(id) != Healthy {
			return AbortPlacement(pending.Version()), nil
		}
	}
	var waiting []string
	for _, id := range f.Map.Fencers() {
		if !f.Acknowledged(id) && !f.Expired(id) {
			waiting = append(waiting, id)
		}
	}
	switch {
	case len(waiting) == 0:
		return CommitPlacement(pending.Version()), nil
	case f.Waited >= f.Deadline:
		return AbortPlacement(pending.Version()), waiting
	}
	return Change{}, waiting
}

// wanted returns the ids of the targets that ought to be placed, ascending.
func (f Fence) wanted() []string {
	ids := make([]string, 0, len(f.Map.Targets()))
	for _, n := range f.Map.Targets() {
		if !n.InMaintenance() && (f.Map.InForce().Has(n.ID) || f.Health(n.ID) == Healthy) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}
