// Package errs holds the one error type of AIStore, its kinds, and its form
// on the wire. Every other package may import it.
package errs
