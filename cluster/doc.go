// Package cluster holds what a cluster agrees on, as immutable values, and the
// pure rules over them.
//
// [State] is all of it: the cluster map ([Map]), the buckets ([Buckets]) and the
// cluster configuration, each with a version of its own. A [Change] turns one
// State into the next; nothing else does. Package quorum replicates changes,
// package replica keeps the copy of a node that does not vote.
//
// A [Map] says which target owns an object: by rendezvous hashing of the
// object's unique name over the [Placement] in force. A placement is a set of
// targets. When the set changes, the earlier placement stays in the map until
// the objects have moved, so that they can still be found.
//
// A change of the set is fenced: it is prepared, acknowledged by the targets that
// lose names, and committed, so that a name has one writer at a time.
// [Map.Pending] is what is prepared, [NextFence] the step that is due. The
// owners stop writing the names that [Map.Moves] names, and who has no lease
// gets none before it has the map of [Map.FenceVersion].
//
// [Withdraw] takes nodes out of service, [Restore] brings them back, and
// [Departures] are those that may stop or leave by now: no object has to move.
//
// [NextVoter] and [Successor] decide who votes in the log, and who leads next.
//
// [Order] is the place of a write among all writes of an object.
//
// What always holds:
//
//   - A value never changes once it is reachable. Many goroutines may read it
//     without locks, and what it returns is shared: do not write to it.
//   - Applying a change is deterministic: the same changes make the same State
//     on every node.
//   - The cost of a change does not depend on the number of buckets.
//
// Logs and snapshots outlive releases. A release reads what the one before wrote:
// a field that is new must mean by its zero value what the older release did,
// but for the configuration, whose missing sections get their defaults.
//
// The package does no input or output, knows no HTTP, and reads no clock.
package cluster
