// Package quorum keeps the state of the cluster in a replicated log: Raft, by
// github.com/hashicorp/raft with its bbolt store.
//
// Start with [Log]. [Open] opens it, [Log.Run] runs it, [Log.State] is the state
// by now, and [Log.Propose] changes it. The node that leads the log is the
// primary; on any other Propose is refused.
//
// What always holds:
//
//   - What Propose has returned is in the log of a majority, on disk, and in
//     every later state.
//   - A change is made for one state, and applied to it or to none: an entry
//     names the position it continues, and is void anywhere else. So a primary
//     that was overtaken without noticing cannot undo what its successor did.
//   - What Verify has returned is the word of a majority of voters, each of which
//     was asked after the call.
//   - A log whose directory was lost, wholly or in part, comes back under
//     another Raft id, so it cannot vote twice.
//   - A log that follows proposes nothing. It stands only when nobody else can
//     lead, and hands the lead on.
//   - An entry or a snapshot that only a newer release understands ends Run
//     with an error; it is never skipped.
//
// On disk, under [Options].Dir (or in a [Memory], for tests):
//
//	identity.json  the node's id and the incarnation of the log, see package jsonfile
//	raft.db        log entries, term and vote, of the library's format;
//	               an entry holds a cluster.Proposal
//	snapshots/     the library's; each holds an encoded cluster.State
//
// Entries, snapshots and identity have a format version each. The package does
// not decide who votes, and does not push states to nodes that do not: see
// package replica.
package quorum
