// Package target is the role of a node that stores objects: its routes, and how
// store, verbs and modules are wired together.
//
// A route decodes, calls one verb of package ais/objects, and encodes. What a
// target does when the cluster agreed on a change of buckets is in apply.go.
package target
