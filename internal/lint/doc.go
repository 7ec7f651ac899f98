// Package lint checks what keeps the code readable as it grows, on its syntax
// alone, within a second: the floors of the architecture, who may import which
// library, and habits that the house does without (bare go, init, package
// state, panic, drawers named util).
//
// The tables are Go values: Floors in floors.go, the rest in rules.go. A new
// package gets its line in Floors in the change that makes it. The test of
// this package runs Check on the whole module.
package lint
