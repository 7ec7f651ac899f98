//go:build !linux

package node

// realClock returns the clock of the process.
func realClock() Clock { return sinceNow() }
