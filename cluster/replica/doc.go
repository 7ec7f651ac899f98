// Package replica keeps a node's copy of the state of its cluster, on a node
// that does not vote: the primary sends it whole states and the log entries
// between them.
//
// Start with [Replica]. The first state comes whole, by [Replica.Install];
// after that [Replica.Extend] takes the entries that follow, and says so with
// [ErrNeedFull] when some are missing.
//
// What always holds:
//
//   - The state only goes forward, in the order of term and index.
//   - A state is on disk before anybody sees it, and a restart loads it or a
//     later one that the cluster had agreed on.
//   - The state of another cluster is refused.
//
// On disk it is one journal of package jsonfile, cluster.journal. Its format is
// 1, and each entry is a byte and what follows it:
//
//	's'  an encoded cluster.State; always the first entry, and no other
//	'e'  a cluster.Entry, which continues the one before
//
// When the journal has grown to a multiple of its snapshot it is replaced by
// one that begins with the latest state.
package replica
