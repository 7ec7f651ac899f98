// Package access decides who may do what. There is one decision, [Allowed],
// over who asks ([Identity]), what is asked for ([Bits]), and what the bucket
// in question allows ([BucketAccess]). Every door of a node uses it.
//
// Without authentication a caller that is not a node is [Nobody], who may do
// what the bucket allows.
package access
