// Package promote makes objects of files that the targets see on their disks.
//
// Where all targets see the same files, as on a file share, each takes those
// whose objects it owns; else each takes all that it sees and sends them to their
// owners. A file is removed, if it is to be, after its object is durable.
//
// Only files outside of what belongs to the node are taken, and only regular
// ones; links are not followed.
package promote
