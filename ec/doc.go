// Package ec protects objects against the loss of targets by Reed-Solomon
// slices. It is a module of the target.
//
// It has no code yet; the layout on disk reserves its content types.
package ec
