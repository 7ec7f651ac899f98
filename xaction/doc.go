// Package xaction is what takes time: kinds of jobs, the registry of those that
// run and have run on a target, their progress, and how they are stopped.
//
// A kind is a [Spec]; [Specs] are all of them, the same on every node. A job
// under way is a [cluster.Job] in what the cluster agreed on; the [Registry] of
// each target that takes part runs its share, as a [Job], with the [Work] that a
// module has given for the kind.
//
// # A job's life
//
// The primary asks every target with [Registry.Begin], which may refuse, and
// then enters the job into the cluster's log. [Registry.Apply] starts it when that
// is known on the target. When the share is done the registry tells the primary,
// again and again until the job is gone from what the cluster agreed on; the
// primary takes it out when all have told. Taken out earlier, it was stopped.
// So no message that is lost, and no node that restarts, leaves a job behind:
//
//	restart of a target    it runs its share again, from its last checkpoint
//	another primary        it is told anew which shares are done
//	stop at any moment     each target ends its share and forgets it
//
// Work must therefore be such that it can be done twice.
//
// # Files
//
// In the directory of the registry: jobs.journal, the finished jobs as
// [wire.JobSnapshot], one an entry; and job-<id>.json for each share under way,
// its checkpoint. Both are format 1 of package jsonfile.
package xaction
