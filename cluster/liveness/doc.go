// Package liveness decides who is alive, who is suspected, and who may write.
//
// [Tracker] is the primary's side: one for each time that a node leads. It is
// told what was heard on the control network and what was not, and answers with
// [Decision]s: whom to ask, whom not to wait for, whom to mark down or up in the
// map, whom to evict. It also keeps the books of leases, so it grants them and
// drives the fence of placement. [Lease] is a target's side, [RoundTrip] how long
// to wait for an answer.
//
// The package is pure: no input or output, no goroutines, no clock. Time comes
// in as a [Moment], a reading of this node's own clock. Only durations are ever
// compared between nodes, and the rates of two clocks may differ by one part in
// a hundred.
//
// What always holds:
//
//   - A node is suspected after two missed intervals of silence, or k misses in
//     a row; never for one failed request. Suspicion only stops the waiting.
//     One message from the node ends it.
//   - A node is marked down only when it has been silent for a whole lease and
//     the last lease that any primary may have granted it has run out. While
//     that is being written it gets no lease.
//   - What is pushed to a node and taken ends suspicion. It does not undo that the
//     node is marked down: that takes a keepalive, a probe that is answered, or that
//     it joins again.
//   - A target whose lease has run out counts as fenced, and gets no lease
//     before it has a map that tells it what has changed meanwhile.
//   - Time in which the primary's own process did not run is nobody's silence.
//
// What does not count: success or failure on the data path. A target whose
// objects can be read, but which does not answer on the control path, is
// silent; one that cannot be reached for data is asked, see [Tracker.Doubt],
// and is alive if it answers.
package liveness
