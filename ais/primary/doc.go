// Package primary holds the verbs that change what the cluster agrees on: join
// and leave, creation, change and destruction of buckets. It knows nothing of
// HTTP.
//
// A change is proposed to the replicated log. Once committed, the [Publisher]
// pushes it to every node that does not vote, and the verb returns when every
// node that is not suspected has applied it. Only the leader of the log can
// change anything; the verbs of another proxy answer errs.Unavailable, and its
// routes forward to the leader instead.
package primary
