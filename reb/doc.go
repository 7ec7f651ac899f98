// Package reb moves objects to their owners after the set of targets has
// changed. It is a module of the target.
//
// It has no code yet: objects stay with their earlier owners, which are asked
// before an object is said to be missing (package ais/objects).
package reb
