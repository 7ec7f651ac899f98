// Package primary holds the verbs that change what the cluster agrees on: join
// and leave, creation, change and destruction of buckets. It knows nothing of
// HTTP.
//
// A [Primary] is part of every gateway that may lead. It leads whenever the
// replicated log has elected this node: it makes itself the primary of the
// cluster map, pushes what is committed to every other node, listens to their
// keepalives, and decides who votes. Its verbs propose a change to the log and
// return when every node that is not suspected has applied it. While another
// node leads they answer [NotPrimary], and the routes forward to that one instead.
package primary
