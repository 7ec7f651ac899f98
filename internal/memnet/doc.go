// Package memnet is a network in memory, for tests: listeners and connections
// with deadlines, bounded buffers, and links that can be cut in either
// direction. It starts no goroutines and works in testing/synctest bubbles.
//
// Each node gets a Host, whose name is both its address and what Cut knows it
// by. A cut link loses nothing, as TCP loses nothing: what is sent over it,
// the end of a connection and the news that bytes were taken included, arrives
// after Heal. Until then writers go on until the buffer is full, readers wait,
// and dials wait, so that timeouts decide, as they do in a real partition.
package memnet
