// Package xaction is what takes time: kinds of jobs, the registry of those that
// run and have run, their progress, and how they are stopped.
//
// It has no code yet; the first jobs bring it.
package xaction
