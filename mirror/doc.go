// Package mirror keeps several copies of an object on the mountpaths of one
// target. It is a module of the target.
//
// It has no code yet.
package mirror
