// Package run owns goroutines: the parts of a node, bounded fan-out, and
// groups. It is the only package that may say go, so every goroutine has an
// owner who waits for it.
package run
