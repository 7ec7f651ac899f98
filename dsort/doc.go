// Package dsort reshards archives across the cluster. It is a module of the
// target.
//
// It has no code yet.
package dsort
