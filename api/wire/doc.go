// Package wire holds the nouns that clients and servers share: buckets and
// their properties, object names, the cluster map, listings, node status, job
// messages, and the names of headers, query parameters and actions.
//
// Start with [Bucket], [Smap], [ListRequest] and [ListPage].
//
// What always holds:
//
//   - A type here is plain data. It has the JSON form that today's clients send
//     and expect, down to numbers that travel as strings; the files under
//     testdata are the proof. Lists also have a msgpack form.
//   - Decoding ignores keys that it does not know, so that a newer client can
//     talk to an older server.
//   - Nothing is checked while decoding. Whoever takes a message from outside
//     calls its Validate, or Normal for a [Bucket], before acting on it.
//
// The package knows nothing of HTTP, of disks, or of how a cluster works.
// Errors are in package errs, permissions in package access.
package wire
