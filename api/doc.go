// Package api is the Go client of an AIStore cluster.
//
// Start with New, which gives a Client; its methods are the calls, one per
// verb: Put, Get, Head, Delete and List for objects, CreateBucket and its
// kin for buckets, Map, Health, NodeStatus and its kin for the cluster.
//
// What always holds:
//
//   - A Client is safe for concurrent use, keeps its connections, and starts
//     no goroutine of its own, but those of Download, which end with it. Every call takes a context and ends with it.
//   - Object calls go straight to the target that owns the name, found with
//     the same rule that the servers use over the cluster map that the Client
//     holds. When the guess was wrong, or the target is gone, the map is
//     fetched again (one fetch for all callers that wait for it) and the call
//     is tried once more; without a map, or with Options.ViaProxy, calls go
//     to a proxy and follow its redirects.
//   - A Reader of a whole object compares the checksum that the server has
//     stored with the bytes that arrived, and fails with kind Corrupt before
//     it hands out the last of them. A Reader whose connection breaks goes on
//     with a ranged request, as long as the object is still the same.
//   - Repeated is only what may be: requests that never reached a server, and
//     requests that a server refused with Retry-After. Reads are also
//     repeated when the connection breaks before the answer. A write whose
//     connection broke is not; its outcome is unknown, and the error says
//     Unavailable.
//   - Nothing hangs for good: a connection on which nothing moves for
//     Options.Stall counts as broken.
//
// Errors are *errs.Error with operation and subject; errors.Is with a kind
// of package errs answers as on the server. Kinds that every call may return,
// and that the calls do not repeat in their comments: Canceled (the context
// was canceled), Unavailable (nobody answered in time, or the cluster cannot
// serve now), Unauthenticated and Forbidden (token missing, wrong or too
// weak), Throttled (over a rate limit, after the retries), Internal (a fault
// of the server).
package api
