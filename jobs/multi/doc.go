// Package multi works on many objects of a bucket: those of a list, of a
// template, or with a prefix. It deletes them, copies them to another bucket, and
// refuses to evict and prefetch where there is no remote backend.
//
// Of a list each target takes the names that it owns; with a prefix, the objects
// that it holds. A name that does not exist is nothing to worry about. An object
// that cannot be done ends the job, unless it is to go on (coer): then the first
// such error is the job's in the end.
package multi
