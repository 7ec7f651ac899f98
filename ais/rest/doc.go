// Package rest is the HTTP edge of a node: it finds the route of a request,
// decodes what its path and query say, checks who may do what, and turns
// results and errors into answers. Verbs behind it know nothing of HTTP.
//
// Start with [Router], [Signer] and [NewServer].
//
// # Routes
//
// Each route stands on one of three networks: Handle, Actions, What and Objects
// on the public one, Control and Data on those between nodes. Each of clients
// names the permission it needs; there is no way to declare one without.
// [Router.Handler] makes the handler for a listener, and says which networks
// the listener serves:
//
//	            route on Public           route on Control or Data
//	listener    serves anybody who may    serves nodes
//	  serves it
//	listener    serves nodes              refuses
//	  does not
//
// The one exception: an object is served on the data listener to a client that a
// gateway has sent there, by a redirect that it signed.
//
// A listener of the public network alone serves no nodes: what claims to come
// from one there is refused, however well it is signed, so that nothing that
// arrives on it can act as a node. With one port nodes are told apart by their
// signature alone. A node may ask another on its control or data listener what
// clients may ask. What is refused here is answered 403, logged, and counted.
//
// # Names
//
// Names of objects do not go through http.ServeMux, which answers "a//b" and
// "./a" with a redirect and lets "%2e%2e/a" through. The path is split at
// slashes that were not escaped, and decoded once; empty and "." components
// are kept, ".." is refused with 400, as are NUL, the empty name and more than
// 1,024 bytes. Bytes that are not UTF-8 are kept. Any other path goes through
// ServeMux, after empty and dot segments have been refused with 400; a slash at
// its end makes no difference.
//
// # Order of checks
//
// Path and query (400, 404, 405); room and shutdown (503); start-up (503); who
// sends (401, 403); the sender's cluster map; action or "what" (400);
// permission (401, 403); then the handler.
//
// # Signatures
//
// A node signs calls to others with its own key (Ed25519), whose public half the
// receiver finds in the cluster map; where the map has none, and under
// redirects, a signature is HMAC-SHA256 with the cluster's key. Both are over
// fields, each with its length in front as varint, and are sent as base64url
// without padding. The first field is the purpose, so that one is no good as the
// other.
//
//	call between nodes           redirect of a client
//	"ais node 1", "ais call 1"   "ais redirect 1"
//	method                       method
//	escaped path                 decoded path
//	query                        query up to "&u=" in normal spelling, and its
//	caller's id                    length behind it as 4 bytes
//	nonce: unix ns "." random
//
// A node that passes a request of a client on in a [Dialect] proves that with a key
// that only it and the receiver have (X25519 of their two keys, then HKDF, one key
// for each direction): HMAC-SHA256 over the fields of a call between nodes, with the
// purpose "ais pass 1". In front of it stand 8 hexadecimal digits of the SHA-256 of the
// receiver's public key and a dot. It lends no rights, and counts nowhere else.
//
// A call carries them as Ais-Caller-Id, Ais-Caller-Nonce and Ais-Caller-Sig, a
// redirect in its query, see [Signer.Location]. The path of a redirect is
// signed decoded, and its query in one spelling, because clients escape both
// anew when they follow.
//
// # Bounds
//
// Requests in flight per network, connections per listener, header and JSON
// sizes, and the progress of bodies either way: see the sections limits and timeout of
// the configuration. A connection has
// one request in flight, since it speaks HTTP/1.1 only.
//
// # Cost
//
// A request for an object costs one allocation here, as long as its name has no
// escapes that the path would not have anyway. A plain file that a handler
// copies into the answer goes out by sendfile.
package rest
